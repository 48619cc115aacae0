"""The targets: how many times as fast as the faster reference writer, and limits of time and size."""

from typing import NamedTuple

from benches.python.contenders import OURS, OURS_ALONE


class Target(NamedTuple):
    """The targets of one row, for tensorbolt on two threads or on one."""

    caller: float | None = None
    """Times as fast, in the caller's time."""
    total: float | None = None
    """Times as fast, from the first call until `close()` has returned."""
    seconds: float | None = None
    """The caller's time stays below this."""
    bytes: float | None = None
    """The log stays below this share of the smaller reference writer's."""
    sums: float | None = None
    """The caller's time stays below this many `numpy.sum` of the same array."""


_TWO = {
    "scalar/float": Target(100, 80, seconds=3e-7),
    "scalar/numpy": Target(60, 50),
    "scalar/tensor": Target(50, 40, seconds=6e-7),
    "scalars/3": Target(80, 40),
    "log/3": Target(seconds=8e-7),
    "log/10": Target(seconds=1.5e-6),
    "log/100000": Target(200, 150, seconds=0.03),
    "series/1000000": Target(500, 300),
    "histogram/100k": Target(28, 25),
    "histogram/1M": Target(15, 12),
    "histogram/10M": Target(17, 15, sums=1.5),
    **{
        f"histogram/1M-{dtype}": Target(10, 8)
        for dtype in ("float64", "int64", "int32", "uint8", "bool")
    },
    "histogram/1M-bfloat16": Target(20, 20),
    "histogram/1M-float16": Target(20, 20),
    "resnet50/add_histograms": Target(25, 20),
    "resnet50/watch": Target(25, 20),
    "image/photo": Target(100, 20, bytes=1.2),
    "image/photo-balanced": Target(100, 2, bytes=1.01),
    "image/grid": Target(30, 15),
    "image/noise": Target(100, 10),
    "figure": Target(1.2, 1.2),
    "audio": Target(30, 10),
    "video": Target(100, 20),
    "text": Target(60, 60),
    "pr_curve": Target(20, 20),
    "mesh": Target(20, 10),
    "embedding": Target(20, 20),
    "import/after-numpy": Target(seconds=0.015),
}
_ONE = {
    "histogram/1k": Target(250, 200, seconds=6e-6),
    "histogram/100k": Target(20, 20),
    "histogram/1M": Target(9, 9),
    "histogram/10M": Target(9, 9),
}

TARGETS: dict[tuple[str, str], Target] = {
    **{(row, OURS.name): target for row, target in _TWO.items()},
    **{(row, OURS_ALONE.name): target for row, target in _ONE.items()},
}
"""By the name of the row and that of the contender."""
