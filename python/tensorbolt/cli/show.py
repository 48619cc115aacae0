"""`tensorbolt show`: the scalars of a log at a glance."""

import argparse
import shutil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    Commands,
    add_choices,
    add_command,
    add_json,
    add_logdir,
)
from tensorbolt.cli.json_output import print_json
from tensorbolt.cli.logs import (
    aligned,
    number,
    opened,
    report_damage,
)
from tensorbolt.cli.progress import progress
from tensorbolt.reading.log import Log

#: Heights of the sparkline, from the lowest value of a curve to its highest.
BARS = "▁▂▃▄▅▆▇█"
#: Characters of a sparkline, at least and at most.
NARROW, WIDE = 8, 40
#: Columns of a terminal for which there is room for the lowest and highest value.
ROOM = 90

DESCRIPTION = """\
Shows the scalars of each run: the number of points, the first and last value, the lowest and highest, and a
sparkline of the whole curve. Each character of a sparkline is the mean of the points in its stretch of
steps; a stretch with a value that is not finite is "!", and one without points is blank."""

EPILOG = """\
exit status:
  0  all could be read
  1  there is damage, which was left out; `tensorbolt verify` explains it
  2  wrong arguments, or nothing there

examples:
  tensorbolt show                      the directory "runs"
  tensorbolt show runs --tags loss     tags with "loss" in them
  tensorbolt show runs/first --steps 1000:
  tensorbolt show --json runs | python -m json.tool"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "show",
        run,
        summary="show scalars at a glance",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser)
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the curves, and return the exit status."""
    with opened(arguments.logdir, arguments, kinds="scalars") as log:
        with progress("looking at curves"):
            curves = _curves(log)
        if arguments.json:
            print_json({"curves": [_as_json(one) for one in curves]})
        elif curves:
            _print(curves)
        else:
            print("there are no scalars")
        return int(report_damage(log) > 0)


def _curves(log: Log) -> list[dict[str, Any]]:
    """Statistics of each run and tag, with its steps and values."""
    table = log.scalars
    ends = [
        part.to_dict()
        for part in (table.first(), table.last(), table.min(), table.max())
    ]
    steps, values = table["step"], table["value"]
    # Made once: each look at `counts` goes through all curves.
    counts = table.counts.tolist()
    curves = []
    stop = 0
    for at, (run, tag) in enumerate(zip(ends[0]["run"], ends[0]["tag"], strict=True)):
        start, stop = stop, stop + counts[at]
        curve: dict[str, Any] = {"run": run, "tag": tag, "count": stop - start}
        for name, part in zip(("first", "last", "min", "max"), ends, strict=True):
            curve[name], curve[f"{name}_step"] = part["value"][at], part["step"][at]
        curve["steps"] = steps[start:stop]
        curve["values"] = values[start:stop]
        curves.append(curve)
    return curves


def _print(curves: list[dict[str, Any]]) -> None:
    columns = shutil.get_terminal_size().columns
    extremes = columns >= ROOM
    head = [
        "tag",
        "points",
        "first",
        "last",
        *(["lowest", "highest"] if extremes else []),
    ]
    rows = [head]
    for curve in curves:
        names = ["first", "last", *(["min", "max"] if extremes else [])]
        values = [number(curve[name]) for name in names]
        rows.append([plain(curve["tag"]), f"{curve['count']:,}", *values])
    lines = list(aligned(rows, set(range(1, len(head)))))
    room = columns - max(map(len, lines)) - 3
    width = min(max(room, NARROW), WIDE)
    print(f"  {lines[0]}")
    run = None
    for line, curve in zip(lines[1:], curves, strict=True):
        if curve["run"] != run:
            run = curve["run"]
            print(plain(run))
        print(f"  {line}  {sparkline(curve['steps'], curve['values'], width)}".rstrip())
    print(counted(len(curves), "curve"))


def sparkline(steps: NDArray[np.int64], values: NDArray[np.float64], width: int) -> str:
    """A curve as characters.

    Args:
        steps: N steps, ascending.
        values: N values.
        width: Characters.

    Returns:
        A character for each of `width` equal stretches of steps.
    """
    first, last = int(steps[0]), int(steps[-1])
    if first == last:
        places = np.zeros(len(steps), np.int64)
    else:
        # In floating point: the distance of two steps may not fit 64 bits.
        share = (steps.astype(np.float64) - first) / (float(last) - float(first))
        places = np.minimum((share * width).astype(np.int64), width - 1)
    finite = np.isfinite(values)
    counts = np.bincount(places[finite], minlength=width)
    broken = np.bincount(places[~finite], minlength=width) > 0
    # Halves, and divided first: neither a sum nor a distance of two large values overflows.
    halves = values[finite] / 2 / counts[places[finite]]
    means = np.bincount(places[finite], halves, minlength=width)
    there = np.flatnonzero(counts)
    low, high = (means[there].min(), means[there].max()) if len(there) else (0.0, 0.0)
    line = [" "] * width
    for place in there.tolist():
        part = (means[place] - low) / (high - low) if high > low else 0.0
        line[place] = BARS[round(float(part) * (len(BARS) - 1))]
    for place in np.flatnonzero(broken).tolist():
        line[place] = "!"
    return "".join(line).rstrip()


def _as_json(curve: dict[str, Any]) -> dict[str, Any]:
    shown = {name: curve[name] for name in ("run", "tag", "count")}
    for name in ("first", "last", "min", "max"):
        shown[name] = curve[name]
        shown[f"{name}_step"] = curve[f"{name}_step"]
    return shown
