"""Snapshots of tensors of torch for histograms: the device counts, and what it has counted is copied, once for a call."""

import sys
from functools import cache
from typing import Any

import numpy as np

from tensorbolt import _arrays, _torch_tensors
from tensorbolt.device_values import _torch
from tensorbolt.device_values._counted import Counted, counted, row_length, thresholds
from tensorbolt.device_values._queue import room
from tensorbolt.device_values._snapshot import Snapshot

_AT_ONCE = 2**24
"""Elements that are counted at a time: the device needs up to 17 bytes for each of them meanwhile."""
_WITHOUT_FLOAT64 = frozenset(("mps",))


def histograms(
    values: list[Any], names: list[str]
) -> "list[tuple[list[int], Snapshot[list[_arrays.Array | Counted]]]]":
    """Return snapshots of tensors, one for each device, with the places of their tensors.

    Left out are tensors whose reading, or the error of it, is to be found by the usual way.

    Raises:
        TypeError: A tensor holds no numbers.
        ValueError: A tensor has no data, or only a part of it is in this process.
        RuntimeError: A graph of the device's work is being captured.
    """
    torch = sys.modules["torch"]
    left = room()[1] // (row_length() * 8)
    groups: dict[Any, tuple[list[int], list[Any], list[int]]] = {}
    with _torch_tensors.outside(torch):
        for place, value in enumerate(values):
            kind = value.device.type
            _torch.device_of(kind).check_not_captured(names[place])
            one = _torch_tensors.unwrapped(value, torch, names[place])
            if kind in _WITHOUT_FLOAT64 or not _torch_tensors.is_own(one, torch):
                continue
            one = _torch_tensors.dense(one, torch, names[place])
            if not one.numel() or one.device != value.device or one.is_complex() or not left:  # fmt: skip
                continue
            try:
                row = counted_row(one, torch)
            except Exception:
                continue
            left -= 1
            places, rows, sizes = groups.setdefault(one.device, ([], [], []))
            places.append(place)
            rows.append(row)
            sizes.append(one.numel())
        snapshots: list[tuple[list[int], Snapshot[list[_arrays.Array | Counted]]]] = []
        for device, (places, rows, sizes) in groups.items():
            try:
                snapshots.append((places, _Counts(rows, sizes, device, torch)))
            except Exception:  # noqa: PERF203 - the same
                continue
    return snapshots


class _Counts:
    """What a device has counted of several tensors, and copies into memory of this process."""

    held = 0

    def __init__(
        self, rows: list[Any], sizes: list[int], device: Any, torch: Any
    ) -> None:
        kind = _torch.device_of(device.type)
        joined = torch.cat(rows) if len(rows) > 1 else rows[0]
        self._copy = kind.empty(len(joined), torch.int64)
        self._copy.copy_(joined, non_blocking=True)
        self._event = kind.event(device)
        self._sizes = sizes
        self.here = joined.numel() * 8

    def arrived(self) -> bool:
        """Whether the copy is done."""
        return bool(self._event.query())

    def read(self) -> "list[_arrays.Array | Counted]":
        """Return the histograms.

        Raises:
            RuntimeError: The device has failed.
        """
        if not self._event.query():
            raise RuntimeError("the device has not copied it")
        rows = self._copy.numpy().reshape(len(self._sizes), -1)
        return [counted(row, size) for row, size in zip(rows, self._sizes, strict=True)]


def counted_row(tensor: Any, torch: Any) -> Any:
    """Return the row that a device counts of a tensor, see `_counted`."""
    flat = tensor.reshape(-1)
    # Which of the two has all numbers of the type.
    is_small = flat.dtype.itemsize < 4 or flat.dtype == torch.float32  # noqa: PLR2004 - bytes of a float32
    kind = torch.float32 if is_small else torch.float64
    limits = _limits(str(kind).removeprefix("torch."), tensor.device)
    counts = torch.zeros(len(limits) + 1, dtype=torch.int64, device=tensor.device)
    one = torch.ones((), dtype=torch.int64, device=tensor.device)
    parts = [_count(part.to(kind), limits, counts, one, torch) for part in flat.split(_AT_ONCE)]  # fmt: skip
    rest, moments = parts[0]
    for more, others in parts[1:]:
        rest = rest + more
        moments = torch.stack(
            [
                torch.minimum(moments[0], others[0]),
                torch.maximum(moments[1], others[1]),
                moments[2] + others[2],
                moments[3] + others[3],
            ]
        )
    return torch.cat([counts, rest, moments.view(torch.int64)])


def _count(values: Any, limits: Any, counts: Any, one: Any, torch: Any) -> Any:
    """Count elements; return how many are not a number and infinite, and the moments of the others."""
    # What is not a number sorts behind all numbers.
    places = torch.bucketize(values, limits, out_int32=True, right=True)
    counts.index_add_(0, places, one.expand(len(places)))
    del places
    rest = torch.stack([values.isnan().sum(), values.isinf().sum()])
    finite = values.isfinite()
    smallest = values.masked_fill(~finite, float("inf")).amin().double()
    largest = values.masked_fill(~finite, float("-inf")).amax().double()
    doubles = values.masked_fill(~finite, 0).double()
    total = doubles.sum()
    moments = torch.stack([smallest, largest, total, doubles.square_().sum()])
    return rest, moments


@cache
def _limits(dtype: str, device: Any) -> Any:
    """Return the limits of the buckets on a device: 12 kilobytes that stay there."""
    torch = sys.modules["torch"]
    limits = torch.from_numpy(np.ascontiguousarray(thresholds(dtype)))
    # Pageable memory is copied at once by CUDA, without a wait for what the device is at.
    return limits.to(device, non_blocking=True)
