"""Prints the measured numbers as a table."""

import json
import sys
from pathlib import Path
from typing import Any

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
TRAINING_STEP_SECONDS = 0.1
"""Seconds of an imagined training step, which the cost of a call is compared with."""


def print_report(found: dict[str, Any], path: str | None) -> int:
    """Print the table, and write the JSON to `path` if given; return the exit status."""
    numbers = json.dumps(found, indent=1)
    if path == "-":
        print(numbers)
        return 0
    print(table(found))
    if path is not None:
        try:
            Path(path).write_text(numbers + "\n", encoding="utf-8")
        except OSError as error:
            print(f"--json {path!r} cannot be written: {error}", file=sys.stderr)
            return 1
    return 0


def table(found: dict[str, Any]) -> str:
    """Return what a person wants to know."""
    machine, store = found["machine"], found["store"]
    rows = [
        (row["what"], name, timed)
        for row in found["calls"].values()
        for name, timed in row["writers"].items()
    ]
    compared = any(name != "tensorbolt" for _, name, _ in rows)
    head = [
        "logging",
        *(["with"] if compared else []),
        "holds your loop",
        "until stored",
        "bytes",
    ]
    lines = [head]
    for what, name, timed in rows:
        shown = what if name == "tensorbolt" else ""
        cells = ["–"] * 3
        if timed is not None:
            cells = [
                duration(timed["caller"]),
                duration(timed["total"]),
                size(timed["bytes"]),
            ]
        lines.append([shown, *([name] if compared else []), *cells])
    scalar = found["calls"]["scalar"]["writers"]["tensorbolt"]["caller"]
    big = found["calls"]["histogram/1000000"]["writers"]["tensorbolt"]["caller"]
    flush, synced = store["flush"], store["flush_with_fsync"]
    return "\n".join(
        [
            f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}, {machine['system']};"
            f" Python {machine['python']}, numpy {machine['numpy']}, tensorbolt {machine['tensorbolt']}",
            f"into {machine['logdir']}",
            "",
            *_aligned(lines, 2 if compared else 1),
            "",
            f"The storage takes {size(store['bytes_per_second'])} a second.",
            f"flush() returns after {duration(flush['median'])} (slowest of {flush['count']:,}:"
            f" {duration(flush['slowest'])}), with fsync=True after {duration(synced['median'])}"
            f" (slowest of {synced['count']:,}: {duration(synced['slowest'])}).",
            f"Ten scalars and a histogram of 1,000,000 values take {(10 * scalar + big) / TRAINING_STEP_SECONDS:.2%} of a training step of"
            f" {duration(TRAINING_STEP_SECONDS)}.",
            *found["notes"],
        ]
    )


def duration(seconds: float) -> str:
    """Return a time with three digits that matter and a unit."""
    return _scaled(seconds, UNITS)


def size(count: float) -> str:
    """Return a number of bytes with three digits that matter and a unit."""
    return _scaled(count, SIZES)


def _scaled(number: float, units: tuple[tuple[float, str], ...]) -> str:
    # Three digits that matter: 999.6 of a unit is one of the next.
    scale, unit = next((one for one in units if number >= one[0] * 0.9995), units[-1])
    return f"{number / scale:.3g} {unit}"


def _aligned(lines: list[list[str]], left: int) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "   ".join(
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
