"""Protobuf messages taken apart, without a schema: the values of each field by its number."""

import struct
from typing import TypeAlias, TypeVar

from tensorbolt.reading.event_fields import BYTES, FIXED64, VARINT, fields, signed

#: From the number of a field to its values, in their order: int of varints, float of numbers of fixed width, bytes of all else.
Message: TypeAlias = dict[int, list[int | float | bytes]]
T = TypeVar("T", int, float, bytes)


def message(data: bytes) -> Message:
    """The fields of a message.

    Raises:
        ValueError: It is no message.
    """
    made: Message = {}
    for number, wire, _, content, end in fields(data):
        value: int | float | bytes
        if wire == VARINT:
            value = signed(data, content)
        elif wire == BYTES:
            value = data[content:end]
        else:
            form = "<d" if wire == FIXED64 else "<f"
            (value,) = struct.unpack_from(form, data, content)
        made.setdefault(number, []).append(value)
    return made


def every(of: Message, number: int, kind: type[T]) -> list[T]:
    """The values of a repeated field; those of another wire type do not count, as protobuf's rules want it."""
    return [value for value in of.get(number, ()) if type(value) is kind]


def last(of: Message, number: int, default: T) -> T:
    """The value of a field that is there once, the last of several, or a default of its type."""
    values = every(of, number, type(default))
    return values[-1] if values else default
