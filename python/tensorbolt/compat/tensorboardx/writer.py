"""The writers of `tensorboardX`."""

import logging

from tensorbolt.compat import _messages
from tensorbolt.compat.tensorboardx._writers import (
    DummyFileWriter,
    EventFileWriter,
    FileWriter,
    SummaryWriter,
)
from tensorbolt.compat.tensorboardx.embedding import (
    append_pbtxt,
    make_mat,
    make_sprite,
    make_tsv,
)
from tensorbolt.compat.tensorboardx.onnx_graph import load_onnx_graph
from tensorbolt.compat.tensorboardx.openvino_graph import load_openvino_graph
from tensorbolt.compat.tensorboardx.summary import (
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
    text,
    video,
)
from tensorbolt.compat.tensorboardx.utils import figure_to_image

__all__ = [
    "DummyFileWriter",
    "EventFileWriter",
    "FileWriter",
    "SummaryWriter",
    "append_pbtxt",
    "audio",
    "custom_scalars",
    "figure_to_image",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "load_onnx_graph",
    "load_openvino_graph",
    "logger",
    "make_mat",
    "make_sprite",
    "make_tsv",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "text",
    "video",
]

logger = logging.getLogger("tensorboardX.writer")

__getattr__ = _messages.types(_messages.TENSORBOARDX, __name__, "Event", "SessionLog")
