"""Flattens configurations of any kind to hyperparameters: names with a bool, a number or a text each."""

import enum
import math
import numbers
import os
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from tensorbolt import _arrays, _core
from tensorbolt._arguments import check_tag, mapping_of, opened, shown

Plain: TypeAlias = bool | float | str
Domain: TypeAlias = list[Plain]


def flat(values: Any, name: str) -> dict[str, Any]:
    """Return a nested configuration as one mapping; nested names are joined with `/`.

    Args:
        values: A mapping, dataclass instance, `argparse.Namespace` or `SimpleNamespace`, nested as well.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It is none of these, or a key is not a `str`.
        ValueError: Two keys have the same joined name, or it contains itself.
    """
    fields = _fields(values, name)
    if fields is None:
        raise TypeError(
            f"{name} must be a mapping of str to values, not {type(values).__name__}"
        )
    found: dict[str, Any] = {}
    for key, value in _leaves(fields, "", name, 0):
        if key in found:
            raise ValueError(
                f"{name} has two values named {shown(key)}; rename one of them"
            )
        found[key] = value
    return found


def plain(value: Any, name: str) -> Plain | None:
    """Return a hyperparameter's value as a bool, a number or a text; `None` stays.

    Numbers of any kind, and arrays and tensors with one element, are numbers; enum members, functions and classes are
    their names; everything else is its text.

    Raises:
        TypeError: It is a tensor that cannot be read, such as a sparse one.
        ValueError: It has no data (a tensor on the meta device) or only a part of it in this process, is beyond the range
            of a float, or is no valid text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_tag(value, name)
    if isinstance(value, enum.Enum) and not isinstance(value, numbers.Number):
        return _text(value.name or value)
    # Raises for a tensor without data here: its text would be no value either.
    value = opened(value, name)
    if isinstance(value, numbers.Number) or _has_one_element(value):
        try:
            number = _arrays.number(value, name)
        except TypeError:
            if hasattr(value, "layout") and not _arrays.is_complex(value):
                raise  # tensors
            return _text(value)  # complex numbers, dates
        return bool(number) if "bool" in str(getattr(value, "dtype", "")) else number
    return _name_or_text(value)


def domain(values: Any, of: Plain | None, name: str) -> Domain:
    """Return the values that a hyperparameter can have, which are of the kind of the one that it has.

    Raises:
        TypeError: They are no list, or of another kind.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(
            f"{name} must be a list of values, not {type(values).__name__} ({shown(values)})"
        )
    found: Domain = []
    for value in values:
        one = plain(value, f"a value of {name}")
        if one is None or type(one) is not type(of):
            raise TypeError(
                f"{name} must be a list of values of the same kind as that in hparam_dict, {shown(of)}, but has {shown(value)}"
            )
        found.append(one)
    return found


def _leaves(
    fields: Mapping[Any, Any], prefix: str, name: str, depth: int
) -> Iterator[tuple[str, Any]]:
    if depth > _core.MAX_NESTING:
        raise ValueError(
            f"{name} is nested more than {_core.MAX_NESTING} deep at {prefix[:40]!r}...; does it contain itself?"
        )
    for key, value in fields.items():
        if not isinstance(key, str):
            raise TypeError(
                f"the keys of {name} must be str, not {type(key).__name__} ({shown(key)}); pass str({shown(key)})"
            )
        joined = prefix + check_tag(key, f"a key of {name}")
        inner = _fields(value, f"{name}[{shown(joined)}]")
        if inner is None:
            yield joined, value
        else:
            yield from _leaves(inner, f"{joined}/", name, depth + 1)


def _fields(value: Any, name: str) -> Mapping[Any, Any] | None:
    mapping = mapping_of(value, name)
    if mapping is not None:
        return mapping
    # A program that has such an object has imported its module; an import here would slow down every start.
    argparse = sys.modules.get("argparse")
    if isinstance(value, types.SimpleNamespace) or (
        argparse is not None and isinstance(value, argparse.Namespace)
    ):
        return vars(value)
    dataclasses = sys.modules.get("dataclasses")
    if (
        dataclasses is not None
        and dataclasses.is_dataclass(value)
        and not isinstance(value, type)
    ):
        names = (field.name for field in dataclasses.fields(value))
        # A field without a default may never have been set.
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    return None


def _has_one_element(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    try:
        return shape is not None and math.prod(shape) == 1
    except TypeError:
        return False


def _name_or_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, os.PathLike):
        return _text(os.fsdecode(value))
    return _text(getattr(value, "__name__", value) if callable(value) else value)


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()
