"""Snapshots of arrays of JAX for histograms.

Where the device is the processor, a copy of the elements is binned by the extension when it has arrived: that costs a hundredth of
what XLA takes for it there. A GPU counts, and what it counts is copied.
"""

import importlib
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tensorbolt import _arrays, _foreign
from tensorbolt.device_values import _jax
from tensorbolt.device_values._counted import Counted, counted, row_length, thresholds
from tensorbolt.device_values._queue import room
from tensorbolt.device_values._snapshot import Snapshot

_COUNTING = frozenset(("gpu", "cuda", "rocm"))
"""Platforms that count; they have float64."""


def histograms(
    values: list[Any], names: list[str]
) -> "list[tuple[list[int], Snapshot[list[_arrays.Array | Counted]]]]":
    """Return snapshots of arrays, with their places.

    Left out are arrays that can be read without waiting or are too large to be copied, and those whose reading, or the error of
    it, is to be found by the usual way.

    Raises:
        TypeError: An array holds no numbers.
        ValueError: An array was deleted, or stands for a value of a trace, or other processes have parts of it.
    """
    snapshots: list[tuple[list[int], Snapshot[list[_arrays.Array | Counted]]]] = []
    held, here = room()
    rows: list[tuple[int, Any]] = []
    for place, value in enumerate(values):
        _foreign.check_has_whole(value, names[place])
        if not value.size or not _jax.is_real(value.dtype):
            continue
        one = _jax.on_one_device(value)
        if one is None:
            continue
        (device,) = one.devices()
        if device.platform == "cpu" and one.nbytes <= here:
            copy = _copied(one)
            if copy is not None:
                here -= one.nbytes
                snapshots.append(([place], _Elements(copy, names[place])))
        elif device.platform in _COUNTING and row_length() * 8 <= held:
            row = counted_row(one)
            if row is not None:
                held -= row_length() * 8
                rows.append((place, row))
    if rows:
        with _with_64_bits():
            arrays = [row for _, row in rows]
            joined = _jax.joined(arrays, arrays[0].dtype, arrays[0].sharding)
        if joined is not None:
            places = [place for place, _ in rows]
            sizes = [values[place].size for place in places]
            snapshots.append((places, _Counts(joined, sizes)))
    return snapshots


class _Elements:
    """The elements of an array that is being computed in main memory."""

    held = 0

    def __init__(self, array: Any, name: str) -> None:
        self._array = array
        self._name = name
        self.here = array.nbytes

    def arrived(self) -> bool:
        """Whether the array has been computed."""
        return _jax.is_ready(self._array)

    def read(self) -> "list[_arrays.Array | Counted]":
        """Return the elements."""
        array = sys.modules["jax"].device_get(self._array)
        return [_arrays.array(array, self._name)]


class _Counts:
    """What a device has counted of several arrays."""

    here = 0

    def __init__(self, rows: Any, sizes: list[int]) -> None:
        self._rows = rows
        self._sizes = sizes
        self.held = rows.nbytes

    def arrived(self) -> bool:
        """Whether all is counted."""
        return _jax.is_ready(self._rows)

    def read(self) -> "list[_arrays.Array | Counted]":
        """Return the histograms."""
        rows = np.asarray(sys.modules["jax"].device_get(self._rows))
        length = row_length()
        return [
            counted(rows[length * place :][:length], size)
            for place, size in enumerate(self._sizes)
        ]


def _copied(array: Any) -> Any:
    """Return a copy of an array, which is made when the array has been computed; `None` if JAX refuses."""
    try:
        copy = sys.modules["jax"].device_put(array, array.sharding, may_alias=False)
    except Exception:
        return None
    return copy if type(copy) is type(array) and copy.dtype == array.dtype else None


def counted_row(array: Any) -> Any:
    """Return the row that a device counts of an array, see `_counted`; `None` if JAX refuses."""
    # Which of the two has all numbers of the type.
    name = array.dtype.name
    is_small = array.dtype.itemsize < 4 or name == "float32"  # noqa: PLR2004 - bytes of a float32
    try:
        with _with_64_bits():
            row = _count()(array, "float32" if is_small else "float64")
    except Exception:
        return None
    return row if type(row) is type(array) and row.dtype == np.int64 else None


def _with_64_bits() -> Any:
    jax = sys.modules["jax"]
    switch: Any = getattr(jax, "enable_x64", None)
    if switch is None:
        # Older versions have it there only.
        switch = importlib.import_module("jax.experimental").enable_x64
    return switch(True)


@cache
def _count() -> Callable[..., Any]:
    jax = sys.modules["jax"]
    jnp, lax = jax.numpy, jax.lax

    def count(array: Any, dtype: str) -> Any:
        values = array.reshape(-1).astype(dtype)
        limits = jnp.asarray(thresholds(dtype))
        # What is not a number sorts behind all numbers.
        places = jnp.searchsorted(limits, values, side="right")
        counts = jnp.zeros(len(limits) + 1, jnp.int64).at[places].add(1)
        is_nan, is_infinite = jnp.isnan(values), jnp.isinf(values)
        finite = ~(is_nan | is_infinite)
        doubles = jnp.where(finite, values, 0).astype(jnp.float64)
        moments = jnp.stack(
            [
                jnp.min(values, where=finite, initial=jnp.inf).astype(jnp.float64),
                jnp.max(values, where=finite, initial=-jnp.inf).astype(jnp.float64),
                jnp.sum(doubles),
                jnp.sum(doubles * doubles),
            ]
        )
        rest = jnp.stack([jnp.sum(is_nan), jnp.sum(is_infinite)]).astype(jnp.int64)
        bits = lax.bitcast_convert_type(moments, jnp.int64)
        return jnp.concatenate([counts, rest, bits])

    return jax.jit(count, static_argnums=1)  # type: ignore[no-any-return]
