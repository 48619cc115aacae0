"""Reading protobuf messages of our own without the protobuf package."""

from collections.abc import Iterator

EVENT_SUMMARY = 5
SUMMARY_VALUE = 1
VALUE_IMAGE, VALUE_HISTOGRAM = 4, 5
IMAGE_ENCODED = 4
"""Numbers of fields: first the message, then what the field holds."""

_VARINT, _FIXED64, _BYTES = 0, 1, 2


def fields(message: bytes, number: int) -> Iterator[bytes]:
    """Return the contents of a field that holds messages or bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        size = 0
        if key & 7 == _VARINT:
            _, place = _varint(message, place)
        elif key & 7 == _BYTES:
            size, place = _varint(message, place)
            if key >> 3 == number:
                yield message[place : place + size]
        else:
            size = 8 if key & 7 == _FIXED64 else 4
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return a number, and where it ends."""
    number = shift = 0
    while True:
        byte = message[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return number, place
