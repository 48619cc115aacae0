"""Snapshots of arrays of JAX.

An array of JAX never changes, but a later call may be given its memory (a donated argument), and then it cannot be read any
more. So a snapshot is a copy, which JAX makes when the array has been computed. Nothing here waits, and no collective is
called.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tensorbolt import _arrays, _foreign
from tensorbolt.device_values._snapshot import Snapshot

_MOST_ARGUMENTS = 64
"""Arrays that one call of a compiled function joins. Compiling takes as many milliseconds."""
_ALIGNMENT = 512


def numbers(
    values: list[Any], names: list[str]
) -> "list[tuple[list[int], Snapshot[list[float]]]]":
    """Return snapshots of arrays of one element, one for each type and device, with the places of their arrays.

    Left out are arrays that can be read without waiting, and those whose reading, or the error of it, is to be found by the
    usual way.

    Raises:
        TypeError: An array holds no numbers.
        ValueError: An array was deleted, or stands for a value of a trace, or other processes have parts of it.
    """
    groups: dict[Any, tuple[list[int], list[Any]]] = {}
    for place, value in enumerate(values):
        _foreign.check_has_whole(value, names[place])
        if value.size == 1 and is_real(value.dtype):
            one = on_one_device(value)
            if one is not None:
                key = value.dtype, one.sharding
                places, arrays = groups.setdefault(key, ([], []))
                places.append(place)
                arrays.append(one)
    snapshots: list[tuple[list[int], Snapshot[list[float]]]] = []
    for (dtype, sharding), (places, arrays) in groups.items():
        copy = joined(arrays, dtype, sharding)
        if copy is not None:
            snapshots.append((places, _Numbers(copy, len(places))))
    return snapshots


class _Numbers:
    """Numbers in one array on a device."""

    def __init__(self, array: Any, count: int) -> None:
        self._array = array
        self._count = count
        self.held = -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
        self.here = 0

    def arrived(self) -> bool:
        """Whether the array has been computed."""
        return is_ready(self._array)

    def read(self) -> list[float]:
        """Return the numbers."""
        # Not `numpy.asarray`, which `jax.transfer_guard` may forbid.
        array = sys.modules["jax"].device_get(self._array)
        plain = _arrays.plain(array, "scalar_value").astype(np.float64)
        return plain[: self._count].tolist()  # type: ignore[no-any-return]


def is_real(dtype: Any) -> bool:
    """Whether elements are numbers that the core or `_arrays` can read."""
    return dtype.kind in "biuf" or dtype.name.startswith(("bfloat16", "float8"))


def on_one_device(value: Any) -> Any:
    """Return an array as one device of this process has it; `None` if that is not all of it, or can be read without waiting."""
    if type(value.sharding).__name__ != "SingleDeviceSharding":
        if not value.is_fully_replicated:
            return None
        # What is computed of arrays on several devices may have to be computed by several processes.
        value = value.addressable_data(0)
    return None if _is_here(value) else value


def is_ready(array: Any) -> bool:
    """Whether reading an array waits for nothing, if only because it was deleted: then JAX's own `is_ready` may crash."""
    return bool(array.is_deleted() or array.is_ready())


def _is_here(value: Any) -> bool:
    """Whether an array is in main memory, computed."""
    (device,) = value.devices()
    return device.platform == "cpu" and is_ready(value)


def joined(arrays: list[Any], dtype: Any, sharding: Any) -> Any:
    """Return all elements of arrays in one array, to which the others are added that make their number a power of two.

    `None` if JAX makes something else of them, as in a trace, or refuses.
    """
    kind = type(arrays[0])
    try:
        while True:
            arrays = [
                _join()(*_padded(arrays[start : start + _MOST_ARGUMENTS]))
                for start in range(0, len(arrays), _MOST_ARGUMENTS)
            ]
            if len(arrays) == 1:
                break
        (copy,) = arrays
        if (
            type(copy) is not kind
            or copy.dtype != dtype
            or not copy.sharding.is_equivalent_to(sharding, 1)
        ):
            return None
        (device,) = copy.devices()
        if device.platform != "cpu":
            copy.copy_to_host_async()
    except Exception:
        return None
    return copy


def _padded(arrays: list[Any]) -> list[Any]:
    """Return as many arrays as one of few compiled functions takes; at least two, for one might stay the same array."""
    count = max(2, 1 << (len(arrays) - 1).bit_length())
    return arrays + arrays[-1:] * (count - len(arrays))


@cache
def _join() -> Callable[..., Any]:
    jax = sys.modules["jax"]

    def join(*arrays: Any) -> Any:
        return jax.numpy.concatenate([array.reshape(-1) for array in arrays])

    return jax.jit(join)  # type: ignore[no-any-return]
