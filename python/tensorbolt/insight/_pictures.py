"""Pictures of any kind, as people see them."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._errors import ShapeError
from tensorbolt.writer._images import check_dataformats

GREY, RGB, RGBA = 1, 3, 4
BYTE = 255


def seen(
    images: Any, dataformats: str, name: str, most: int | None = None
) -> "tuple[np.ndarray[Any, Any], str]":
    """Return pictures as N×H×W×3 numbers from 0 to 1, and what was done to them, in words.

    Args:
        images: An array or tensor, or a list of equally large pictures; grey, RGB or RGBA, which stands on white. uint8
            reaches from 0 to 255; floats within 0 and 1 are taken as they are, and other integers within 0 and 255 as
            bytes. Of anything else, such as what was normalised for a network, each picture is brought to 0 to 1 by its
            lowest and highest number.
        dataformats: Which axis is which: N, H, W and perhaps C, in any order.
        name: The argument's name, for error texts.
        most: How many are wanted, the first ones; `None` is all.

    Raises:
        TypeError: It is no array of numbers.
        ShapeError: Its shape does not fit `dataformats`; a `ValueError` and an `AssertionError`.
    """
    check_dataformats(dataformats, "N, C, H and W", "NCHW")
    letters = dataformats.upper()
    array = _arrays.plain(images, name)
    if sorted(letters) not in (sorted("NCHW"), sorted("NHW")):
        raise ShapeError(
            f"dataformats must have N, H, W and perhaps C once each, such as 'NCHW' or 'NHWC', not {dataformats!r}"
        )
    if array.ndim != len(letters):
        raise ShapeError(
            f"{name} must have the axes {letters}, as dataformats says, but its shape is {array.shape}"
        )
    if "C" not in letters:
        array, letters = array[..., None], f"{letters}C"
    array = array.transpose([letters.index(letter) for letter in "NHWC"])[:most]
    if array.shape[-1] not in (GREY, RGB, RGBA) or 0 in array.shape:
        raise ShapeError(
            f"{name} must be pictures of 1, 3 or 4 channels, but with the axes {dataformats} its shape has "
            f"{array.shape[-1]} channels, {array.shape[1]} rows, {array.shape[2]} columns; see dataformats"
        )
    unit, done = _unit(array)
    if unit.shape[-1] == RGBA:
        unit = unit[..., :RGB] * unit[..., RGB:] + (1 - unit[..., RGB:])
    return np.broadcast_to(unit, (*unit.shape[:-1], RGB)), done


def _unit(array: "np.ndarray[Any, Any]") -> "tuple[np.ndarray[Any, Any], str]":
    finite = np.isfinite(array)
    numbers = np.where(finite, array, 0).astype(np.float64)
    if (
        array.dtype.kind in "biu"
        and (array.dtype == np.uint8 or 1 < numbers.max() <= BYTE)
        and numbers.min() >= 0
    ):
        return numbers / BYTE, ""
    if numbers.min() >= 0 and numbers.max() <= 1:
        return numbers, ""
    axes = (1, 2, 3)
    low = np.where(finite, array, np.inf).min(axes, keepdims=True)
    high = np.where(finite, array, -np.inf).max(axes, keepdims=True)
    span = np.where(high > low, high - low, 1.0)
    # What is not finite is black.
    unit = np.where(finite, (array - np.where(np.isfinite(low), low, 0)) / span, 0.0)
    return unit, "each picture from its lowest number to its highest"
