"""Choosing layers of a model."""

import difflib
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from tensorbolt._arguments import shown


def chosen_layers(
    model: Any, layers: Any, default: Callable[[Any], bool], what: str
) -> list[tuple[str, Any]]:
    """Return the layers that are meant, with their names, each once, in the model's order.

    Args:
        model: A `torch.nn.Module`.
        layers: `None` for all layers that `default` takes, or one or a list of: names as in `named_modules()`, patterns
            of names with `*`, `?` and `[…]`, classes of layers, layers themselves.
        default: Returns whether a layer is meant when `layers` is `None`.
        what: Name of the layers that `default` accepts, for error texts.

    Raises:
        TypeError: `layers` is something else.
        ValueError: A part of it is not in the model, or nothing is chosen.
    """
    named = [
        (name or type(model).__name__, module) for name, module in model.named_modules()
    ]
    if layers is None:
        found = [(name, module) for name, module in named if default(module)]
        if not found:
            raise ValueError(
                f"the model has no {what}; choose layers by name, pattern or class, such as layers=['{named[-1][0]}']"
            )
        return found
    meant: set[int] = set()
    for part in _parts(layers):
        matching = [
            id(module) for name, module in named if _is_meant(part, name, module)
        ]
        if not matching:
            raise ValueError(_nothing(part, [name for name, _ in named]))
        meant.update(matching)
    if not meant:
        raise ValueError(
            "layers is empty; pass None for the usual ones, or names, patterns or classes"
        )
    return [(name, module) for name, module in named if id(module) in meant]


def _parts(layers: Any) -> list[Any]:
    import torch

    one = isinstance(layers, (str, type))
    # A Sequential is a layer, though one can iterate over it.
    parts = [layers] if one or isinstance(layers, torch.nn.Module) else layers
    if not isinstance(parts, Iterable):
        raise TypeError(
            f"layers must be None, names, patterns, classes or modules, not {type(layers).__name__}"
        )
    parts = list(parts)
    for part in parts:
        if not isinstance(part, (str, type, torch.nn.Module)):
            raise TypeError(
                f"layers must hold names, patterns, classes or modules, not {shown(part)}"
            )
    return parts


def _is_meant(part: Any, name: str, module: Any) -> bool:
    if isinstance(part, str):
        return name == part or fnmatchcase(name, part)
    return isinstance(module, part) if isinstance(part, type) else module is part


def _nothing(part: Any, names: list[str]) -> str:
    if not isinstance(part, str):
        return f"the model has no layer {shown(part)}; see model.named_modules()"
    close = difflib.get_close_matches(part, names) or names[-3:]
    return f"the model has no layer {part!r}; it has {', '.join(map(repr, close))}, …"
