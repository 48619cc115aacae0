"""Puts a run into the documentation: its numbers, its plots, and its tables between two marks of performance.md."""

import re
import shutil
from pathlib import Path

from benches.python import plots, report, results

BEGIN = "<!-- Made by `python -m benches.python --publish`; changes here are lost. -->"
END = "<!-- End of what was made. -->"


def publish(run: Path, docs: Path) -> None:
    """Replace what an earlier run has left in the documentation.

    Args:
        run: The JSON file of a run.
        docs: The directory that holds `performance.md`.

    Raises:
        ValueError: `performance.md` does not hold the two marks.
    """
    found = results.load(run)
    directory = docs / "performance"
    # Other pages lie there too, and the README's run, see `readme`.
    for old in directory.glob("*.svg"):
        old.unlink()
    drawn = plots.draw(found, directory)
    shutil.copyfile(run, directory / "results.json")
    page = docs / "performance.md"
    plots_in_page = [f"![{path.stem}](performance/{path.name})" for path in drawn]
    made = "\n\n".join([report.markdown(found), "### Plots", *plots_in_page])
    text = between(page.read_text(encoding="utf-8"), made, page.name)
    page.write_text(text, encoding="utf-8")


def between(page: str, made: str, name: str) -> str:
    """Return the text of a page with `made` between the two marks.

    Raises:
        ValueError: The page, which is called `name`, does not hold the two marks.
    """
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.S)
    if not pattern.search(page):
        raise ValueError(f"{name} does not hold {BEGIN!r} and {END!r}")
    return pattern.sub(lambda _: f"{BEGIN}\n\n{made}\n\n{END}", page)
