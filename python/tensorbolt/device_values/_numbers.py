"""Numbers of one call, some of which are on devices."""

from collections.abc import Callable, Sequence
from typing import Any

from tensorbolt import _arrays
from tensorbolt.device_values import _jax, _torch
from tensorbolt.device_values._queue import room
from tensorbolt.device_values._snapshot import Joined, Snapshot

_SNAPSHOTS: dict[
    str, Callable[[list[Any], list[str]], list[tuple[list[int], Snapshot[list[float]]]]]
] = {"jax": _jax.numbers, "torch": _torch.numbers}
"""For each framework: snapshots of numbers, with their places; those that are left out are to be read at once."""


def numbers_of(
    values: Sequence[Any], names: Sequence[str], frameworks: Sequence[str | None]
) -> "list[float] | Joined[list[float]]":
    """Return the numbers that values are, or a snapshot of them if some are still being computed.

    Args:
        values: As `_arrays.number` takes them.
        names: The names of the values, for error texts.
        frameworks: Of each value: the framework whose device it is on; `None` reads it at once.

    Raises:
        TypeError: A value is no real number.
        ValueError: A value has no data, or only a part of it is in this process; or it is a string that is no number.
        ShapeError: A value holds none or several.
    """
    parts: list[tuple[list[int], Snapshot[list[float]]]] = []
    for framework, snapshots in _SNAPSHOTS.items():
        places = [place for place, of in enumerate(frameworks) if of == framework]
        if places and len(places) * SLOT_BYTES <= min(room()):
            taken = snapshots(
                [values[place] for place in places], [names[place] for place in places]
            )
            parts += [([places[i] for i in among], part) for among, part in taken]
    waiting = {place for places, _ in parts for place in places}
    known: list[Any] = [
        None if place in waiting else _arrays.number(values[place], names[place])
        for place in range(len(values))
    ]
    return Joined(known, parts) if parts else known


SLOT_BYTES = 512
"""Bytes that a device takes for the smallest array."""
