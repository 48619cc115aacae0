"""What `EventAccumulator` gives out: classes with the fields of TensorBoard's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Hundredths of a percent at which histograms are compressed: bands of a standard deviation around the median.
NORMAL_HISTOGRAM_BPS = (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000)


@dataclass(frozen=True)
class ScalarEvent:
    """A scalar.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        value: Its value.
    """

    wall_time: float
    step: int
    value: float


@dataclass(frozen=True)
class CompressedHistogramEvent:
    """Quantiles of a histogram.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        compressed_histogram_values: Pairs of hundredths of a percent and the value below which as many values lie.
    """

    wall_time: float
    step: int
    compressed_histogram_values: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class HistogramValue:
    """A histogram.

    Attributes:
        min: The lowest value.
        max: The highest value.
        num: Number of values.
        sum: Their sum; NaN for one of TensorFlow 2, which does not have it.
        sum_squares: Sum of their squares; likewise.
        bucket_limit: Right edges of the buckets.
        bucket: Number of values in each.
    """

    min: float
    max: float
    num: float
    sum: float
    sum_squares: float
    bucket_limit: Sequence[float]
    bucket: Sequence[float]


@dataclass(frozen=True)
class HistogramEvent:
    """A histogram.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        histogram_value: The histogram.
    """

    wall_time: float
    step: int
    histogram_value: HistogramValue


@dataclass(frozen=True)
class ImageEvent:
    """An image.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        encoded_image_string: The encoded file.
        width: Pixels.
        height: Pixels.
    """

    wall_time: float
    step: int
    encoded_image_string: bytes
    width: int
    height: int


@dataclass(frozen=True)
class AudioEvent:
    """An audio clip.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        encoded_audio_string: The encoded file.
        content_type: Such as `audio/wav`.
        sample_rate: Frames a second.
        length_frames: Samples of each channel.
    """

    wall_time: float
    step: int
    encoded_audio_string: bytes
    content_type: str
    sample_rate: float
    length_frames: int


@dataclass(frozen=True)
class TensorEvent:
    """A tensor.

    Attributes:
        wall_time: Seconds since the epoch.
        step: Its step.
        tensor_proto: A message `TensorProto`.
    """

    wall_time: float
    step: int
    tensor_proto: Any


def compressed(
    histogram: HistogramValue, points: Sequence[float]
) -> list[tuple[float, float]]:
    """The quantiles of a histogram at these hundredths of a percent, ascending, as TensorBoard's page of distributions has them."""
    if not histogram.num:
        return [(point, 0.0) for point in points]
    counts, limits = np.array(histogram.bucket), histogram.bucket_limit
    weights = (counts * points[-1] / (counts.sum() or 1.0)).cumsum()
    before = np.concatenate([[0.0], weights[:-1]])
    filled = np.flatnonzero(weights != before)
    values = []
    for point in points:
        behind = filled[filled >= np.searchsorted(weights, point, side="right")]
        if not len(behind):
            values.append((point, histogram.max))
            continue
        at = behind[0]
        low = max(limits[at - 1], histogram.min) if before[at] else histogram.min
        high = min(limits[at], histogram.max)
        part = (point - before[at]) * float(high - low) / (weights[at] - before[at])
        values.append((point, low + part))
    return values
