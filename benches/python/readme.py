"""The README's table of speed: eight rows of one run, each with the best and the median round."""

import shutil
from pathlib import Path
from typing import Any

from benches.python import publish, results
from benches.python.contenders import OURS, REFERENCE_WRITERS
from benches.python.report import cell, number
from benches.python.verdict import times_faster

ROWS = {
    "scalar/float": "`add_scalar`, a float",
    "scalar/tensor": "`add_scalar`, a 0-d torch tensor",
    "scalars/3": "`add_scalars` of 3",
    "log/1000": "`log` of 1,000 tags; the others: a loop of `add_scalar`",
    "histogram/1M": "`add_histogram` of 1 million float32",
    "resnet50/add_histograms": "all 161 parameters of a ResNet-50",
    "image/photo": "`add_image`, a photo of 427 × 640",
    "embedding": "`add_embedding`, 10,000 × 128 with labels",
}
"""From the name of a scenario to the README's words for it."""
LEAST_ROUNDS = 5
"""A row with fewer rounds is not published."""


def table(found: results.Results) -> str:
    """Return the rows of a run as Markdown.

    Raises:
        ValueError: The run lacks a row, or a row has fewer rounds than `LEAST_ROUNDS`.
    """
    theirs = [one.name for one in REFERENCE_WRITERS]
    names = [OURS.name, *theirs]
    head = [
        "call",
        *names,
        "times faster, in the call",
        "times faster, until closed",
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name, words in ROWS.items():
        row = _row(found, name)
        ratios = (times_faster(row, OURS.name, which) for which in ("caller", "total"))
        lines.append(
            [
                words,
                *(cell(row[one], "caller") for one in names),
                *(f"**{number(ratio)}**" for ratio in ratios),
            ]
        )
    about = found["machine"]
    made = (
        f"`{found['command']}` on {about['date'][:10]}: {about['cores']} cores of {about['cpu']},"
        f" torch {about['torch']}, tensorboardX {about['tensorboardX']}, numpy {about['numpy']},"
        f" Python {about['python']}."
    )
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), "", made])


def put(run: Path, root: Path) -> None:
    """Replace the table in the README, and keep the run that it comes from in `docs/performance`.

    Args:
        run: The JSON file of a run that holds every row of `ROWS`.
        root: The directory of the repository.

    Raises:
        ValueError: The run lacks rounds or rows, or the README does not hold the two marks.
    """
    made = table(results.load(run))
    page = root / "README.md"
    text = publish.between(page.read_text(encoding="utf-8"), made, page.name)
    page.write_text(text, encoding="utf-8")
    shutil.copyfile(run, root / "docs" / "performance" / "readme.json")


def _row(found: results.Results, name: str) -> dict[str, Any]:
    if name not in found["rows"]:
        raise ValueError(f"the run holds no row {name}, which the README shows")
    row: dict[str, Any] = found["rows"][name]["contenders"]
    for contender in (OURS.name, *(one.name for one in REFERENCE_WRITERS)):
        rounds = len(row[contender]["caller"])
        if rounds < LEAST_ROUNDS:
            raise ValueError(
                f"{name} of {contender} has {rounds} rounds; the README wants {LEAST_ROUNDS}"
            )
    return row
