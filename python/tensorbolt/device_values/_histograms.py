"""Histograms of one call, some of whose arrays are on devices."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from tensorbolt import _arrays
from tensorbolt.device_values import _jax_histograms, _torch_histograms
from tensorbolt.device_values._counted import Counted
from tensorbolt.device_values._snapshot import Joined, Snapshot

__all__ = ["Counted", "histograms_of"]

_Parts: TypeAlias = "list[tuple[list[int], Snapshot[list[_arrays.Array | Counted]]]]"

_SNAPSHOTS: dict[str, Callable[[list[Any], list[str]], _Parts]] = {
    "jax": _jax_histograms.histograms,
    "torch": _torch_histograms.histograms,
}
"""For each framework: snapshots for histograms, with their places; those that are left out are to be read at once."""


def histograms_of(
    values: Sequence[Any], names: Sequence[str], frameworks: Sequence[str | None]
) -> "tuple[list[int], Joined[list[_arrays.Array | Counted]] | None]":
    """Return a snapshot of arrays that are still being computed: their elements, or what the device has counted of them.

    Args:
        values: As `_arrays.array` takes them.
        names: The names of the values, for error texts.
        frameworks: Of each value: the framework whose device it is on; `None` leaves it out.

    Returns:
        The places of the arrays in the snapshot; the others are to be read at once.

    Raises:
        TypeError: An array is none of numbers.
        ValueError: An array has no data, or only a part of it is in this process.
        RuntimeError: A graph of the device's work is being captured.
    """
    parts: _Parts = []
    for framework, snapshots in _SNAPSHOTS.items():
        places = [place for place, of in enumerate(frameworks) if of == framework]
        if places:
            taken = snapshots(
                [values[place] for place in places], [names[place] for place in places]
            )
            parts += [([places[i] for i in among], part) for among, part in taken]
    taken_places = sorted(place for places, _ in parts for place in places)
    if not parts:
        return [], None
    order = {place: index for index, place in enumerate(taken_places)}
    indexed = [([order[place] for place in places], part) for places, part in parts]
    return taken_places, Joined([None] * len(taken_places), indexed)
