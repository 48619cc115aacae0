"""Functions that return what the methods of `SummaryWriter` log, as messages of the package `tensorboard`."""

import logging
import struct
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt.compat import _messages, _quirks
from tensorbolt.compat._curve import compute_curve
from tensorbolt.compat._summaries import Summaries
from tensorbolt.compat.torch._convert_np import make_np
from tensorbolt.compat.torch._utils import _prepare_video, convert_to_HWC
from tensorbolt.writer import SummaryWriter

__all__ = [
    "_calc_scale_factor",
    "_prepare_video",
    "audio",
    "compute_curve",
    "convert_to_HWC",
    "custom_scalars",
    "draw_boxes",
    "half_to_int",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "int_to_half",
    "make_histogram",
    "make_image",
    "make_np",
    "make_video",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "tensor_proto",
    "text",
    "video",
]

logger = logging.getLogger("torch.utils.tensorboard.summary")

_made = Summaries(SummaryWriter, _messages.TORCH)
audio = _made.audio
custom_scalars = _made.custom_scalars
draw_boxes = _made.draw_boxes
histogram = _made.histogram
histogram_raw = _made.histogram_raw
image_boxes = _made.image_boxes
make_histogram = _made.make_histogram
make_image = _made.make_image
make_video = _made.make_video
pr_curve = _made.pr_curve
pr_curve_raw = _made.pr_curve_raw
text = _made.text


def scalar(
    name: str,
    tensor: Any,
    collections: Any = None,
    new_style: bool = False,
    double_precision: bool = False,
) -> Any:
    """Return the summary of `add_scalar`."""
    style = (bool(new_style), bool(double_precision))
    return _made._one(lambda w: w.add_scalar(name, tensor, None, None, *style))


def tensor_proto(tag: str, tensor: Any) -> Any:
    """Return the summary of `add_tensor`; 16-bit floats in `half_val` are what `int_to_half` takes, as in torch."""
    return _quirks.tensor(_made._one(lambda w: w.add_tensor(tag, tensor)), tensor)


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Any:
    """Return the summary of `add_images`, its size changed by the factor `rescale`."""
    return _made._image(tag, tensor, rescale, dataformats)


def video(tag: str, tensor: Any, fps: float = 4) -> Any:
    """Return the summary of `add_video`."""
    return _made._video(tag, tensor, fps, "NTCHW")


def mesh(
    tag: str,
    vertices: Any,
    colors: Any,
    faces: Any,
    config_dict: Any,
    display_name: str | None = None,
    description: str | None = None,
) -> Any:
    """Return the summary of `add_mesh`.

    Raises:
        ValueError: A name or a description is given, which no dashboard shows.
    """
    if display_name or description:
        raise ValueError(
            "display_name and description of a mesh are not supported; leave them out"
        )
    return _made._mesh(tag, vertices, colors, faces, config_dict)


def hparams(
    hparam_dict: Any = None, metric_dict: Any = None, hparam_domain_discrete: Any = None
) -> Any:
    """Return the three summaries that `add_hparams` logs: experiment, start and end of a session."""
    return _made._hparams(hparam_dict, metric_dict, hparam_domain_discrete)


def half_to_int(f: float) -> int:
    """Return the bits of a number as float32."""
    return int(struct.unpack("<i", struct.pack("<f", f))[0])


def int_to_half(i: int) -> float:
    """Return the float32 of these bits."""
    return float(struct.unpack("<f", struct.pack("<i", i))[0])


def _calc_scale_factor(tensor: Any) -> int:
    """Return 1 for bytes and 255 for everything else."""
    return 1 if _arrays.plain(tensor, "tensor").dtype == np.uint8 else 255


__getattr__ = _messages.types(
    _messages.TORCH,
    __name__,
    "HistogramProto",
    "PrCurvePluginData",
    "Summary",
    "SummaryMetadata",
    "TensorProto",
    "TensorShapeProto",
    "TextPluginData",
)
