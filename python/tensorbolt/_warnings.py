"""Warnings that must be seen once and must never end a training run."""

import logging
import warnings

logger = logging.getLogger("tensorbolt")

MAX_NOTICES = 10_000
"""Distinct notices that one writer remembers."""


class Notices:
    """Says each thing once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def once(self, key: str, message: str) -> None:
        """Warn with `message` unless something was said under `key` before."""
        if key not in self._told and len(self._told) < MAX_NOTICES:
            self._told.add(key)
            warn(message)


def warn(message: str) -> None:
    """Issue a `RuntimeWarning`; where warnings are turned into errors, log it instead of raising."""
    if not _warned(message):
        logger.warning(message)


def report(message: str) -> None:
    """Warn of a failure; whoever has set up logging finds it there too."""
    listened = logger.hasHandlers()
    if not _warned(message) or listened:
        logger.warning(message)


def _warned(message: str) -> bool:
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=5)
    except RuntimeWarning:
        return False
    return True
