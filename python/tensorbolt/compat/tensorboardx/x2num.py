"""Numpy arrays from numbers, lists, arrays and tensors."""

import logging
from typing import Any

import numpy as np

from tensorbolt._arrays import plain
from tensorbolt.compat import _arrays

__all__ = ["check_nan", "logger", "make_np"]

logger = logging.getLogger("tensorboardX.x2num")


def make_np(x: Any) -> "np.ndarray[Any, Any]":
    """Return a number, list, array or tensor as a numpy array, with a warning if it holds NaN or infinity.

    Raises:
        NoArrayError: It cannot be read as numbers; a `TypeError` and a `NotImplementedError`.
        ValueError: It has no data (a tensor on the meta device).
    """
    data = _arrays.array(x)
    check_nan(data)
    return data


def check_nan(array: Any) -> Any:
    """Return the array; log a warning to `tensorboardX.x2num` if it holds NaN or infinity."""
    if not np.isfinite(plain(array, "array")).all():
        logger.warning("NaN or Inf found in input tensor.")
    return array
