"""How long a step waits for ranks that have not logged it."""

import os

from tensorbolt._arguments import shown
from tensorbolt.ranks import WINDOW_VARIABLE

DEFAULT_WINDOW = 30.0
"""Seconds that a step waits for ranks that have not logged it."""


def window() -> float:
    """Return the seconds that a step waits for late ranks.

    Raises:
        ValueError: The environment variable is no positive number.
    """
    text = os.environ.get(WINDOW_VARIABLE)
    if not text:
        return DEFAULT_WINDOW
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise ValueError(
            f"the variable {WINDOW_VARIABLE} must be a positive number of seconds, not {shown(text)}"
        )
    return seconds
