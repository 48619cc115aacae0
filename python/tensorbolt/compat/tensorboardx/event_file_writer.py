"""Writers of serialised events."""

from tensorbolt.compat.tensorboardx.record_writer import RecordWriter
from tensorbolt.file_writer import EventFileWriter
from tensorbolt.record_writer import directory_check

__all__ = ["EventFileWriter", "RecordWriter", "directory_check"]
