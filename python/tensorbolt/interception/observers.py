"""Functions that are called with every event."""

from collections.abc import Callable
from typing import Any, TypeAlias

from tensorbolt._warnings import warn
from tensorbolt.interception.event_message import needed_message_type

Observer: TypeAlias = Callable[[Any, str], object]
"""Called with an `Event` message and the directory of the run whose file it is in."""


class Observers:
    """The observers of one `SummaryWriter`."""

    def __init__(self) -> None:
        # Replaced as a whole, so that a thread that calls the old ones can finish.
        self._all: tuple[Observer, ...] = ()
        self._failed: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, observer: Observer) -> None:
        """Add an observer, unless it is there already."""
        if not callable(observer):
            raise TypeError(
                f"callback must be callable with an event and a directory, not {type(observer).__name__}"
            )
        needed_message_type("add_observer")
        if observer not in self._all:
            self._all = (*self._all, observer)

    def remove(self, observer: Observer) -> None:
        """Remove an observer."""
        if observer not in self._all:
            raise ValueError(
                f"callback {observer!r} is no observer of this writer; pass what add_observer was given"
            )
        self._all = tuple(one for one in self._all if one != observer)
        self._failed.discard(id(observer))

    def notify(self, event: Any, directory: str) -> None:
        """Call all observers. The first failure of each is reported."""
        for observer in self._all:
            try:
                observer(event, directory)
            except Exception as error:  # noqa: PERF203 - no exception of an observer may end the run
                if id(observer) not in self._failed:
                    self._failed.add(id(observer))
                    warn(
                        f"tensorbolt: the observer {observer!r} failed: {type(error).__name__}: {error}. "
                        "Training goes on; further failures of this observer are not reported."
                    )
