"""How long a step waits for ranks that have not logged it."""

from tensorbolt._variables import WINDOW

DEFAULT_WINDOW = 30.0
"""Seconds that a step waits for ranks that have not logged it."""


def window(interval: float = 0.0) -> float:
    """Return the seconds that a step waits for late ranks.

    Args:
        interval: Of a log in an object store: the longest time between two uploads. Those of two ranks may lie so far apart,
            and then they wait for the next look.

    Raises:
        ValueError: The environment variable is no positive number.
    """
    seconds: float | None = WINDOW.value()
    return DEFAULT_WINDOW + 2 * interval if seconds is None else seconds
