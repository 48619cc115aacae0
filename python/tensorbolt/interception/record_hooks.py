"""A replaced `RecordWriter`, or a replaced method of it, gets every record of the files that open after the replacement.

Other code may replace the name in this package, or in the modules of the reference writers.
"""

import struct
import sys
from collections.abc import Callable
from typing import Any

from tensorbolt import record_writer

PATH, STREAM = "path", "stream"

MODULES = {
    "tensorbolt": PATH,
    "tensorbolt.record_writer": PATH,
    "tensorbolt.compat.tensorboardx": PATH,
    "tensorbolt.compat.tensorboardx.event_file_writer": PATH,
    "tensorbolt.compat.tensorboardx.record_writer": PATH,
    "tensorbolt.compat.torch": STREAM,
    "tensorboard.summary.writer.event_file_writer": STREAM,
    "tensorboard.summary.writer.record_writer": STREAM,
}
"""Modules in which other code may replace the name `RecordWriter`, and whether it is called with a path or a stream there."""

OUR_MODULES = "tensorbolt.record_writer", "tensorbolt.compat.tensorboardx.record_writer"
"""Modules of this package that define a class of that name."""

_HEAD, _CHECKSUM = struct.Struct("<QI"), 4


def opener() -> Callable[[str], Any] | None:
    """Return a function that opens a file through a replaced `RecordWriter`; `None` if it is not replaced."""
    found = _replacement()
    if found is None:
        return None
    kind, wants = found
    if wants == PATH:
        return lambda path: _Records(kind(path))
    return lambda path: _Records(kind(record_writer.open_file(path)))


def _replacement() -> tuple[Any, str] | None:
    for module, wants in MODULES.items():
        kind = getattr(sys.modules.get(module), "RecordWriter", None)
        if kind is not None and not _defined_in(kind, MODULES):
            return kind, wants
    for module in OUR_MODULES:
        kind = getattr(sys.modules.get(module), "RecordWriter", None)
        if kind is not None and any(
            not _defined_in(getattr(kind, name), OUR_MODULES)
            for name in ("__init__", "write", "flush", "close")
        ):
            return kind, PATH
    return None


def _defined_in(value: Any, modules: Any) -> bool:
    return getattr(value, "__module__", None) in modules


class _Records:
    """A stream of framed records that hands each of them over.

    Args:
        writer: Has `write(data)` for one record, `flush()` and `close()`.
    """

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._rest = b""

    def write(self, data: bytes) -> None:
        """Take bytes; a failure of the writer, which `flush` meets, does not take them twice."""
        self._rest += data

    def flush(self) -> None:
        """Hand over the records that are whole."""
        while len(self._rest) >= _HEAD.size:
            size, _ = _HEAD.unpack_from(self._rest)
            end = _HEAD.size + size
            if len(self._rest) < end + _CHECKSUM:
                break
            self._writer.write(self._rest[_HEAD.size : end])
            self._rest = self._rest[end + _CHECKSUM :]
        self._writer.flush()

    def close(self) -> None:
        """Close the writer."""
        self._writer.close()
