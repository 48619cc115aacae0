"""The module surface of `tensorboardX`."""

from tensorbolt._core import __version__
from tensorbolt.compat.tensorboardx.global_writer import GlobalSummaryWriter
from tensorbolt.compat.tensorboardx.record_writer import RecordWriter
from tensorbolt.compat.tensorboardx.torchvis import TorchVis
from tensorbolt.compat.tensorboardx.writer import FileWriter, SummaryWriter

__all__ = [
    "FileWriter",
    "GlobalSummaryWriter",
    "RecordWriter",
    "SummaryWriter",
    "TorchVis",
    "__version__",
]
