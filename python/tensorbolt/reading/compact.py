"""Merges the segments that uploads make of an event file.

The merged object holds the records of its segments in their order. Before them are two starts of a session at the lowest
step: readers that have read the segments drop what they have, and read it once more. So a log reads right while both are
there, and only then the segments are removed. Its name sorts after its segments and before the next one.

The last segment of a file is never touched: a writer may replace it, and replaces no other.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from tensorbolt import _core
from tensorbolt.reading.download import PIECE_BYTES, download
from tensorbolt.reading.local_segment import LocalSegment
from tensorbolt.reading.segments import EventFile, Place, file_name
from tensorbolt.reading.work_directory import PREFIX

#: Bytes of a record beyond its payload: a length and its checksum before it, a checksum after it.
_HEAD_BYTES, _FRAME_BYTES = 8, 16

#: Called with the bytes that were read.
Progress: TypeAlias = Callable[[int], None]


class CannotMergeError(Exception):
    """An event file is left alone; the message says why."""


def merge(file: EventFile, progress: Progress) -> None:
    """Merge the segments of a file, and then remove them.

    Ended at any moment, it leaves a log that reads right; the next call goes on.

    Raises:
        CannotMergeError: The file is left as it is.
        OSError: The store, or the disk, refuses.
    """
    if file.refused:
        raise CannotMergeError(file.refused)
    first = file.segments[0]
    if file.superseded:
        _facts(first, first)
        for place in file.superseded:
            place.remove()
    if len(file.segments) > 1:
        last = _core.segment_of(file_name(file.segments[-1]))
        name = last and _core.merged_name(file_name(first), last[2])
        if name is None or name <= file_name(file.segments[-1]):
            raise CannotMergeError(
                "the suffix of its name sorts behind the name that the merged one would have"
            )
        with tempfile.TemporaryDirectory(prefix=PREFIX) as directory:
            first.put_beside(name, _merged(file, Path(directory), progress))
        for place in file.segments:
            place.remove()
    file.done = True


def _merged(file: EventFile, directory: Path, progress: Progress) -> Path:
    """A local file with all records of the segments."""
    header = b""
    lowest: int | None = None
    began = done = 0.0
    bodies = directory / "bodies"
    with bodies.open("wb") as out:
        for place in file.segments:
            part = directory / "part"
            part.unlink(missing_ok=True)
            if not download(place, part):
                raise CannotMergeError(f"{file_name(place)} is shorter than it was")
            facts = _facts(place, part)
            if facts["steps"] is not None:
                least = facts["steps"][0]
                lowest = least if lowest is None else min(lowest, least)
            began = began or facts["first_time"]
            with part.open("rb") as data:
                head = _record(data)
                if header and head != header:
                    raise CannotMergeError(
                        f"{file_name(place)} does not begin as the first segment does, so it is of another file"
                    )
                header = head
                found = _core.segment_of(file_name(place))
                if found is not None and found[3]:
                    # The starts of the session.
                    _record(data)
                    _record(data)
                shutil.copyfileobj(data, out, PIECE_BYTES)
            done += place.listed
            progress(int(done))
    if lowest is None:
        raise CannotMergeError("it has no point")
    for place in file.before:
        steps = _facts(place, place)["steps"]
        if steps is not None and steps[1] >= lowest:
            raise CannotMergeError(
                f"{file_name(place)}, which is read before it, has points at its steps or later ones"
            )
        done += place.listed
        progress(int(done))
    whole = directory / "whole"
    starts = _core.purge_records(lowest, began)
    with whole.open("wb") as out, bodies.open("rb") as data:
        # The first of the records is a version, as the header is.
        out.write(header + starts[_length(starts) :])
        shutil.copyfileobj(data, out, PIECE_BYTES)
    bodies.unlink()
    return whole


def _facts(place: Place, where: Any) -> dict[str, Any]:
    """What is in an object, which must be whole; `where` it is read."""
    source = where.path if isinstance(where, LocalSegment) else where
    examination = _core.Examination(source, None, _core.StepOrderCheck())
    while not examination.advance():
        pass
    facts = examination.summary()
    if facts["damage"] or facts["skipped"] or facts["unreadable"]:
        raise CannotMergeError(
            f"{file_name(place)} is damaged, or not whole; `tensorbolt verify` says where"
        )
    return facts


def _record(data: BinaryIO) -> bytes:
    """The next record."""
    head = data.read(_HEAD_BYTES)
    return head + data.read(_length(head) - _HEAD_BYTES)


def _length(record: bytes) -> int:
    """Bytes of the record that begins here."""
    return int.from_bytes(record[:_HEAD_BYTES], "little") + _FRAME_BYTES
