"""Converts the input of `add_graph` to the arguments of a model's call."""

import inspect
from collections.abc import Iterator, Mapping, ValuesView
from typing import Any, NamedTuple

__all__ = ["Call", "calls"]


class Call(NamedTuple):
    """Arguments of a model."""

    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = {}


def calls(model: Any, given: Any) -> list[Call]:
    """Return the ways to call a model, the likeliest first.

    A tuple, list or iterator holds the arguments; a named tuple may be the one argument. The items of a mapping are arguments by name if the model takes them so; if it
    does not, or fails with them, the mapping is the one argument. Anything else is the one argument.
    """
    if isinstance(given, Mapping):
        by_name = Call((), {str(name): item for name, item in given.items()})
        single = Call((given,))
        return [by_name, single] if _takes(model, by_name) else [single]
    if isinstance(given, tuple) and hasattr(given, "_fields"):
        return [Call((given,)), Call(tuple(given))]
    if isinstance(given, (tuple, list, Iterator, ValuesView)):
        return [Call(tuple(given))]
    return [Call((given,))]


def _takes(model: Any, call: Call) -> bool:
    try:
        inspect.signature(getattr(model, "forward", model)).bind(
            *call.arguments, **call.keywords
        )
    except (TypeError, ValueError):
        return False
    return True
