"""The module surface of `torch.utils.tensorboard`."""

from tensorbolt.compat.torch.writer import FileWriter, SummaryWriter
from tensorbolt.record_writer import RecordWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
