"""From numbers to pixels: images, grids of images, and maps in colours."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tensorbolt import _arrays
from tensorbolt._errors import ShapeError
from tensorbolt.writer._images import check_dataformats

GREY_CHANNELS, RGB_CHANNELS, RGBA_CHANNELS = 1, 3, 4
BYTE = 255

MIN_PIXELS, MAX_PIXELS = 640, 1400
"""Pixels: how wide or high a grid is at least, if enlarging helps, and at most, by averaging."""

MAX_GAP = 4
"""Pixels between images at most."""

WHITE, GREY = 255, 170
"""Greys behind images; against the second white shows too, which colour maps have for 0."""

NOT_FINITE_COLOUR = (215, 25, 28)
"""The colour of NaN and infinities: red, which no default colour map has."""


def unit_images(
    images: Any, dataformats: str, name: str, most: int | None = None
) -> "tuple[np.ndarray[Any, Any], str]":
    """Return images as N×H×W×3 numbers from 0 to 1, and a text that says how the values were changed.

    Args:
        images: An array or tensor, or a list of equally large images; grey, RGB or RGBA, which stands on white. uint8
            reaches from 0 to 255; floats within 0 and 1 are taken as they are, and other integers within 0 and 255 as
            bytes. Of anything else, such as what was normalised for a network, each image is brought to 0 to 1 by its
            lowest and highest number.
        dataformats: Which axis is which: N, H, W and perhaps C, in any order.
        name: The argument's name, for error texts.
        most: Number of images to return, the first ones; `None` is all.

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
    if (
        array.shape[-1] not in (GREY_CHANNELS, RGB_CHANNELS, RGBA_CHANNELS)
        or 0 in array.shape
    ):
        raise ShapeError(
            f"{name} must be images of 1, 3 or 4 channels, but with the axes {dataformats} its shape has "
            f"{array.shape[-1]} channels, {array.shape[1]} rows, {array.shape[2]} columns; see dataformats"
        )
    unit, done = _unit(array)
    if unit.shape[-1] == RGBA_CHANNELS:
        unit = unit[..., :RGB_CHANNELS] * unit[..., RGB_CHANNELS:] + (
            1 - unit[..., RGB_CHANNELS:]
        )
    return np.broadcast_to(unit, (*unit.shape[:-1], RGB_CHANNELS)), done


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
    # Numbers that are not finite are black.
    unit = np.where(finite, (array - np.where(np.isfinite(low), low, 0)) / span, 0.0)
    return unit, "each image from its lowest number to its highest"


def square_columns(count: int, height: int, width: int) -> int:
    """Return the number of columns with which images of a size make a grid about as wide as high."""
    return max(1, min(count, round(math.sqrt(count * height / width))))


def tile(
    tiles: "np.ndarray[Any, Any]",
    columns: int,
    gap: int,
    below: int = 0,
    ground: int = WHITE,
) -> "np.ndarray[Any, Any]":
    """Return N×H×W×3 pixels as one image, row by row, with gaps, and room below each for a caption."""
    count, height, width, _ = tiles.shape
    rows = -(-count // columns)
    down, right = height + below + gap, width + gap
    grid = np.full((rows * down - gap, columns * right - gap, 3), ground, np.uint8)
    for place, one in enumerate(tiles):
        top, left = place // columns * down, place % columns * right
        grid[top : top + height, left : left + width] = one
    return grid


def longest_side(count: int, height: int, width: int, columns: int) -> int:
    """Return the width or height, whichever is more, of so many images in so many columns, without gaps."""
    return max(columns * width, -(-count // columns) * height)


def enlarge(grid: "np.ndarray[Any, Any]", factor: int) -> "np.ndarray[Any, Any]":
    """Return pixels (… × H × W × 3) of which each is a square of so many."""
    return grid.repeat(factor, -3).repeat(factor, -2)


def shrink(
    images: "np.ndarray[Any, Any]", columns: int
) -> "tuple[np.ndarray[Any, Any], int]":
    """Return images small enough for a grid, and the side of the square of pixels of which each pixel is the mean.

    Args:
        images: N×H×W or N×H×W×C numbers.
        columns: Number of images in a row.
    """
    count, height, width = images.shape[:3]
    longest = longest_side(count, height, width, columns)
    factor = min(-(-longest // MAX_PIXELS), max(height, width))
    if factor == 1:
        return images, 1
    rest = [(0, 0), (0, -height % factor), (0, -width % factor)]
    padded = np.pad(images, rest + [(0, 0)] * (images.ndim - 3), mode="edge")
    rows, places = padded.shape[1] // factor, padded.shape[2] // factor
    blocks = padded.reshape(count, rows, factor, places, factor, *images.shape[3:])
    return blocks.mean((2, 4)), factor


class Scale(NamedTuple):
    """Maps with values from 0 to 1, and what those stand for."""

    unit: "np.ndarray[Any, Any]"
    """Of the shape of the maps; NaN where a number is not finite."""
    low: float
    high: float
    """The numbers that are 0 and 1; of no meaning where each map has its own."""
    shared: bool


def scaled(maps: "np.ndarray[Any, Any]", *, shared: bool, signed: bool) -> Scale:
    """Bring maps to values from 0 to 1.

    Args:
        maps: N×H×W or N×H×W×C numbers.
        shared: Whether one scale holds for all maps, or each has its own.
        signed: Whether 0 lies in the middle of a scale, so that colours show sign and size; otherwise it
            reaches from the lowest number to the highest.

    Returns:
        The maps. Where all numbers of a scale are the same, they are 0, or 0.5 if it is signed and they are 0.
    """
    maps = np.where(np.isfinite(maps), maps.astype(np.float64), np.nan)
    axes = tuple(range(maps.ndim)) if shared else tuple(range(1, maps.ndim))
    low = np.min(maps, axes, keepdims=True, initial=np.inf, where=~np.isnan(maps))
    high = np.max(maps, axes, keepdims=True, initial=-np.inf, where=~np.isnan(maps))
    # Of maps without any finite number.
    low, high = np.where(low > high, 0.0, low), np.where(low > high, 0.0, high)
    if signed:
        high = np.maximum(np.abs(low), np.abs(high))
        low = -high
    # Halves, because the span itself may be too large for a float.
    span = high / 2 - low / 2
    middle = 0.5 if signed else 0.0
    flat = span == 0
    unit = np.where(flat, middle, (maps / 2 - low / 2) / np.where(flat, 1.0, span))
    unit = np.where(np.isnan(maps), np.nan, unit)
    return Scale(unit, float(low.min()), float(high.max()), shared)


def coloured(
    unit: "np.ndarray[Any, Any]", colours: Callable[..., Any] | None
) -> "np.ndarray[Any, Any]":
    """Return values from 0 to 1 as pixels of type uint8 with three channels more.

    Args:
        unit: N×H×W numbers, or N×H×W×3 if there is no colour map; NaN becomes `NOT_FINITE_COLOUR`.
        colours: A colour map of matplotlib, or `None` if the last axis has red, green and blue.
    """
    missing = np.isnan(unit)
    plain = np.where(missing, 0.0, unit)
    if colours is None:
        pixels: np.ndarray[Any, Any] = np.rint(plain * 255).astype(np.uint8)
        pixels[missing.any(-1)] = NOT_FINITE_COLOUR
        return pixels
    pixels = np.asarray(colours(plain, bytes=True))[..., :3].copy()
    pixels[missing] = NOT_FINITE_COLOUR
    return pixels
