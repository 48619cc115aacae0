"""Warnings that are issued once and never end a training run."""

import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

MAX_NOTICES = 10_000
"""Distinct notices that one writer remembers."""


class Notices:
    """Warnings of one writer, each issued once."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def once(self, key: str, message: str) -> None:
        """Warn with `message` unless `key` was used before."""
        if key not in self._issued and len(self._issued) < MAX_NOTICES:
            self._issued.add(key)
            warn(message)


def logger() -> "logging.Logger":
    """Return the logger `tensorbolt`."""
    # Imported here: it is a fifth of the time that `import tensorbolt` would take.
    import logging

    return logging.getLogger("tensorbolt")


def warn(message: str) -> None:
    """Issue a `RuntimeWarning`; where warnings are turned into errors, log it instead of raising."""
    if not _warned(message):
        logger().warning(message)


def report(message: str) -> None:
    """Warn of a failure, and log it too where logging is set up."""
    has_handlers = "logging" in sys.modules and logger().hasHandlers()
    if not _warned(message) or has_handlers:
        logger().warning(message)


def _warned(message: str) -> bool:
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=5)
    except RuntimeWarning:
        return False
    return True
