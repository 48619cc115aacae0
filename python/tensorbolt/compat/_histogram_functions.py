"""What tbparse's `SummaryReader` computes of histograms: densities, and other bins."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tensor_to_histogram(tensor: ArrayLike) -> dict[str, Any]:
    """The buckets of a histogram of TensorFlow 2 as its edges and counts.

    Args:
        tensor: Left edge, right edge and count of each bucket; shape `[buckets, 3]`.

    Returns:
        `limits` (the left edge of the first bucket, then all right edges), `counts` (0, then those of the buckets), `min`, `max`, `num`,
        and `sum` and `sum_squares`, which are NaN.

    Raises:
        ValueError: The shape is another one, or there are no buckets.
    """
    buckets = np.asarray(tensor)
    if buckets.ndim != 2 or buckets.shape[1] != 3 or not len(buckets):  # noqa: PLR2004
        raise ValueError(
            f"tensor must have the shape [buckets, 3], with a bucket at least, not {list(buckets.shape)}"
        )
    limits = np.append(buckets[:1, 0], buckets[:, 1])
    counts = np.append(0, buckets[:, 2])
    return {
        "limits": limits,
        "counts": counts,
        "min": limits[0],
        "max": limits[-1],
        "num": counts.sum(),
        "sum": np.nan,
        "sum_squares": np.nan,
    }


def histogram_to_cdf(
    counts: ArrayLike, limits: ArrayLike, x: ArrayLike
) -> NDArray[np.float64]:
    """The share of values below each of `x`, on straight lines within buckets.

    Args:
        counts: 0, then the count of each bucket.
        limits: The left edge of the first bucket, then the right edge of each; as many.
        x: Ascending.

    Raises:
        ValueError: There are not as many limits as counts, or `x` does not ascend.
    """
    numbers, edges, where = (np.asarray(one, np.float64) for one in (counts, limits, x))
    _check(numbers, edges)
    if np.any(np.diff(where) <= 0):
        raise ValueError("x must ascend")
    below = np.cumsum(numbers)
    shares: NDArray[np.float64] = np.interp(where, edges, below) / below[-1]
    return np.where(where <= edges[0], 0.0, shares)


def histogram_to_pdf(
    counts: ArrayLike, limits: ArrayLike, x: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The density of values between each two of `x`: centers, and densities.

    The arguments and errors are those of `histogram_to_cdf`.
    """
    where = np.asarray(x, np.float64)
    shares = histogram_to_cdf(counts, limits, where)
    return (where[1:] + where[:-1]) / 2, np.diff(shares) / np.diff(where)


def histogram_to_bins(
    counts: ArrayLike,
    limits: ArrayLike,
    lower_bound: float | None = None,
    upper_bound: float | None = None,
    n_bins: int = 30,
) -> tuple[Sequence[float], Sequence[float]]:
    """The histogram in bins of equal width, by overlap, as TensorBoard's page has them: centers, and counts.

    A bucket that lies partly outside of the bounds counts in full, as with tbparse; one that lies outside does not count.

    Args:
        counts: 0, then the count of each bucket.
        limits: The left edge of the first bucket, then the right edge of each.
        lower_bound: Left edge of the first bin; the bins are those from -1 to 1 if one of the bounds is `None`.
        upper_bound: Right edge of the last bin.
        n_bins: Number of bins.

    Raises:
        ValueError: There are not as many limits as counts, or the first count is not 0.
    """
    numbers, edges = (np.asarray(one, np.float64) for one in (counts, limits))
    _check(numbers, edges)
    if numbers[0] != 0:
        raise ValueError(
            f"counts must begin with 0, as limits begin with a left edge, not with {numbers[0]}"
        )
    low = 0.0 if lower_bound is None or upper_bound is None else lower_bound
    high = 0.0 if lower_bound is None or upper_bound is None else upper_bound
    if low == high:
        low, high = low / 1.1 - 1, high * 1.1 + 1
    width = (high - low) / n_bins
    lefts = low + np.arange(n_bins) * width
    rights = lefts + width
    bins = np.zeros(n_bins)
    for left, right, count in zip(edges[:-1], edges[1:], numbers[1:], strict=True):
        inside = min(right, high) - max(left, low)
        if left == right and low <= left <= high:
            at = min(int(np.searchsorted(rights, left, side="right")), n_bins - 1)
            bins[at] += count
        elif inside > 0:
            overlap = np.minimum(right, rights) - np.maximum(left, lefts)
            bins += np.maximum(overlap, 0) / inside * count
    return (lefts + width / 2).tolist(), bins.tolist()


def _check(counts: NDArray[Any], limits: NDArray[Any]) -> None:
    if len(counts) != len(limits):
        raise ValueError(
            f"limits must be as many as counts, not {len(limits)} and {len(counts)}"
        )
