"""Pictures side by side, enlarged or made smaller by whole factors."""

import math
from typing import Any

import numpy as np

WANTED, MOST = 640, 1400
"""Pixels: how wide or high a grid is at least, if enlarging helps, and at most, by averaging."""

GAP = 4
"""Pixels between pictures at most."""

WHITE, GREY = 255, 170
"""Greys behind pictures; against the second white shows too, which colour maps have for 0."""


def near_square(count: int, height: int, width: int) -> int:
    """Return the number of columns with which pictures of a size make a grid about as wide as high."""
    return max(1, min(count, round(math.sqrt(count * height / width))))


def tiled(
    tiles: "np.ndarray[Any, Any]",
    columns: int,
    gap: int,
    below: int = 0,
    ground: int = WHITE,
) -> "np.ndarray[Any, Any]":
    """Return N×H×W×3 pixels as one picture, row by row, with gaps, and room below each for a caption."""
    count, height, width, _ = tiles.shape
    rows = -(-count // columns)
    down, right = height + below + gap, width + gap
    grid = np.full((rows * down - gap, columns * right - gap, 3), ground, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // columns * down, place % columns * right
        grid[top : top + height, left : left + width] = tile
    return grid


def longest_side(count: int, height: int, width: int, columns: int) -> int:
    """Return the width or height, whichever is more, of so many pictures in so many columns, without gaps."""
    return max(columns * width, -(-count // columns) * height)


def enlarged(grid: "np.ndarray[Any, Any]", factor: int) -> "np.ndarray[Any, Any]":
    """Return pixels (… × H × W × 3) of which each is a square of so many."""
    return grid.repeat(factor, -3).repeat(factor, -2)


def averaged(
    pictures: "np.ndarray[Any, Any]", columns: int
) -> "tuple[np.ndarray[Any, Any], int]":
    """Return pictures small enough for a grid, and of how many pixels each way one is the mean.

    Args:
        pictures: N×H×W or N×H×W×C numbers.
        columns: How many of them stand side by side.
    """
    count, height, width = pictures.shape[:3]
    longest = longest_side(count, height, width, columns)
    factor = min(-(-longest // MOST), max(height, width))
    if factor == 1:
        return pictures, 1
    rest = [(0, 0), (0, -height % factor), (0, -width % factor)]
    padded = np.pad(pictures, rest + [(0, 0)] * (pictures.ndim - 3), mode="edge")
    rows, places = padded.shape[1] // factor, padded.shape[2] // factor
    blocks = padded.reshape(count, rows, factor, places, factor, *pictures.shape[3:])
    return blocks.mean((2, 4)), factor
