"""Precision-recall curves."""

import operator
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag, opened, shown
from tensorbolt._errors import ShapeError
from tensorbolt.writer._base import WriterBase

DEFAULT_THRESHOLDS = 127


class CurveMethods(WriterBase):
    """The methods that log precision-recall curves."""

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = DEFAULT_THRESHOLDS,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve of a binary classifier.

        Args:
            tag: Name of the series.
            labels: What is true: an array, tensor or list of any shape and numeric dtype, 1 (or `True`) for positive,
                0 for negative; a fraction counts as both, to its share.
            predictions: Probability of being positive, from 0 to 1, shaped like `labels`. What is outside, and NaN, is
                left out.
            global_step: Step of this curve.
            num_thresholds: Points of the curve, evenly spaced from 0 to 1; at least 1.
            weights: A number per label, shaped like them or broadcast to them; `None` is 1 for all.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: There is no threshold, or more than 1048576.
            ShapeError: Shapes differ; a `ValueError` and an `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        thresholds = _thresholds(num_thresholds)
        scores = _arrays.plain(predictions, "predictions")
        truth = _arrays.plain(labels, "labels")
        # Axes of length 1 do not count: (N, 1) of a network and (N,) of a data loader have the same points.
        if truth.squeeze().shape != scores.squeeze().shape:
            raise ShapeError(
                f"labels and predictions must have the same shape, not {truth.shape} and {scores.shape}"
            )
        shares = None if weights is None else _weights(weights, truth.shape)
        if scores.dtype != np.float32:
            scores = scores.astype(np.float64, copy=False)
        guesses = np.ascontiguousarray(scores).reshape(-1)
        marks = _flat(truth)
        self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_pr_curve(
                tag, marks, guesses, shares, thresholds, step, seconds
            ),
        )

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = DEFAULT_THRESHOLDS,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve from its parts, each with one number per threshold from 0 to 1.

        Args:
            tag: Name of the series.
            true_positive_counts: A one-dimensional array, tensor or list, as are all others.
            false_positive_counts: As long as the first.
            true_negative_counts: As long as the first.
            false_negative_counts: As long as the first.
            precision: As long as the first.
            recall: As long as the first.
            global_step: Step of this curve.
            num_thresholds: Not used, as the arrays have the points. Another number than theirs, except the default, causes
                one warning.
            weights: Not used, as the counts are made already. A value other than `None` causes one warning.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: `num_thresholds` is below 1.
            ShapeError: A part is not one-dimensional, or shorter or longer than the first; a `ValueError` and an
                `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        declared = _thresholds(num_thresholds)
        parts = {
            "true_positive_counts": true_positive_counts,
            "false_positive_counts": false_positive_counts,
            "true_negative_counts": true_negative_counts,
            "false_negative_counts": false_negative_counts,
            "precision": precision,
            "recall": recall,
        }
        rows = [(name, _row(part, name)) for name, part in parts.items()]
        self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_pr_curve_raw(tag, rows, step, seconds),
        )
        count = len(rows[0][1])
        if declared not in (count, DEFAULT_THRESHOLDS):
            self._notices.once(
                "num_thresholds",
                f"add_pr_curve_raw: num_thresholds is {declared}, but the data has {count} and that is what is written",
            )
        if weights is not None:
            self._notices.once(
                "weights",
                "add_pr_curve_raw: weights have no effect on counts that are made already; leave them out",
            )


def _thresholds(count: Any) -> int:
    try:
        thresholds = operator.index(opened(count, "num_thresholds"))
    except TypeError:
        raise TypeError(
            f"num_thresholds must be an integer, not {type(count).__name__} ({shown(count)})"
        ) from None
    if thresholds < 1:
        raise ValueError(f"num_thresholds must be at least 1, not {thresholds}")
    # What the extension cannot take at all, it cannot refuse with a reason.
    return min(thresholds, 2**32)


def _weights(weights: Any, shape: tuple[int, ...]) -> "np.ndarray[Any, Any]":
    numbers = _arrays.plain(weights, "weights")
    if numbers.squeeze().shape == tuple(size for size in shape if size != 1):
        return _flat(numbers)
    try:
        return _flat(np.broadcast_to(numbers, shape))
    except ValueError:
        pass
    raise ShapeError(
        f"weights must be one number, or shaped like labels, which is {shape}, not {numbers.shape}"
    )


def _row(part: Any, name: str) -> "np.ndarray[Any, Any]":
    row = _arrays.plain(part, name)
    if row.ndim != 1:
        raise ShapeError(
            f"{name} must be one-dimensional, one number per threshold, not of shape {row.shape}"
        )
    return _flat(row)


def _flat(numbers: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    return np.ascontiguousarray(numbers, np.float64).reshape(-1)
