"""One look of `tensorbolt tail` at all points of a log, as lines of text or of JSON."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tensorbolt import _core
from tensorbolt._wording import plain
from tensorbolt.cli.json_output import point_text
from tensorbolt.reading.follow import Point
from tensorbolt.reading.inputs import File
from tensorbolt.reading.log import Log, read
from tensorbolt.reading.scalars import Scalars

#: Lines that are put together at once: a few megabytes of text.
CHUNK_LINES = 1 << 16
#: `Log.damage` gives this reason for a file that is still being written, or whose writer was killed; nothing whole is lost.
TORN = "the file ends inside a record"


def opened(
    source: Path | list[File],
    tags: "re.Pattern[str] | None",
    runs: "re.Pattern[str] | None",
) -> Log:
    """A log with every scalar that was written, also those that a restart replaces later."""
    return read(
        source,
        runs=runs,
        tags=tags,
        kinds="scalars",
        duplicates="all",
        restarts="keep",
        wall_time="float",
    )


def lines(table: Scalars, last: int | None) -> Iterator[str]:
    """Text of the points, run by run, in the order in which they were written.

    The times of points give the order of different tags. Points of one tag keep their order even if the clock went back.

    Args:
        table: Scalars as `opened` reads them.
        last: Points of each curve, its latest ones; `None` for all.

    Yields:
        Some lines: run, step, tag and value, separated by tabs. Values have nine digits, which are enough for float32.
    """
    columns = table._columns
    runs, tags = columns["run"], columns["tag"]
    names = tuple(
        [plain(name) for name in one.categories or []] for one in (runs, tags)
    )
    for rows in _chunks(table, last):
        yield _core.point_lines(
            (names[0], names[1]),
            (runs.values, tags.values),
            columns["step"].values,
            columns["value"].values,
            rows,
        )


def json_lines(table: Scalars, last: int | None) -> Iterator[str]:
    """The same points in the same order as JSON: one object for each, on a line of its own, with its exact value."""
    for rows in _chunks(table, last):
        yield "".join(f"{point_text(*point)}\n" for point in _cells(table, rows))


def points(table: Scalars) -> Iterator[Point]:
    """All points in the same order."""
    for rows in _chunks(table, None):
        yield from (Point(*point) for point in _cells(table, rows))


def _cells(
    table: Scalars, rows: NDArray[np.int64]
) -> Iterator[tuple[str, str, int, float, float]]:
    """Run, tag, step, time and value of rows."""
    columns = [table._columns[name] for name in ("run", "tag")]
    numbers = [table._columns[name] for name in ("step", "wall_time", "value")]
    names = [
        map((column.categories or []).__getitem__, column.values[rows].tolist())
        for column in columns
    ]
    values = (column.values[rows].tolist() for column in numbers)
    return zip(*names, *values, strict=True)


def _chunks(table: Scalars, last: int | None) -> Iterator[NDArray[np.int64]]:
    """The rows of all points, a part of them at a time."""
    rows = np.concatenate([np.empty(0, np.int64), *_in_order(table, last)])
    for start in range(0, len(rows), CHUNK_LINES):
        yield rows[start : start + CHUNK_LINES]


def _in_order(table: Scalars, last: int | None) -> Iterator[NDArray[np.int64]]:
    """The rows of each run."""
    columns = table._columns
    runs, tags = columns["run"].values, columns["tag"].values
    clock = columns["wall_time"].values.copy()
    new_run = np.diff(runs, prepend=-1) != 0
    starts = np.flatnonzero(new_run | (np.diff(tags, prepend=-1) != 0))
    ends = np.append(starts, len(table))
    wanted = np.ones(len(table), bool)
    for start, end in pairwise(ends.tolist()):
        # A time that is not a number counts as the one before it.
        np.fmax.accumulate(clock[start:end], out=clock[start:end])
        if last is not None:
            wanted[start : max(end - last, start)] = False
    for start, end in pairwise([*np.flatnonzero(new_run).tolist(), len(table)]):
        order = start + np.argsort(clock[start:end], kind="stable")
        yield order[wanted[order]]


def damaged_files(log: Log) -> int:
    """Files with a place at which TensorBoard stops reading."""
    damage = log.damage.to_dict()
    places = zip(damage["file"], damage["reason"], strict=True)
    return len({file for file, reason in places if reason != TORN})
