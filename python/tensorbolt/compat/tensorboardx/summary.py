"""Functions that return what the methods of `SummaryWriter` log, as messages of `tensorboardX.proto`."""

from typing import Any

from tensorbolt.compat import _messages, _quirks
from tensorbolt.compat._curve import compute_curve
from tensorbolt.compat._summaries import Summaries
from tensorbolt.compat.tensorboardx._tags import clean_tag as _clean_tag
from tensorbolt.compat.tensorboardx._tags import logger
from tensorbolt.compat.tensorboardx._writers import SummaryWriter
from tensorbolt.compat.tensorboardx.utils import (
    _prepare_video,
    convert_to_HWC,
    convert_to_NTCHW,
)
from tensorbolt.compat.tensorboardx.x2num import make_np

__all__ = [
    "_clean_tag",
    "_prepare_video",
    "audio",
    "compute_curve",
    "convert_to_HWC",
    "convert_to_NTCHW",
    "custom_scalars",
    "draw_boxes",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "logger",
    "make_histogram",
    "make_image",
    "make_np",
    "make_video",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "text",
    "video",
]

_made = Summaries(SummaryWriter, _messages.TENSORBOARDX, _quirks.wrapped)
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
    name: str, scalar: Any, display_name: str = "", summary_description: str = ""
) -> Any:
    """Return the summary of `add_scalar`."""
    texts = {"display_name": display_name, "summary_description": summary_description}
    return _made._one(lambda w: w.add_scalar(name, scalar, **texts))


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "CHW") -> Any:
    """Return the summary of `add_image`, its size changed by the factor `rescale`."""
    return _made._image(tag, tensor, rescale, dataformats)


def video(tag: str, tensor: Any, fps: float = 4, dataformats: str = "NTCHW") -> Any:
    """Return the summary of `add_video`."""
    return _made._video(tag, tensor, fps, dataformats)


def mesh(
    tag: str, vertices: Any, colors: Any, faces: Any, config_dict: Any = None
) -> Any:
    """Return the summary of `add_mesh`."""
    return _quirks.numbered_mesh(
        _messages.TENSORBOARDX,
        _made._mesh(tag, vertices, colors, faces, config_dict),
        config_dict,
    )


def hparams(hparam_dict: Any = None, metric_dict: Any = None) -> Any:
    """Return the three summaries that `add_hparams` logs: experiment, start and end of a session."""
    return _made._hparams(hparam_dict, metric_dict, None)


__getattr__ = _messages.types(
    _messages.TENSORBOARDX,
    __name__,
    "HistogramProto",
    "MeshPluginData",
    "PrCurvePluginData",
    "Summary",
    "SummaryMetadata",
    "TensorProto",
    "TensorShapeProto",
    "TextPluginData",
)
