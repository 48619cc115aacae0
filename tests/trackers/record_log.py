"""The files in which Weights & Biases and SwanLab keep a run until it is uploaded.

Both use LevelDB's log format with a header of their own: blocks of 32 KiB, records cut at their borders, a CRC of each
piece.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

BLOCK = 32 * 1024
FILE_HEADER = 7
PIECE = struct.Struct("<IHB")
"""CRC, length, and which piece of a record it is."""
FULL, LAST = 1, 4


def records(path: Path) -> Iterator[bytes]:
    """Yield the records of a file."""
    data = path.read_bytes()
    position = FILE_HEADER
    record = b""
    while position < len(data):
        left = BLOCK - position % BLOCK
        if left < PIECE.size:
            position += left
            continue
        crc, length, kind = PIECE.unpack_from(data, position)
        position += PIECE.size
        piece = data[position : position + length]
        position += length
        assert crc == zlib.crc32(bytes([kind]) + piece), f"{path} is damaged"
        record += piece
        if kind in (FULL, LAST):
            yield record
            record = b""
    assert not record, f"{path} ends within a record"
