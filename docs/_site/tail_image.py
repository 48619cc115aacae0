"""Draws `docs/guides/tail.svg`: what `tensorbolt tail` shows of two short runs.

Call it from the root of the repository, with the `terminal` extra installed.
"""

import io
import math
import re
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from tensorbolt import SummaryWriter
from tensorbolt.cli.tail_plots import view
from tensorbolt.reading.follow import Choice, FollowedLog

WIDTH = 96


def main() -> None:
    """Log, follow, draw."""
    with tempfile.TemporaryDirectory() as runs:
        for run, rate in (("rate0.1", 300), ("rate0.01", 900)):
            with SummaryWriter(f"{runs}/{run}") as writer:
                for step in range(2000):
                    noise = math.sin(step / 7) * 0.04
                    writer.add_scalar(
                        "train/loss", math.exp(-step / rate) + noise, step
                    )
                    writer.add_scalar(
                        "val/accuracy", 1 - math.exp(-step / rate) / 2, step
                    )
        log = FollowedLog(Path(runs), Choice())
        for _ in log.advance():
            pass
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    console.print(view(log, WIDTH))
    # The reader's own font, not one from another host.
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    image = console.export_svg(
        title="tensorbolt tail runs",
        code_format=form.replace("Fira Code", "DejaVu Sans Mono"),
        unique_id="tail",
    )
    lines = (line.rstrip() for line in image.splitlines())
    Path("docs/guides/tail.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
