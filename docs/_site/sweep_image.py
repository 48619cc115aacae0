"""Makes `docs/guides/sweep.png` and `examples/sweep.ipynb` from the section on a sweep of `docs/guides/reading.md`.

Call it from the root of the repository, with matplotlib, nbformat, pandas and Pillow installed. It prints what the section's program prints.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

GUIDE = Path("docs/guides/reading.md")
SECTION = re.compile(
    r"^## (A sweep as a figure and a table)\n(.*?)^## ", re.MULTILINE | re.DOTALL
)
FENCE = re.compile(r"(.*?)^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
#: Colours of the image: few, so that it is small.
COLOURS = 64


def cells(guide: str) -> list[tuple[str, str]]:
    """The section's prose and programs in turn, each as the type of a cell of a notebook and its text."""
    section = SECTION.search(guide)
    if section is None:
        raise ValueError("the guide has no section on a sweep")
    found = [("markdown", f"# {section[1]}")]
    for prose, program in FENCE.findall(section[2]):
        # A notebook shows the picture itself.
        words = re.sub(r"^!\[.*\n", "", prose, flags=re.MULTILINE).strip()
        found += [("markdown", words), ("code", program)]
    return found


def main() -> None:
    """Write the notebook, run the program, and keep its picture."""
    made = cells(GUIDE.read_text(encoding="utf-8"))
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    for number, (kind, text) in enumerate(made):
        cell = {
            "markdown": nbformat.v4.new_markdown_cell,
            "code": nbformat.v4.new_code_cell,
        }
        notebook.cells.append(cell[kind](text, id=f"cell-{number}"))
    nbformat.write(notebook, "examples/sweep.ipynb")
    program = "\n".join(text for kind, text in made if kind == "code")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=directory,
            env={**os.environ, "MPLBACKEND": "agg"},
            check=True,
        )
        with Image.open(Path(directory) / "sweep.png") as image:
            few = image.convert("RGB").quantize(COLOURS)
        few.save("docs/guides/sweep.png", optimize=True)


if __name__ == "__main__":
    main()
