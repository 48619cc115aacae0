"""A model with tensors as its arguments and results, whatever is around them."""

import inspect
from typing import Any

from tensorbolt.writer.graphs.calls import Call
from tensorbolt.writer.graphs.structure import leaves, mapped

__all__ = ["MODEL", "flattened"]

MODEL = "model"
"""Attribute that holds the model of the wrapper."""


def flattened(torch: Any, model: Any, call: Call) -> tuple[Any, dict[str, Any]]:
    """Return a module that calls a model with what it was to be called with, but for the tensors; and those by name."""

    class Flat(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            setattr(self, MODEL, model)

        def forward(self, *tensors: Any) -> Any:
            rest = iter(tensors)
            fed = mapped(call, lambda leaf: next(rest) if is_tensor(leaf) else leaf)
            output = getattr(self, MODEL)(*fed.arguments, **fed.keywords)
            found = [leaf for _, leaf in leaves(output) if is_tensor(leaf)]
            return found[0] if len(found) == 1 else tuple(found)

    is_tensor = torch.is_tensor
    named = {name: leaf for name, leaf in _named(model, call) if is_tensor(leaf)}
    return Flat().eval(), named


def _named(model: Any, call: Call) -> list[tuple[str, Any]]:
    """Return all that is in a call's arguments, each with a name of its own: that of the parameter, and the keys."""
    try:
        parameters = list(
            inspect.signature(getattr(model, "forward", model)).parameters
        )
    except (TypeError, ValueError):
        parameters = []
    found: dict[str, Any] = {}
    for (kind, first, *rest), leaf in leaves(call):
        known = kind == "arguments" and int(first) < len(parameters)
        name = ".".join([parameters[int(first)] if known else first, *rest])
        # A name in a trace is no number.
        name = f"argument.{name}" if name.isdecimal() else name
        while name in found:
            name += "_"
        found[name] = leaf
    return list(found.items())
