"""Numpy arrays from numbers, lists, arrays and tensors."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._errors import NoArrayError


def array(x: Any) -> "np.ndarray[Any, Any]":
    """Return a number, list, array or tensor as a numpy array.

    Raises:
        NoArrayError: It cannot be read as numbers; a `TypeError` and a `NotImplementedError`.
        ValueError: It has no data (a tensor on the meta device).
    """
    if isinstance(x, np.ndarray):
        return x
    try:
        return _arrays.plain(x, "x")
    except TypeError as error:
        raise NoArrayError(str(error)) from error
