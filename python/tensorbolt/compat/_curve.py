"""The numbers of a precision-recall curve."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._errors import ShapeError
from tensorbolt.writer._pr_curves import DEFAULT_THRESHOLDS

SMALLEST_COUNT = 1e-7
"""Replaces a count of 0 in divisors."""


def compute_curve(
    labels: Any,
    predictions: Any,
    num_thresholds: int | None = None,
    weights: Any = None,
) -> "np.ndarray[Any, Any]":
    """Count a classifier's hits and misses at thresholds that are evenly spaced from 0 to 1.

    Args:
        labels: 1 for positive, 0 for negative; an array of any shape.
        predictions: Probability of being positive, from 0 to 1, of the same shape. Others are left out.
        num_thresholds: How many thresholds; `None` is `DEFAULT_THRESHOLDS`, 127.
        weights: A number per label, or `None` for 1.

    Returns:
        6×n numbers: true and false positives, true and false negatives, precision, recall.

    Raises:
        TypeError: An argument is no array of numbers.
        ValueError: There is no threshold.
        ShapeError: Shapes differ; a `ValueError` and an `AssertionError`.
    """
    count = DEFAULT_THRESHOLDS if num_thresholds is None else int(num_thresholds)
    if count < 1:
        raise ValueError(f"num_thresholds must be at least 1, not {count}")
    truth = _arrays.plain(labels, "labels").astype(np.float64)
    scores = _arrays.plain(predictions, "predictions")
    if truth.shape != scores.shape:
        raise ShapeError(
            f"labels and predictions must have the same shape, not {truth.shape} and {scores.shape}"
        )
    shares = 1.0 if weights is None else _arrays.plain(weights, "weights")
    places = np.floor(scores * (count - 1))
    inside = (places >= 0) & (places <= count - 1)
    where = places[inside].astype(np.int64)

    def at_least(amounts: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Sum amounts over the predictions that reach each threshold."""
        weighted = np.broadcast_to(amounts * shares, truth.shape)[inside]
        sums = np.bincount(where, weighted, minlength=count)
        return np.cumsum(sums[::-1])[::-1]

    hits, alarms = at_least(truth), at_least(1 - truth)
    rejections, misses = alarms[0] - alarms, hits[0] - hits
    precision = hits / np.maximum(SMALLEST_COUNT, hits + alarms)
    recall = hits / np.maximum(SMALLEST_COUNT, hits + misses)
    return np.stack((hits, alarms, rejections, misses, precision, recall))
