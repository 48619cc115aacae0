"""Fields of protobuf messages as slices of bytes, so that what is not changed stays byte for byte."""

from collections.abc import Iterator
from typing import NamedTuple

#: Wire types.
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
#: Fields of `Event`.
STEP, FILE_VERSION, SUMMARY, SESSION_LOG, TAGGED_RUN_METADATA = 2, 3, 5, 7, 8
#: Fields of `Summary`, `Summary.Value`, `SessionLog` and `TaggedRunMetadata`.
VALUE, TAG, TENSOR, METADATA, STATUS, RUN_METADATA_TAG = 1, 1, 8, 9, 1, 1
#: `SessionLog.status` of a program that was started again.
START = 1
#: A byte of a varint that another one follows; and the bits of the longest one.
_MORE, _BITS = 0x80, 64
_SIGNED = 1 << 63
_WRAP = 1 << 64


class Field(NamedTuple):
    """One field: all of it from `start`, its content from `content`, both up to `end`."""

    number: int
    wire: int
    start: int
    content: int
    end: int


def fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a message.

    Raises:
        ValueError: It is no message.
    """
    at, size = 0, len(data)
    while at < size:
        start = at
        key, at = varint(data, at)
        wire = key & 7
        content = at
        if wire == VARINT:
            at = varint(data, at)[1]
        elif wire == BYTES:
            length, content = varint(data, at)
            at = content + length
        elif wire == FIXED64:
            at += 8
        elif wire == FIXED32:
            at += 4
        else:
            raise ValueError(f"a field has the wire type {wire}")
        if at > size:
            raise ValueError("a field ends after its message")
        yield Field(key >> 3, wire, start, content, at)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it.

    Raises:
        ValueError: It does not end.
    """
    value = shift = 0
    while at < len(data) and shift < _BITS:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return value, at
        shift += 7
    raise ValueError("a number does not end")


def signed(data: bytes, at: int) -> int:
    """The int64 at a place."""
    value = varint(data, at)[0] % _WRAP
    return value - _WRAP if value >= _SIGNED else value


def encoded(value: int) -> bytes:
    """A number as a varint; one below zero as an int64."""
    value %= _WRAP
    out = bytearray()
    while value >= _MORE:
        out.append(value & 0x7F | _MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def number_field(number: int, value: int) -> bytes:
    """A field of type int64."""
    return encoded(number << 3 | VARINT) + encoded(value)


def bytes_field(number: int, content: bytes) -> bytes:
    """A field of bytes, text, or a message."""
    return encoded(number << 3 | BYTES) + encoded(len(content)) + content
