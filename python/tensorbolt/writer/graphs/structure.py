"""Tensors inside of lists, mappings, dataclasses and the like."""

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["leaves", "mapped"]

Path = tuple[str, ...]


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield what is in a nested container, each with its keys, indices or names of fields."""
    items = _items(tree)
    if items is None:
        yield path, tree
    else:
        for key, item in items:
            yield from leaves(item, (*path, str(key)))


def mapped(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return a nested container of the same types, with each leaf changed."""
    items = _items(tree)
    if items is None:
        return change(tree)
    changed = {key: mapped(item, change) for key, item in items}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*changed.values())
    if isinstance(tree, (list, tuple)):
        return type(tree)(changed.values())
    if type(tree) is dict:
        return changed
    # Dataclasses may be frozen or compute fields; other mappings may take anything in their constructors.
    other = copy.copy(tree)
    for key, item in changed.items():
        if isinstance(tree, Mapping):
            other[key] = item
        else:
            object.__setattr__(other, key, item)
    return other


def _items(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the items of a container, `None` of anything else."""
    if isinstance(tree, Mapping):
        return list(tree.items())
    if isinstance(tree, (list, tuple)):
        names = getattr(tree, "_fields", range(len(tree)))
        return list(zip(names, tree, strict=True))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [
            (field.name, getattr(tree, field.name))
            for field in dataclasses.fields(tree)
        ]
    return None
