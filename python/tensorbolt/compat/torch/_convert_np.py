"""Numpy arrays from numbers, lists, arrays and tensors."""

from typing import Any

import numpy as np

from tensorbolt.compat import _arrays

__all__ = ["make_np"]


def make_np(x: Any) -> "np.ndarray[Any, Any]":
    """Return a number, array or tensor as a numpy array; a number as one of shape (1,).

    Raises:
        NoArrayError: It cannot be read as numbers; a `TypeError` and a `NotImplementedError`.
        ValueError: It has no data (a tensor on the meta device).
    """
    data = _arrays.array(x)
    return data.reshape(1) if np.isscalar(x) else data
