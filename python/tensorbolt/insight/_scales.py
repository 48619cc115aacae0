"""From numbers to colours, on one scale or on one for each map."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

NOT_FINITE = (215, 25, 28)
"""The colour of NaN and infinities: red, which no default colour map has."""


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
        signed: Whether 0 lies in the middle of a scale, so that sign and size can be told from colours; otherwise it
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
        unit: N×H×W numbers, or N×H×W×3 if there is no colour map; NaN becomes `NOT_FINITE`.
        colours: A colour map of matplotlib, or `None` if the last axis has red, green and blue.
    """
    missing = np.isnan(unit)
    plain = np.where(missing, 0.0, unit)
    if colours is None:
        pixels: np.ndarray[Any, Any] = np.rint(plain * 255).astype(np.uint8)
        pixels[missing.any(-1)] = NOT_FINITE
        return pixels
    pixels = np.asarray(colours(plain, bytes=True))[..., :3].copy()
    pixels[missing] = NOT_FINITE
    return pixels
