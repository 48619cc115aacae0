"""Arrays from whatever people log."""

from typing import Any

import numpy as np

from tensorbolt import _adapt

__all__ = ["make_np"]


def make_np(x: Any) -> "np.ndarray[Any, Any]":
    """Return a number, array or tensor as a numpy array; a number as one of shape (1,).

    Raises:
        TypeError: It cannot be read as numbers.
        ValueError: It has no data (a tensor on the meta device).
    """
    if isinstance(x, np.ndarray):
        return x
    data = _adapt.plain(x, "x")
    return data.reshape(1) if np.isscalar(x) else data
