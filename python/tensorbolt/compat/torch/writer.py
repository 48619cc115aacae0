"""The writers of `torch.utils.tensorboard`."""

from tensorbolt.compat import _messages
from tensorbolt.compat.torch._convert_np import make_np
from tensorbolt.compat.torch._embedding import (
    get_embedding_info,
    make_mat,
    make_sprite,
    make_tsv,
    write_pbtxt,
)
from tensorbolt.compat.torch._onnx_graph import load_onnx_graph
from tensorbolt.compat.torch._pytorch_graph import graph
from tensorbolt.compat.torch._utils import figure_to_image
from tensorbolt.compat.torch.summary import (
    audio,
    custom_scalars,
    histogram,
    histogram_raw,
    hparams,
    image,
    image_boxes,
    mesh,
    pr_curve,
    pr_curve_raw,
    scalar,
    tensor_proto,
    text,
    video,
)
from tensorbolt.file_writer import EventFileWriter, FileWriter
from tensorbolt.writer import SummaryWriter

__all__ = [
    "EventFileWriter",
    "FileWriter",
    "SummaryWriter",
    "audio",
    "custom_scalars",
    "figure_to_image",
    "get_embedding_info",
    "graph",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "load_onnx_graph",
    "make_mat",
    "make_np",
    "make_sprite",
    "make_tsv",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "tensor_proto",
    "text",
    "video",
    "write_pbtxt",
]

__getattr__ = _messages.types(
    _messages.TORCH, __name__, "Event", "ProjectorConfig", "SessionLog"
)
