"""One look of `tensorbolt tail` at all points of a log, as lines."""

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt._wording import plain
from tensorbolt.reading.log import Log, read
from tensorbolt.reading.scalars import Scalars

#: Lines that are put together at once; many more do not fit the processor's caches.
CHUNK_LINES = 2000
#: `Log.damage` gives this reason for a file that is still being written, or whose writer was killed; nothing whole is lost.
TORN = "the file ends inside a record"


def opened(
    top: Path, tags: "re.Pattern[str] | None", runs: "re.Pattern[str] | None"
) -> Log:
    """A log with every scalar that was written, also those that a restart replaces later."""
    return read(
        top,
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
    run_names = [plain(name) for name in runs.categories or []]
    tag_names = [plain(name) for name in tags.categories or []]
    steps, values = columns["step"].values, columns["value"].values
    for rows in _in_order(table, last):
        for start in range(0, len(rows), CHUNK_LINES):
            part = rows[start : start + CHUNK_LINES]
            cells: Iterator[tuple[Any, ...]] = zip(
                [run_names[code] for code in runs.values[part].tolist()],
                steps[part].tolist(),
                [tag_names[code] for code in tags.values[part].tolist()],
                values[part].tolist(),
                strict=True,
            )
            # One format for all lines takes two thirds of the time of one for each.
            line = "%s\t%d\t%s\t%.9g\n" * len(part)
            yield line % tuple(chain.from_iterable(cells))


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
