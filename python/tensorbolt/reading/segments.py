"""The segments that uploads made of event files, and which of them can be merged."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from tensorbolt import _core
from tensorbolt._addresses import is_store
from tensorbolt._store_settings import store_log
from tensorbolt.reading.discover import event_files, no_log
from tensorbolt.reading.local_segment import LocalSegment


class Place(Protocol):
    """An object of a store, or a local file."""

    @property
    def name(self) -> str:
        """Its address or path."""

    @property
    def run(self) -> str:
        """Name of its run."""

    @property
    def listed(self) -> int:
        """Its bytes."""

    def read(self, offset: int, most: int) -> bytes:
        """Some bytes from a place on; none at the end alone."""

    def put_beside(self, name: str, file: str | os.PathLike[str]) -> None:
        """Put a local file next to it, whole or not at all."""

    def remove(self) -> None:
        """Remove it, if it is there."""


@dataclass
class EventFile:
    """An event file, and what can be done for it.

    Attributes:
        run: Name of its run.
        name: Address or path of its first object, or of the merged one.
        segments: Objects to be merged, in order.
        superseded: Objects that a merged one holds already.
        before: Other objects of the run that are read before.
        refused: Why nothing is done; `None` if something is, or there is nothing to do.
        done: Whether it was done.
    """

    run: str
    name: str
    segments: list[Place]
    superseded: list[Place]
    before: list[Place] = field(default_factory=list)
    refused: str | None = None
    done: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes to be read."""
        return sum(place.listed for place in (*self.segments, *self.before))


def file_name(place: Place) -> str:
    """The last part of its address or path."""
    return place.name.rpartition("/")[2]


def mergeable(
    source: str | os.PathLike[str], storage_options: Mapping[str, Any] | None
) -> list[EventFile]:
    """The event files below an address or directory for which there is something to do, or that are left alone.

    Raises:
        FileNotFoundError: There is nothing there.
        OSError: The store cannot be asked, or refuses.
        ValueError: The address is none, or the store has no such option.
    """
    places: list[Place]
    if is_store(source):
        places = [*store_log(str(source), storage_options).all_files()]
    else:
        top = Path(source).expanduser()
        if not top.exists():
            raise FileNotFoundError(no_log(top))
        found = sorted(event_files(top), key=lambda file: (file.run, file.path.name))
        places = [LocalSegment(file.run, file.path) for file in found]
    return [
        file
        for _, its in groupby(places, lambda place: place.run)
        for file in _of_run(list(its))
    ]


def _of_run(places: list[Place]) -> Iterator[EventFile]:
    groups: dict[tuple[str, str], list[tuple[int, int, Place]]] = {}
    for place in places:
        found = _core.segment_of(file_name(place))
        if found is not None:
            stem, first, last, _, suffix = found
            groups.setdefault((stem, suffix), []).append((first, last, place))
    for group in groups.values():
        file = _of_file(group)
        own = {place.name for _, _, place in group}
        if file is None:
            continue
        merged = file_name(file.segments[0])
        file.before = [
            place
            for place in places
            if place.name not in own and file_name(place) < merged
        ]
        yield file


def _of_file(group: list[tuple[int, int, Place]]) -> EventFile | None:
    """What can be done for the segments of one file."""
    group.sort(key=lambda one: (one[0], -one[1]))
    first, last, head = group[0]
    if first != 0:
        # A file of another program, or segments that were moved.
        return None
    rest = [one for one in group[1:] if one[1] > last]
    superseded = [place for _, end, place in group[1:] if end <= last]
    file = EventFile(head.run, head.name, [head], superseded)
    for number, (begin, end, place) in enumerate(rest[:-1], last + 1):
        if begin != number or end != number:
            file.refused = f"segment {number} is missing"
            break
        file.segments.append(place)
    is_worth_it = len(file.segments) > 1 or superseded or file.refused
    return file if is_worth_it else None
