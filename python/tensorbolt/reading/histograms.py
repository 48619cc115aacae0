"""The table of histograms."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, lists, numbers
from tensorbolt.reading.table import Table
from tensorbolt.reading.tensors import array_of

#: Left edges, right edges and counts of buckets.
Histogram: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

_STATISTICS = ("min", "max", "num", "sum", "sum_squares")
#: Columns of a tensor of buckets: left edge, right edge, count.
_WIDTH = 3
#: TensorBoard computes with hundredths of a percent.
_BASIS_POINTS = 10_000


class Histograms(Table):
    """Histograms of runs and tags, one row each.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`; `left`, `right`, `count` (lists of float64: the edges
    of the buckets and how many values they have; empty buckets at both ends are left out, and the outermost edges are the lowest and
    the highest value, as TensorBoard shows them); `min`, `max`, `num`, `sum`, `sum_squares` (float64; the form of TensorFlow 2 does
    not have the last two, which are null then).
    """

    def quantiles(self, q: Iterable[float] | float) -> Table:
        """Quantiles of each histogram, by linear interpolation within buckets, as TensorBoard's page of distributions has them.

        Args:
            q: From 0, the lowest value, to 1, the highest.

        Returns:
            `run`, `tag`, `step`, `wall_time`, and a column for each quantile, such as `q0.5`; 0 for a histogram without values.

        Raises:
            ValueError: A quantile is not between 0 and 1.
        """
        wanted = [q] if isinstance(q, (int, float)) else list(q)
        for one in wanted:
            if not 0 <= one <= 1:
                raise ValueError(f"q must be between 0 and 1, not {one!r}")
        buckets = self._buckets()
        columns = {
            f"q{one:g}": numbers([_quantile(*bucket, one) for bucket in buckets])
            for one in wanted
        }
        return Table({**self._keys(), **columns})

    def rebin(self, bins: int = 30) -> "Histograms":
        """The histograms with buckets of equal width, which are the same for all steps of a run and tag, as TensorBoard's page has them.

        Counts are shared out by how much of a bucket is in another, so they are not whole numbers.

        Args:
            bins: Buckets, at least 1.

        Raises:
            ValueError: `bins` is less than 1.
        """
        if bins < 1:
            raise ValueError(f"bins must be at least 1, not {bins!r}")
        buckets = self._buckets()
        runs, tags = self._columns["run"].values, self._columns["tag"].values
        changes = np.flatnonzero((np.diff(runs) != 0) | (np.diff(tags) != 0)) + 1
        made: list[Histogram] = []
        for group in np.split(np.arange(len(self)), changes):
            made.extend(_rebinned([buckets[row] for row in group.tolist()], bins))
        return Histograms({**self._columns, **_bucket_columns(made)})

    def _keys(self) -> dict[str, Column]:
        return {
            name: self._columns[name] for name in ("run", "tag", "step", "wall_time")
        }

    def _buckets(self) -> list[Histogram]:
        left, right, count = (
            self._columns[name].lists() for name in ("left", "right", "count")
        )
        return list(zip(left, right, count, strict=True))

    def _rows(self, rows: NDArray[Any]) -> "Histograms":
        return Histograms(super()._rows(rows)._columns)


def _quantile(
    left: NDArray[Any], right: NDArray[Any], count: NDArray[Any], q: float
) -> float:
    if not len(count):
        return 0.0
    wanted = round(q * _BASIS_POINTS, 6)
    below = np.cumsum(count * _BASIS_POINTS / (count.sum() or 1.0))
    at = int(np.searchsorted(below, wanted, side="right"))
    while at < len(count):
        before = below[at - 1] if at else 0.0
        if below[at] == before:
            at += 1
            continue
        low = max(right[at - 1], left[0]) if before else left[0]
        high = min(right[at], right[-1])
        return float(low + (wanted - before) * (high - low) / (below[at] - before))
    return float(right[-1])


def _rebinned(histograms: list[Histogram], bins: int) -> list[Histogram]:
    known = [histogram for histogram in histograms if len(histogram[0])]
    if not known:
        nothing = np.zeros(0)
        return [(nothing, nothing, nothing)] * len(histograms)
    lowest = min(float(left[0]) for left, _, _ in known)
    highest = max(float(right[-1]) for _, right, _ in known)
    if lowest == highest:
        lowest, highest = lowest / 1.1 - 1, highest * 1.1 + 1
    width = (highest - lowest) / bins
    lefts = lowest + np.arange(bins) * width
    rights = lefts + width
    return [(lefts, rights, _shared(*one, lefts, rights)) for one in histograms]


def _shared(
    left: NDArray[Any],
    right: NDArray[Any],
    count: NDArray[Any],
    lefts: NDArray[Any],
    rights: NDArray[Any],
) -> NDArray[Any]:
    """Counts of buckets in others, by overlap; a bucket without width is in the one that begins there, if there is one."""
    is_wide = right > left
    low, high, many = (edge[is_wide, None] for edge in (left, right, count))
    overlap = np.minimum(high, rights) - np.maximum(low, lefts)
    counts: NDArray[Any] = (many * np.maximum(overlap, 0) / (high - low)).sum(axis=0)
    places = np.searchsorted(rights[:-1], left[~is_wide], side="right")
    np.add.at(counts, places, count[~is_wide])
    return counts


def histogram_of(value: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Left and right edges, counts, and the statistics of a histogram in either form; `None` for anything else."""
    if value[0] == "histogram":
        return _of_message(*value[1:])
    array = array_of(value)
    if array is None or array.ndim != 2 or array.shape[1] != _WIDTH:  # noqa: PLR2004
        return None
    left, right, count = array.T.astype(np.float64)
    ends = (left[0], right[-1]) if len(left) else (None, None)
    return left, right, count, *ends, count.sum(), None, None


def _of_message(
    ends: tuple[float, float],
    sums: tuple[float, float, float],
    limit_bytes: bytes,
    count_bytes: bytes,
) -> tuple[Any, ...] | None:
    limits, counts = np.frombuffer(limit_bytes), np.frombuffer(count_bytes)
    if len(limits) != len(counts):
        return None
    filled = np.flatnonzero(counts > 0)
    if not len(filled):
        nothing = np.zeros(0)
        return nothing, nothing, nothing, *ends, *sums
    first, last = filled[0], filled[-1]
    inner = limits[first:last]
    left = np.concatenate([ends[:1], inner])
    right = np.concatenate([inner, ends[1:]])
    return left, right, counts[first : last + 1], *ends, *sums


def _bucket_columns(values: list[Any]) -> dict[str, Column]:
    return {
        name: lists([value[place] for value in values])
        for place, name in enumerate(("left", "right", "count"))
    }


def histograms(columns: Mapping[str, Column], values: list[Any]) -> Histograms:
    """The table of these rows, each of whose values is what `histogram_of` gives."""
    made = {**columns, **_bucket_columns(values)}
    for place, name in enumerate(_STATISTICS, start=3):
        column = [value[place] for value in values]
        valid = np.array([number is not None for number in column], bool)
        made[name] = numbers(
            [0.0 if number is None else number for number in column], valid
        )
    return Histograms(made)
