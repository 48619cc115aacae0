"""Columns of tables: bytes in Arrow's layout, which numpy looks at without a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt import _core

#: What a time that is unknown looks like among microseconds; numpy calls it NaT.
NO_TIME = np.iinfo(np.int64).min

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DTYPES: dict[str, Any] = {
    "int64": np.int64,
    "int32": np.int32,
    "float64": np.float64,
    "timestamp": "M8[us]",
    "dictionary": np.int32,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        kind: `int64`, `float64`, `bool`, `timestamp` (microseconds, UTC), `dictionary` (of text), `string`, `binary`,
            `list_float64` or `list_int64`.
        length: Rows.
        buffers: The values; of bools one bit a row, lowest first; of a dictionary their codes; of text, bytes and lists first
            where each begins.
        validity: One bit a row, lowest first, or `None` if no row is null.
        categories: What the codes of a dictionary stand for.
    """

    kind: str
    length: int
    buffers: tuple[bytes | _core.Buffer, ...]
    validity: bytes | None = None
    categories: list[str] | None = None

    @property
    def values(self) -> NDArray[Any]:
        """The numbers, times, codes or bools; shape `[length]`, read-only; all but bools are not copied."""
        if self.kind == "bool":
            return _bits(self.buffers[0], self.length)
        return shared(self.buffers[0], _DTYPES[self.kind])[: self.length]

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """Which rows are not null, or `None` if all are; shape `[length]`."""
        if self.validity is None:
            return None
        return _bits(self.validity, self.length)

    def to_numpy(self) -> NDArray[Any]:
        """The column as an array; numbers and times share its bytes, text and bytes are objects.

        What is null is NaN among numbers, NaT among times, and `None` among objects.
        """
        if self.kind in ("string", "binary"):
            return _objects(self._texts(), self.length)
        if self.kind.startswith("list_"):
            return _objects(self.lists(), self.length)
        if self.kind == "dictionary":
            names: NDArray[Any] = np.array(self.categories, dtype=object)
            return np.asarray(names[self.values])
        valid = self.valid
        if valid is None or self.kind == "timestamp":
            return self.values
        if self.kind == "bool":
            return _objects(self.to_list(), self.length)
        return np.where(valid, self.values, np.nan)

    def to_list(self) -> list[Any]:
        """The column as Python objects; times with their zone, what is null as `None`."""
        if self.kind == "timestamp":
            micros = self.values.view(np.int64).tolist()
            return [
                None if micro == NO_TIME else _EPOCH + timedelta(microseconds=micro)
                for micro in micros
            ]
        if self.kind.startswith("list_"):
            return [values.tolist() for values in self.lists()]
        valid = self.valid
        if valid is None or self.kind in ("string", "binary", "dictionary"):
            return list(self.to_numpy().tolist())
        pairs = zip(self.values.tolist(), valid.tolist(), strict=True)
        return [value if there else None for value, there in pairs]

    def lists(self) -> list[NDArray[Any]]:
        """The arrays of a column of lists, not copied."""
        dtype = np.float64 if self.kind == "list_float64" else np.int64
        values = shared(self.buffers[1], dtype)
        starts = shared(self.buffers[0], np.int64).tolist()
        return [values[start:end] for start, end in pairwise(starts)]

    def _texts(self) -> list[Any]:
        starts = shared(self.buffers[0], np.int64).tolist()
        data = bytes(self.buffers[1])
        pieces = [data[start:end] for start, end in pairwise(starts)]
        made = pieces if self.kind == "binary" else [piece.decode() for piece in pieces]
        if (valid := self.valid) is None:
            return list(made)
        pairs = zip(made, valid.tolist(), strict=True)
        return [piece if there else None for piece, there in pairs]

    def take(self, rows: NDArray[Any]) -> "Column":
        """The rows at these places, or those for which a mask of shape `[length]` is true."""
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        valid = self.valid
        validity = None if valid is None else pack(valid[rows])
        if self.kind in ("string", "binary"):
            taken = self._texts()
            nothing = "" if self.kind == "string" else b""
            pieces = [taken[row] or nothing for row in rows.tolist()]
            made = texts(pieces, self.kind)
            return Column(self.kind, made.length, made.buffers, validity)
        if self.kind.startswith("list_"):
            arrays = self.lists()
            return lists([arrays[row] for row in rows.tolist()], self.kind)
        taken_values = self.values[rows]
        if self.kind == "bool":
            return truths(taken_values, None if valid is None else valid[rows])
        return Column(
            self.kind,
            len(rows),
            (taken_values.tobytes(),),
            validity,
            self.categories,
        )


