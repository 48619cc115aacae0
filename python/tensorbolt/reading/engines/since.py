"""What was written to a log between two offsets."""

import os
from collections.abc import Mapping
from typing import Any

from tensorbolt.reading.engines.plan import Part, Plan, divided, file_size, part_bytes
from tensorbolt.reading.inputs import File
from tensorbolt.reading.log import read


class Window:
    """A file up to a byte, for reading. It can be pickled.

    Attributes:
        path: Of a local file; of another store, the file.
    """

    def __init__(self, place: Any, end: int) -> None:
        self.path = place
        self._end = end
        self._file: Any = None
        self._at = 0

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_end": self._end, "_file": None, "_at": 0}

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, counted from the window's end with `os.SEEK_END`."""
        if whence == os.SEEK_END:
            offset += self._end
        if self._file is None:
            is_path = isinstance(self.path, (str, os.PathLike))
            self._file = open(self.path, "rb") if is_path else self.path  # noqa: SIM115, PTH123 - open as long as the window
        self._at = int(self._file.seek(offset))
        return self._at

    def read(self, count: int) -> bytes:
        """Some bytes; none beyond the end."""
        data = bytes(self._file.read(max(min(count, self._end - self._at), 0)))
        self._at += len(data)
        return data


def latest(plan: Plan, known: Mapping[str, int]) -> dict[str, int]:
    """The offset after the last whole record of every file.

    Args:
        plan: The log.
        known: An earlier answer; what comes before it in a file is not read again.
    """
    offsets = {}
    grown = []
    for file in plan.files():
        offset, size = known.get(file.name, 0), file_size(file)
        if offset == size:
            offsets[file.name] = offset
        else:
            # A file that is shorter was replaced.
            start = offset if offset < size else 0
            grown.append(File(file.run, file.name, file.place, start))
    if grown:
        log = read(grown, kinds=(), checksum=False)
        offsets.update(log.offsets())
    return offsets


def since(plan: Plan, start: Mapping[str, int], end: Mapping[str, int]) -> list[Part]:
    """What is new between two answers of `latest`, in parts of whole runs."""
    new = []
    for file in plan.files():
        first, last = start.get(file.name, 0), end.get(file.name, 0)
        if first > last:
            # A file that is shorter was replaced.
            first = 0
        if first < last:
            place = Window(file.place, last)
            new.append((File(file.run, file.name, place, first), last - first))
    total = sum(size for _, size in new)
    return [
        Part(tuple(files), plan.options, nbytes)
        for files, nbytes in divided(new, part_bytes(total))
    ]
