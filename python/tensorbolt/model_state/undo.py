"""Putting back single values of a model, in place."""

import collections
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = [
    "of_collection",
    "of_dict",
    "of_list",
    "scripted",
    "set_array",
    "set_cell",
    "set_class",
    "set_slot",
]


def set_array(array: "np.ndarray[Any, Any]", before: "np.ndarray[Any, Any]") -> None:
    """Give an array its numbers back."""
    if array.tobytes() != before.tobytes():
        array[...] = before


def scripted(layer: Any) -> Iterator[Callable[[], None]]:
    """Yield what puts back the numbers, texts and lists of a scripted layer, which live in C++."""
    kind = vars(layer).get("_concrete_type")
    for name in kind.get_attributes() if kind is not None else ():
        before = getattr(layer, name, None)
        if isinstance(before, (bool, int, float, str, list, dict)):
            yield functools.partial(_set_changed, layer, name, before)


def _set_changed(layer: Any, name: str, before: Any) -> None:
    if getattr(layer, name) != before:
        setattr(layer, name, before)


def set_class(layer: Any, kind: type) -> None:
    """Give an object its class back."""
    if type(layer) is not kind:
        layer.__class__ = kind


def set_cell(cell: Any, before: Any) -> None:
    """Give a variable that a function closes over its value back."""
    cell.cell_contents = before


def set_slot(value: Any, name: str, before: Any, missing: Any) -> None:
    """Give an attribute in a slot its value back; `missing` stands for none."""
    if before is not missing:
        object.__setattr__(value, name, before)
    elif hasattr(value, name):
        object.__delattr__(value, name)


def of_dict(value: dict[Any, Any]) -> Callable[[], None]:
    """Return what puts back the items of a dict, in their order."""
    kind: Any = (
        collections.OrderedDict if isinstance(value, collections.OrderedDict) else dict
    )
    before = list(kind.items(value))

    def undo() -> None:
        if not _same([*kind.items(value)], before):
            kind.clear(value)
            kind.update(value, before)

    return undo


def _same(now: list[tuple[Any, Any]], before: list[tuple[Any, Any]]) -> bool:
    """Say whether keys and values are the same objects; comparing them could run anything."""
    return len(now) == len(before) and all(
        key is old_key and value is old
        for (key, value), (old_key, old) in zip(now, before, strict=True)
    )


def of_list(value: list[Any]) -> Callable[[], None]:
    """Return what puts back the items of a list."""
    before = list(value)

    def undo() -> None:
        if len(value) != len(before) or any(map(_differ, value, before)):
            list.__setitem__(value, slice(None), before)

    return undo


def _differ(now: Any, before: Any) -> bool:
    return now is not before


def of_collection(value: Any) -> Callable[[], None]:
    """Return what puts back the items of a set or deque."""
    kind: Any = set if isinstance(value, set) else collections.deque
    before = list(value)

    def undo() -> None:
        now = list(value)
        if len(now) != len(before) or any(map(_differ, now, before)):
            kind.clear(value)
            (kind.update if kind is set else kind.extend)(value, before)

    return undo
