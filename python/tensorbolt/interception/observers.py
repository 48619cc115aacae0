"""Functions that are called with every event; they may fail."""

from collections.abc import Callable
from typing import Any, TypeAlias

from tensorbolt._warnings import warn
from tensorbolt.interception.event_message import needed_message_type

Observer: TypeAlias = Callable[[Any, str], object]
"""Called with an `Event` message and the directory of the run whose file it is in."""


class Observers:
    """Who watches the files of one `SummaryWriter`."""

    def __init__(self) -> None:
        # Replaced as a whole, so that a thread that calls them is not disturbed.
        self._all: tuple[Observer, ...] = ()
        self._failed: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, observer: Observer) -> None:
        """Take one on, unless it is there."""
        if not callable(observer):
            raise TypeError(
                f"callback must be callable with an event and a directory, not {type(observer).__name__}"
            )
        needed_message_type("add_observer")
        if observer not in self._all:
            self._all = (*self._all, observer)

    def remove(self, observer: Observer) -> None:
        """Let go of one."""
        if observer not in self._all:
            raise ValueError(
                f"callback {observer!r} is no observer of this writer; pass what add_observer was given"
            )
        self._all = tuple(one for one in self._all if one != observer)
        self._failed.discard(id(observer))

    def notify(self, event: Any, directory: str) -> None:
        """Call them all. One that fails is told of once."""
        for observer in self._all:
            try:
                observer(event, directory)
            except Exception as error:  # noqa: PERF203 - whatever it is, it must not end the run
                if id(observer) not in self._failed:
                    self._failed.add(id(observer))
                    warn(
                        f"tensorbolt: the observer {observer!r} failed: {type(error).__name__}: {error}. "
                        "Training goes on, further failures of it are not told."
                    )
