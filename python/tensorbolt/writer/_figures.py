"""Renders matplotlib figures to pixels."""

import sys
from typing import Any

import numpy as np

WHITE = 255
OPAQUE = 255


def rendered(figures: list[Any]) -> "np.ndarray[Any, Any]":
    """Draw figures.

    Args:
        figures: Objects of `matplotlib.figure.Figure`.

    Returns:
        N×H×W×3 pixels of type uint8; H and W are those of the largest figure, the rest is white.

    Raises:
        TypeError: One is no figure.
        ValueError: There is none.
    """
    if not figures:
        raise ValueError("figure is an empty list; pass at least one matplotlib figure")
    pages = [_pixels(figure) for figure in figures]
    height = max(page.shape[0] for page in pages)
    width = max(page.shape[1] for page in pages)
    padded = np.full((len(pages), height, width, 3), WHITE, np.uint8)
    for target, page in zip(padded, pages, strict=True):
        target[: page.shape[0], : page.shape[1]] = page
    return padded


def close(figures: list[Any]) -> None:
    """Close figures in pyplot, if it is loaded."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for figure in figures:
            pyplot.close(figure)


def _pixels(figure: Any) -> "np.ndarray[Any, Any]":
    # A program that has a figure has loaded matplotlib.
    module = sys.modules.get("matplotlib.figure")
    if module is None or not isinstance(figure, module.FigureBase):
        raise TypeError(
            f"figure must be a matplotlib figure or a list of them, not {type(figure).__name__}"
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    shown = figure.canvas
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
    finally:
        # A window that shows the figure must keep its canvas.
        figure.set_canvas(shown)
    alpha = pixels[..., 3:]
    if (alpha == OPAQUE).all():
        return pixels[..., :3]
    share = alpha.astype(np.float32) / OPAQUE
    return (pixels[..., :3] * share + WHITE * (1 - share) + 0.5).astype(np.uint8)
