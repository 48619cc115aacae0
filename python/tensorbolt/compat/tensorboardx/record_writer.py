"""Writers of framed records, to local files and to registered schemes."""

from tensorbolt import record_writer
from tensorbolt.compat.tensorboardx.crc32c import crc32c
from tensorbolt.record_writer import (
    REGISTERED_FACTORIES,
    GCSRecordWriter,
    S3RecordWriter,
    directory_check,
    make_valid_tf_name,
    masked_crc32c,
    open_file,
    register_writer_factory,
)

__all__ = [
    "REGISTERED_FACTORIES",
    "GCSRecordWriter",
    "RecordWriter",
    "S3RecordWriter",
    "crc32c",
    "directory_check",
    "make_valid_tf_name",
    "masked_crc32c",
    "open_file",
    "register_writer_factory",
    "u32",
]


class RecordWriter(record_writer.RecordWriter):
    """A `tensorbolt.RecordWriter` with the argument names of `tensorboardX`."""

    def write(self, data: bytes) -> None:
        """Write one record; see the class above."""
        super().write(data)


def u32(x: int) -> int:
    """Return the lower 32 bits."""
    return x & 0xFFFFFFFF
