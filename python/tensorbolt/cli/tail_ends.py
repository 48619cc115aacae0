"""The ends of the objects of a log in a store: the last points of its curves, for little money."""

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from tensorbolt import _core
from tensorbolt.cli import tail_lines
from tensorbolt.reading.follow import Choice
from tensorbolt.reading.inputs import File

#: Bytes at the end of a run that are read at first, and then, as long as points are missing.
FIRST_BYTES, MORE_BYTES = 256 << 10, 1 << 20
#: The same where there is no point at all: long images may be there.
WITHOUT_POINTS = (8 << 20, 64 << 20)
#: Objects of a run that are read: each is a request.
MOST_OBJECTS = 32


def whole(places: Iterable[_core.RemoteFile]) -> list[File]:
    """All bytes of the objects."""
    return [File(place.run, place.name, place) for place in places]


def ends(
    places: Iterable[_core.RemoteFile], last: int, choice: Choice
) -> tuple[list[File], dict[str, int]]:
    """Where reading begins in the last objects of each run, and the bytes of each run before that.

    The bytes are in memory then. They hold the last points of all curves that have points there.

    Args:
        places: Objects in the order of runs and names.
        last: Points of each curve that are wanted.
        choice: The tags that are.
    """
    files: list[File] = []
    before: dict[str, int] = {}
    for run, objects in groupby(places, lambda place: place.run):
        its = list(objects)
        held, left = _held(its, FIRST_BYTES)
        fewest = _fewest(held, choice)
        if left and fewest < last:
            held, left = _held(its, MORE_BYTES)
            for more in WITHOUT_POINTS:
                if not left or _fewest(held, choice):
                    break
                held, left = _held(its, more)
        files += held
        if left:
            before[run] = left
    return files, before


def _held(objects: list[_core.RemoteFile], budget: int) -> tuple[list[File], int]:
    """So many bytes at the end of the objects of a run; and how many are before them."""
    files: list[File] = []
    left = sum(place.listed for place in objects)
    for place in reversed(objects[-MOST_OBJECTS:]):
        start = max(place.listed - budget, 0)
        files.append(File(place.run, place.name, place, place.hold_end(start)))
        budget -= place.listed - start
        left -= place.listed - start
        if not budget:
            break
    return files[::-1], left


def _fewest(files: list[File], choice: Choice) -> int:
    """Points of the curve that has the fewest; 0 if there is none."""
    with tail_lines.opened(files, choice.tags, None) as log:
        tags = log.scalars._columns["tag"].values
    return int(np.unique(tags, return_counts=True)[1].min()) if len(tags) else 0
