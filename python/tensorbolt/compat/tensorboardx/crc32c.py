"""The checksum CRC-32C."""

from typing import Any

from tensorbolt import _core

__all__ = ["CRC_INIT", "crc32c", "crc_finalize", "crc_update"]

CRC_INIT = 0
_MASK = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
"""Constant that records add to a checksum, after they rotate it by 15 bits."""


def crc32c(data: Any) -> int:
    """Return the checksum of bytes, or of anything that `bytes()` takes."""
    rotated = (_core.masked_crc32c(bytes(data)) - _MASK_DELTA) & _MASK
    return (rotated >> 17 | rotated << 15) & _MASK


# tensorboardX has two more: one in Python, and one of the package `crc32c`.
_crc32c = _crc32c_native = crc32c


def crc_update(crc: int, data: Any) -> int:
    """Return the checksum of earlier bytes, whose checksum is `crc`, followed by `data`."""
    data = bytes(data)
    # The checksum is linear except for its start and end: move the old one past the new bytes.
    return crc32c(data) ^ _past(crc, len(data))


def crc_finalize(crc: int) -> int:
    """Return the lower 32 bits."""
    return crc & _MASK


def _past(crc: int, count: int) -> int:
    """Return `crc` after `count` zero bytes, without start and end."""
    for _ in range(8 * count):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc
