"""What a copy of values is that is on its way from a device."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

_Read_co = TypeVar("_Read_co", covariant=True)


class Snapshot(Protocol[_Read_co]):
    """Values as they were when the call was made, whatever becomes of the arrays that held them."""

    held: int
    """Bytes that the copies take on their devices."""

    here: int
    """Bytes that they take in main memory."""

    def arrived(self) -> bool:
        """Whether `read` does not wait. May raise what the computation has raised."""

    def read(self) -> _Read_co:
        """Return the values; called once, after they have arrived.

        Raises:
            Exception: The computation of a value failed, or its device does.
        """


class Joined(Generic[_Read_co]):
    """Several snapshots, and values that are known already, in the order of the call.

    Args:
        known: The values, `None` in the places of those that are on their way.
        parts: Snapshots of several values each, with their places.
    """

    def __init__(
        self,
        known: "list[Any]",
        parts: "Sequence[tuple[list[int], Snapshot[list[Any]]]]",
    ) -> None:
        self._known = known
        self._parts = parts
        self.held = sum(part.held for _, part in parts)
        self.here = sum(part.here for _, part in parts)

    def arrived(self) -> bool:
        """Whether all of them have arrived."""
        return all(part.arrived() for _, part in self._parts)

    def read(self) -> "list[Any]":
        """Return all values in the order of the call."""
        for places, part in self._parts:
            for place, value in zip(places, part.read(), strict=True):
                self._known[place] = value
        return self._known
