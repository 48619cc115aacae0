"""Details in which the reference writers' messages differ from ours; only the functions of `summary` reproduce them."""

import io
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt.compat import _messages

FLOAT, UINT8, BFLOAT16, HALF = 1, 4, 14, 19
"""Numbers of element types."""

MAX_THRESHOLDS = 127
"""The highest number of thresholds that the reference writers store."""


def image_summary(summary: Any) -> Any:
    """Compress the image of a summary as the reference writers do; see `image`."""
    if not isinstance(summary, _messages.Encoded):
        image(summary.value[0].image)
    return summary


def image(part: Any) -> Any:
    """Compress a `Summary.Image` with Pillow, as the reference writers do; unchanged if it is not installed."""
    try:
        from PIL import Image
    except ImportError:
        return part
    if not isinstance(part, _messages.Encoded):
        file = io.BytesIO()
        Image.open(io.BytesIO(part.encoded_image_string)).save(file, "PNG")
        part.encoded_image_string = file.getvalue()
    return part


def audio(summary: Any) -> Any:
    """Remove the metadata of audio."""
    if not isinstance(summary, _messages.Encoded):
        summary.value[0].ClearField("metadata")
    return summary


def pr_curve(package: str, summary: Any, num_thresholds: int) -> Any:
    """Store the caller's number of thresholds in a PR curve, even if the curve has another number of points."""
    if not isinstance(summary, _messages.Encoded):
        plugin = summary.value[0].metadata.plugin_data
        content = _messages.message(package, "PrCurvePluginData", plugin.content)
        content.num_thresholds = min(num_thresholds, MAX_THRESHOLDS)
        plugin.content = content.SerializeToString()
    return summary


def numbered_mesh(package: str, summary: Any, config: Any) -> Any:
    """Remove the fields of a mesh that tensorboardX does not write."""
    if not isinstance(summary, _messages.Encoded):
        for value in summary.value:
            plugin = value.metadata.plugin_data
            content = _messages.message(package, "MeshPluginData", plugin.content)
            # The number of parts is an unknown field in tensorboardX's message, and `components` in TensorBoard's.
            content.DiscardUnknownFields()
            if "components" in content.DESCRIPTOR.fields_by_name:
                content.ClearField("components")
            if config is None:
                content.json_config = "null"
            plugin.content = content.SerializeToString()
    return summary


def tensor(summary: Any, given: Any) -> Any:
    """Store elements in torch's fields: 16-bit floats as bits of a float32 in `half_val`, bytes in `uint32_val`; no data class."""
    if isinstance(summary, _messages.Encoded):
        return summary
    message = summary.value[0].tensor
    summary.value[0].metadata.ClearField("data_class")
    if message.dtype == UINT8:
        message.uint32_val.extend(message.int_val)
        message.ClearField("int_val")
    elif message.dtype in (HALF, FLOAT):
        data, bfloat16 = _arrays.array(given, "tensor")
        if bfloat16 or message.dtype == HALF:
            message.dtype = BFLOAT16 if bfloat16 else HALF
            bits = _arrays.widened(_arrays.Array(data, bfloat16)).astype(np.float32)
            message.ClearField("float_val")
            message.half_val[:] = bits.view(np.int32).ravel().tolist()
    return summary


def wrapped(tensor: Any) -> Any:
    """Return pixels as tensorboardX converts them to bytes: times 255, with values above 255 wrapping around to 0."""
    pixels = _arrays.plain(tensor, "tensor")
    if pixels.dtype == np.uint8:
        return pixels
    return np.nan_to_num(pixels * 255.0).astype(np.int64).astype(np.uint8)
