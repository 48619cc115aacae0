"""Curves of `tensorbolt show`: a line for each, with a sparkline or with statistics."""

import shutil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt._wording import counted, plain
from tensorbolt.cli.logs import aligned, number
from tensorbolt.reading.scalars import Scalars

#: Heights of the sparkline, from the lowest value of a curve to its highest.
BARS = "▁▂▃▄▅▆▇█"
#: Characters of a sparkline, at least and at most.
NARROW, WIDE = 8, 40
#: Columns of a terminal for which there is room for the lowest and highest value.
ROOM = 90
#: From the headings of statistics to their names.
STATS = {
    "first": "first",
    "last": "last",
    "lowest": "min",
    "highest": "max",
    "mean": "mean",
}


def curves_of(table: Scalars) -> list[dict[str, Any]]:
    """Statistics of each run and tag, with its steps and values."""
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
        curve["mean"] = _mean(curve["values"])
        curve["nan"] = int(np.isnan(curve["values"]).sum())
        curve["infinite"] = int(np.isinf(curve["values"]).sum())
        curves.append(curve)
    return curves


def _mean(values: NDArray[np.float64]) -> float:
    """The mean of finite values; NaN if there are none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return float("nan")
    with np.errstate(over="ignore"):
        mean = float(finite.mean())
    # The sum of large values overflows where their mean does not.
    return mean if np.isfinite(mean) else float((finite / len(finite)).sum())


def print_curves(curves: list[dict[str, Any]]) -> None:
    """Print a line with a sparkline for each curve."""
    columns = shutil.get_terminal_size().columns
    shown = ["first", "last"]
    if columns >= ROOM:
        shown += ["lowest", "highest"]
    rows = [["tag", "points", *shown]]
    for curve in curves:
        values = [number(curve[STATS[name]]) for name in shown]
        rows.append([plain(curve["tag"]), f"{curve['count']:,}", *values])
    lines = list(aligned(rows, set(range(1, len(rows[0])))))
    room = columns - max(map(len, lines)) - 3
    width = min(max(room, NARROW), WIDE)
    lines[1:] = [
        f"{line}  {sparkline(curve['steps'], curve['values'], width)}".rstrip()
        for line, curve in zip(lines[1:], curves, strict=True)
    ]
    _print_by_run(lines, curves)


def print_stats(curves: list[dict[str, Any]]) -> None:
    """Print a line with all statistics for each curve."""
    rows = [["tag", "points", *STATS, "NaN", "inf"]]
    for curve in curves:
        values = [number(curve[name]) for name in STATS.values()]
        broken = [f"{curve[name]:,}" for name in ("nan", "infinite")]
        rows.append([plain(curve["tag"]), f"{curve['count']:,}", *values, *broken])
    _print_by_run(list(aligned(rows, set(range(1, len(rows[0]))))), curves)


def _print_by_run(lines: list[str], curves: list[dict[str, Any]]) -> None:
    """Print a heading, then a line for each curve below the name of its run."""
    print(f"  {lines[0]}")
    run = None
    for line, curve in zip(lines[1:], curves, strict=True):
        if curve["run"] != run:
            run = curve["run"]
            print(plain(run))
        print(f"  {line}")
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


def curve_as_json(curve: dict[str, Any]) -> dict[str, Any]:
    """The statistics of a curve."""
    return {name: curve[name] for name in curve if name not in ("steps", "values")}
