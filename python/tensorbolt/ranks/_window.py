"""How long a step waits for ranks that have not logged it."""

from tensorbolt._variables import WINDOW

DEFAULT_WINDOW = 30.0
"""Seconds that a step waits for ranks that have not logged it."""


def window() -> float:
    """Return the seconds that a step waits for late ranks.

    Raises:
        ValueError: The environment variable is no positive number.
    """
    seconds: float | None = WINDOW.value()
    return DEFAULT_WINDOW if seconds is None else seconds
