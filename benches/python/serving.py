"""Compares the servers that give TensorBoard its data: rustboard and ours, on three logs; see `--help`.

Servers take turns, each measurement starts one, and its answers are checked. Both get the same arguments.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from benches.python import reading, serving_rows

EPILOG = """
A is one file of 1,000,000 scalars, B 200 runs of 20 tags and 500 steps, C 2,000 images of 170 kB and 100,000 scalars, as of
`benches.python.reading`. `many` is 10,000 runs of a file each; the servers that read it may open 256 files at once. D is a
sweep of 1,000 runs with 50 tags and 1,000 steps, 3 GB.

examples:
  python -m benches.python.serving                         everything, a few minutes
  python -m benches.python.serving --only 'B *'            one log
  python -m benches.python.serving --scale 0.01 --rounds 1 whether all of it works, on small logs
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.serving",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="starts of each server for each row (5)"
    )
    parser.add_argument("--only", default="*", help="a pattern of rows, such as 'A *'")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the logs (1)")
    parser.add_argument(
        "--server",
        action="append",
        metavar="NAME=PROGRAM",
        default=[],
        help="another program that takes the same arguments",
    )
    parser.add_argument(
        "--output", type=Path, help="a Markdown file instead of the terminal"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1 or not 0 < options.scale <= 1:
        parser.error("--rounds must be at least 1, and --scale in (0, 1]")
    rows = serving_rows.chosen(options.only)
    if not rows:
        parser.error(f"no row matches {options.only!r}")
    top = reading.ROOT / "build" / "bench" / "logs" / f"{options.scale:g}"
    logs = {**reading.made(top, options.scale), "many": top / "many", "D": top / "D"}
    servers = {**serving_rows.servers(), **dict(pair.split("=", 1) for pair in options.server)}  # fmt: skip
    before = os.getloadavg()[0]
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for row in rows:
            for server, program in servers.items():
                for name, value in row.measure(program, logs[row.log]).items():
                    found.setdefault((f"{row.log} {name}", server), []).append(value)
    text = "\n".join(table(found, list(servers), before, sys.argv[1:]))
    if options.output:
        options.output.write_text(text + "\n")
    else:
        print(text)
    return 0


def table(
    found: dict[tuple[str, str], list[float]],
    servers: list[str],
    load: float,
    arguments: list[str],
) -> Iterator[str]:
    """The rows as Markdown: medians, and the extremes."""
    yield f"| what | {' | '.join(servers)} |"
    yield "|---|" + "---:|" * len(servers)
    for what in dict.fromkeys(what for what, _ in found):
        cells = []
        for server in servers:
            values = found.get((what, server), [])
            cells.append(
                f"{median(values):.3g} ({min(values):.3g}–{max(values):.3g})"
                if values
                else ""
            )
        yield f"| {what} | {' | '.join(cells)} |"
    command = " ".join(["python -m benches.python.serving", *arguments])
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
    yield ""
    yield f"`{command}`, {date} UTC, {os.cpu_count()} cores, load before {load:.1f}. Medians, and in brackets the extremes."


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(status)
