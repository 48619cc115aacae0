"""The table of precision-recall curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, numbers
from tensorbolt.reading.table import Table
from tensorbolt.reading.tensors import array_of

#: Rows of the tensor of a curve.
_NAMES = ("tp", "fp", "tn", "fn", "precision", "recall")


class PrCurves(Table):
    """Precision-recall curves of runs and tags, one row a threshold.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`; `threshold` (float64, from 0 to 1 at equal distances: the
    log does not have them, and TensorBoard assumes the same); `tp`, `fp`, `tn`, `fn` (float64, true and false positives and negatives; not
    whole where samples had weights), `precision`, `recall` (float64), as they were logged.
    """

    def __init__(self, columns: Mapping[str, Column], counts: Sequence[int]) -> None:
        super().__init__(columns)
        self._counts = np.array(counts, np.int64)

    def numpy(self) -> list[NDArray[np.float64]]:
        """An array for each curve, in the order of the rows.

        Returns:
            Arrays of shape `[7, thresholds]`: threshold, true and false positives, true and false negatives, precision, recall.
        """
        names = ("threshold", *_NAMES)
        rows = np.stack([self._columns[name].values for name in names])
        ends = np.cumsum(self._counts)
        return [
            rows[:, end - count : end]
            for end, count in zip(ends, self._counts, strict=True)
        ]

    def shown(self) -> "PrCurves":
        """The rows that TensorBoard's page draws: without the last thresholds that no sample reaches, where precision is not defined.

        A curve keeps its first threshold, even if no sample reaches it.
        """
        rows, counts = [], []
        end = 0
        # TensorBoard counts whole samples.
        reached = sum(np.trunc(self._columns[name].values) for name in ("tp", "fp"))
        for count in self._counts.tolist():
            hits = np.flatnonzero(reached[end : end + count])
            kept = int(hits[-1]) + 1 if len(hits) else min(1, count)
            rows.append(np.arange(end, end + kept))
            counts.append(kept)
            end += count
        taken = np.concatenate([np.empty(0, np.int64), *rows])
        return PrCurves(
            {name: column.take(taken) for name, column in self._columns.items()},
            counts,
        )


def pr_curve_of(value: tuple[Any, ...]) -> NDArray[np.float64] | None:
    """The numbers of a curve, of shape `[6, thresholds]`; `None` for anything else."""
    array = array_of(value)
    if array is None or array.ndim != 2 or len(array) != len(_NAMES):  # noqa: PLR2004
        return None
    return array.astype(np.float64)


def pr_curves(
    columns: Mapping[str, Column], values: list[NDArray[np.float64]]
) -> PrCurves:
    """The table of these rows, each of whose values is what `pr_curve_of` gives."""
    counts = [curve.shape[1] for curve in values]
    rows = np.repeat(np.arange(len(values)), counts)
    empty = np.empty((len(_NAMES), 0))
    data = np.concatenate([empty, *values], axis=1)
    thresholds = [np.linspace(0, 1, count) for count in counts]
    return PrCurves(
        {
            **{name: column.take(rows) for name, column in columns.items()},
            "threshold": numbers(np.concatenate([np.empty(0), *thresholds])),
            **{name: numbers(row) for name, row in zip(_NAMES, data, strict=True)},
        },
        counts,
    )