def _bits(data: bytes | _core.Buffer, length: int) -> NDArray[np.bool_]:
    bits = shared(data, np.uint8)
    made = np.unpackbits(bits, count=length, bitorder="little").astype(bool)
    made.flags.writeable = False
    return made


def shared(data: bytes | _core.Buffer, dtype: Any) -> NDArray[Any]:
    """The bytes of a column as an array that cannot be written to; they are not copied."""
    if isinstance(data, bytes):
        return np.frombuffer(data, dtype)
    return np.asarray(data).view(dtype)


def _objects(values: Sequence[Any], length: int) -> NDArray[Any]:
    array = np.empty(length, dtype=object)
    for row, value in enumerate(values):
        array[row] = value
    return array


def pack(valid: NDArray[np.bool_]) -> bytes | None:
    """The bits of which rows are not null, or `None` if all are."""
    if valid.all():
        return None
    return np.packbits(valid, bitorder="little").tobytes()


def integers(values: Any, valid: NDArray[np.bool_] | None = None) -> Column:
    """A column of int64, where a mask may say which rows are not null."""
    array = np.ascontiguousarray(values, np.int64)
    validity = None if valid is None else pack(valid)
    return Column("int64", len(array), (array.tobytes(),), validity)


def numbers(values: Any, valid: NDArray[np.bool_] | None = None) -> Column:
    """A column of float64, where a mask may say which rows are not null."""
    array = np.ascontiguousarray(values, np.float64)
    validity = None if valid is None else pack(valid)
    return Column("float64", len(array), (array.tobytes(),), validity)


def truths(values: Any, valid: NDArray[np.bool_] | None = None) -> Column:
    """A column of bools, where a mask may say which rows are not null."""
    array = np.ascontiguousarray(values, np.bool_)
    data = np.packbits(array, bitorder="little").tobytes()
    validity = None if valid is None else pack(valid)
    return Column("bool", len(array), (data,), validity)


def categories(codes: Any, names: list[str]) -> Column:
    """A column of few different texts, by the place of each among `names`."""
    array = np.ascontiguousarray(codes, np.int32)
    return Column("dictionary", len(array), (array.tobytes(),), None, names)


def repeated(values: list[str]) -> Column:
    """A column of few different texts."""
    places = {name: place for place, name in enumerate(dict.fromkeys(values))}
    return categories([places[value] for value in values], list(places))


def texts(
    values: Sequence[Any],
    kind: str = "string",
    valid: NDArray[np.bool_] | None = None,
) -> Column:
    """A column of text, or of bytes, where a mask may say which rows are not null."""
    pieces = [value.encode() if kind == "string" else value for value in values]
    starts = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece) for piece in pieces], out=starts[1:])
    validity = None if valid is None else pack(valid)
    return Column(kind, len(pieces), (starts.tobytes(), b"".join(pieces)), validity)


def lists(values: Sequence[NDArray[Any]], kind: str = "list_float64") -> Column:
    """A column of arrays."""
    dtype = np.float64 if kind == "list_float64" else np.int64
    starts = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(value) for value in values], out=starts[1:])
    data = b"".join(np.ascontiguousarray(value, dtype).tobytes() for value in values)
    return Column(kind, len(values), (starts.tobytes(), data))


def times(seconds: bytes | _core.Buffer | NDArray[np.float64], form: str) -> Column:
    """A column of times from seconds since the epoch: `timestamp`, or `float` as they are.

    A timestamp has microseconds; a time that is not finite is null.
    """
    if isinstance(seconds, np.ndarray):
        if form == "float":
            return numbers(seconds)
        array = seconds
    else:
        array = shared(seconds, np.float64)
        if form == "float":
            return Column("float64", len(array), (seconds,))
    micros, known = _core.microseconds(np.ascontiguousarray(array))
    return Column("timestamp", len(array), (micros,), known)
