"""Histograms that a device has counted: what it makes of an array is one row of integers.

The row has the number of elements below all buckets, in each bucket, and above all of them or not a number; then those that are
not a number and those that are infinite; then the bits of the smallest and largest finite element, of their sum and of the sum of
their squares. Counts and extremes are exactly those of the extension. Sums are of float64 too, but devices add in another order, so
the last bits of a sum may differ.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from tensorbolt import _core

MOMENTS = 4
"""Smallest and largest element, sum, sum of squares."""


class Counted(NamedTuple):
    """A histogram that is counted."""

    statistics: tuple[float, float, float, float, float]
    """Smallest and largest element, number of elements, sum, sum of squares, of finite elements."""
    limits: "np.ndarray[Any, Any]"
    """Right edge of each bucket."""
    counts: "np.ndarray[Any, Any]"
    """Count of each bucket."""
    skipped: tuple[int, int, int]
    """Elements that are not a number, infinite, and outside all buckets."""


@cache
def edges() -> "np.ndarray[Any, Any]":
    """Return the edges of the default buckets, in float64."""
    return np.asarray(_core.default_edges(), np.float64)


@cache
def thresholds(dtype: str) -> "np.ndarray[Any, Any]":
    """Return the least numbers of a type that are in or above each bucket, and behind them the least above all buckets.

    So a comparison of numbers of this type is that of the edges with the numbers in float64.

    Args:
        dtype: `"float32"` or `"float64"`.
    """
    exact = edges().copy()
    # The last bucket holds its right edge.
    exact[-1] = np.nextafter(exact[-1], np.inf)
    rounded = exact.astype(dtype)
    too_low = rounded.astype(np.float64) < exact
    up = np.nextafter(rounded, np.asarray(np.inf, dtype))
    return np.asarray(np.where(too_low, up, rounded))


def row_length() -> int:
    """Return the number of integers of a row."""
    return len(edges()) + 1 + 2 + MOMENTS


def counted(row: "np.ndarray[Any, Any]", size: int) -> Counted:
    """Return the histogram of a row.

    Args:
        row: Of int64.
        size: Number of elements that it counts.
    """
    places = row[: -2 - MOMENTS]
    nan, infinite = (int(number) for number in row[-2 - MOMENTS : -MOMENTS])
    moments = np.ascontiguousarray(row[-MOMENTS:]).view(np.float64).tolist()
    num = size - nan - infinite
    smallest, largest, total, squares = moments if num else (0.0, 0.0, 0.0, 0.0)
    buckets = places[1:-1]
    filled = np.flatnonzero(buckets)
    if filled.size:
        first, last = int(filled[0]), int(filled[-1])
        limits = edges()[first : last + 2]
        counts = np.concatenate([[0.0], buckets[first : last + 1]])
    elif num:
        limits, counts = np.array([smallest, largest]), np.array([0.0, num])
    else:
        limits, counts = np.zeros(1), np.zeros(1)
    outside = int(places[0]) + int(places[-1]) - nan - infinite
    statistics = smallest, largest, float(num), total, squares
    return Counted(statistics, limits, counts, (nan, infinite, outside))
