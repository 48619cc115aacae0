"""Axes, grids and figures, as numpy arrays."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from tensorbolt._errors import ShapeError
from tensorbolt.writer import _figures

BATCH_AXES = 4
COLORS = 3


def figure_to_image(figures: Any, close: bool = True) -> "np.ndarray[Any, Any]":
    """Draw a figure of matplotlib, or a list of them.

    Returns:
        3×H×W bytes; N×3×H×W of a list.

    Raises:
        TypeError: It is no figure.
        ValueError: The list is empty.
    """
    single = not isinstance(figures, Iterable)
    pages = [figures] if single else list(figures)
    pixels = np.moveaxis(_figures.rendered(pages), -1, 1)
    if close:
        _figures.close(pages)
    return np.asarray(pixels[0] if single else pixels)


def make_grid(I: Any, ncols: int = 8) -> "np.ndarray[Any, Any]":  # noqa: E741 - the reference writers' name
    """Lay out N×C×H×W images row by row, `ncols` in a row; grey ones get three channels.

    Returns:
        C×(rows·H)×(columns·W), of the same type.

    Raises:
        TypeError: It is no numpy array.
        ShapeError: It is no batch of images.
    """
    if not isinstance(I, np.ndarray):
        raise TypeError(f"I must be a numpy array, not {type(I).__name__}")
    if I.ndim != BATCH_AXES or not len(I) or I.shape[1] not in (1, 3, 4):
        raise ShapeError(
            f"I must have the shape (N, C, H, W) with 1, 3 or 4 channels and an image, not {I.shape}"
        )
    batch = np.repeat(I, 3, axis=1) if I.shape[1] == 1 else I
    count, channels, height, width = batch.shape
    columns = min(count, ncols)
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, *batch.shape[1:]), batch.dtype)
    cells[:count] = batch
    grid = cells.reshape(rows, columns, channels, height, width)
    return np.asarray(grid.transpose(2, 0, 3, 1, 4)).reshape(
        channels, rows * height, columns * width
    )


def convert_to_HWC(tensor: "np.ndarray[Any, Any]", input_format: str) -> Any:
    """Reorder the axes of an image, or of a batch, which becomes a grid; grey gets three channels.

    Raises:
        ShapeError: The letters do not fit the axes.
    """
    letters = _letters(tensor, input_format)
    wanted = {4: "NCHW", 3: "HWC", 2: "HW"}.get(len(letters))
    if wanted is None or set(letters) != set(wanted):
        raise ShapeError(
            f"input_format must be an order of NCHW, HWC or HW, not {input_format!r}"
        )
    ordered = tensor.transpose([letters.index(axis) for axis in wanted])
    if ordered.ndim == BATCH_AXES:
        return make_grid(ordered).transpose(1, 2, 0)
    if ordered.ndim < COLORS:
        ordered = ordered[:, :, np.newaxis]
    return np.repeat(ordered, COLORS, axis=2) if ordered.shape[2] == 1 else ordered


def convert_to_NTCHW(tensor: "np.ndarray[Any, Any]", input_format: str) -> Any:
    """Reorder the axes of a batch of videos.

    Raises:
        ShapeError: The letters do not fit the axes.
    """
    letters = _letters(tensor, input_format)
    if set(letters) != set("NTCHW"):
        raise ShapeError(
            f"input_format must be an order of NTCHW, not {input_format!r}"
        )
    return tensor.transpose([letters.index(axis) for axis in "NTCHW"])


def prepare_video(V: Any) -> Any:
    """Lay out N×T×C×H×W videos in a grid whose number of cells is the next power of two.

    Bytes become floats from 0 to 1.

    Returns:
        T×(rows·H)×(columns·W)×C.

    Raises:
        ShapeError: The array has not five axes, or no video.
    """
    if V.ndim != len("NTCHW") or not len(V):
        raise ShapeError(
            f"V must have the shape (N, T, C, H, W) and a video, not {V.shape}"
        )
    count, frames, channels, height, width = V.shape
    videos = V
    if V.dtype == np.uint8:
        videos = V.astype(np.float32) / np.float32(255)
    power = (count - 1).bit_length()
    kind = videos.dtype if count == 1 << power else np.float64
    cells = np.zeros((1 << power, *V.shape[1:]), kind)
    cells[:count] = videos
    rows = 1 << ((count.bit_length() - 1) // 2)
    grid = cells.reshape(rows, -1, frames, channels, height, width)
    return grid.transpose(2, 0, 4, 1, 5, 3).reshape(frames, rows * height, -1, channels)


def _letters(tensor: "np.ndarray[Any, Any]", input_format: str) -> str:
    letters = input_format.upper()
    if len(set(letters)) != len(letters) or len(letters) != tensor.ndim:
        raise ShapeError(
            f"input_format must name each axis of the shape {tensor.shape} once, not {input_format!r}"
        )
    return letters
