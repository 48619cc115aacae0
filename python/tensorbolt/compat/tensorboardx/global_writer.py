"""One event file for many processes; tags are cleaned."""

from tensorbolt import global_writer
from tensorbolt.compat.tensorboardx.writer import SummaryWriter

__all__ = ["GlobalSummaryWriter", "SummaryWriter"]

_singleton: "dict[str, GlobalSummaryWriter]" = {}


class _SharingWriter(global_writer._SharingWriter, SummaryWriter):
    """The writer behind it, with the names that `tensorboardX` gives."""


class GlobalSummaryWriter(global_writer.GlobalSummaryWriter):
    """A `tensorbolt.GlobalSummaryWriter` that cleans tags."""

    _kind = _SharingWriter

    @staticmethod
    def getSummaryWriter() -> "GlobalSummaryWriter":
        """Return the writer of this program, made with defaults at the first call."""
        writer = _singleton.get("writer")
        if writer is None:
            writer = _singleton.setdefault("writer", GlobalSummaryWriter())
        return writer
