"""What the incumbents' messages have, or lack, where our writers do better: only functions of `summary` keep it."""

import io
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt.compat import _messages

FLOAT, UINT8, BFLOAT16, HALF = 1, 4, 14, 19
"""Numbers of element types."""

MAX_THRESHOLDS = 127
"""The highest number of thresholds that the reference writers store."""


def picture(summary: Any) -> Any:
    """Compress a picture as Pillow does, which the incumbents need, where it is installed."""
    if not isinstance(summary, _messages.Encoded):
        image(summary.value[0].image)
    return summary


def image(part: Any) -> Any:
    """Do the same with a `Summary.Image`."""
    try:
        from PIL import Image
    except ImportError:
        return part
    if not isinstance(part, _messages.Encoded):
        file = io.BytesIO()
        Image.open(io.BytesIO(part.encoded_image_string)).save(file, "PNG")
        part.encoded_image_string = file.getvalue()
    return part


def sound(summary: Any) -> Any:
    """Leave out the metadata of a sound."""
    if not isinstance(summary, _messages.Encoded):
        summary.value[0].ClearField("metadata")
    return summary


def curve(package: str, summary: Any, num_thresholds: int) -> Any:
    """Let a curve tell the number of thresholds that the caller names, not that of its numbers."""
    if not isinstance(summary, _messages.Encoded):
        plugin = summary.value[0].metadata.plugin_data
        content = _messages.message(package, "PrCurvePluginData", plugin.content)
        content.num_thresholds = min(num_thresholds, MAX_THRESHOLDS)
        plugin.content = content.SerializeToString()
    return summary


def numbered_mesh(package: str, summary: Any, config: Any) -> Any:
    """Leave out what tensorboardX does not tell of the parts of a mesh."""
    if not isinstance(summary, _messages.Encoded):
        for value in summary.value:
            plugin = value.metadata.plugin_data
            content = _messages.message(package, "MeshPluginData", plugin.content)
            # The number of the parts, which its message does not know; a package that does has it by name.
            content.DiscardUnknownFields()
            if "components" in content.DESCRIPTOR.fields_by_name:
                content.ClearField("components")
            if config is None:
                content.json_config = "null"
            plugin.content = content.SerializeToString()
    return summary


def tensor(summary: Any, given: Any) -> Any:
    """Put elements where torch does: the bits of a float32 in `half_val`, bytes in `uint32_val`; and no data class."""
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
    """Return pixels as tensorboardX makes bytes of them: times 255, and what exceeds a byte begins again at 0."""
    pixels = _arrays.plain(tensor, "tensor")
    if pixels.dtype == np.uint8:
        return pixels
    return np.nan_to_num(pixels * 255.0).astype(np.int64).astype(np.uint8)
