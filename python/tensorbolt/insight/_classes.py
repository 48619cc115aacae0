"""True classes, predicted ones, and their names."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorbolt import _arrays, _frames
from tensorbolt._arguments import mapping_of, shown
from tensorbolt._errors import ShapeError


def class_names(names: Any) -> list[str] | None:
    """Return the names of classes as texts.

    Raises:
        TypeError: It is no list.
        ValueError: There is none, or one twice, or a mapping does not name all.
    """
    if names is None:
        return None
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise TypeError(f"class_names must be a list of names, not {shown(names)}")
    texts = [str(name) for name in _ordered(names)]
    if not texts:
        raise ValueError("class_names is empty; pass a name for each class, or None")
    if len(set(texts)) < len(texts):
        raise ValueError(f"class_names must differ, not {shown(texts)}")
    return texts


def name_of(index: int, names: Sequence[str] | None) -> str:
    """Return a class's name, or its number if it has none."""
    return names[index] if names is not None else str(index)


def _ordered(names: Any) -> list[Any]:
    """Return names in the order of their classes; a mapping says which name is which number's, or the other way."""
    mapping = mapping_of(names, "class_names")
    if mapping is None:
        return _frames.in_order(names, "class_names")
    numbers = list(range(len(mapping)))
    for pairs in (mapping, {number: name for name, number in mapping.items()}):
        if all(number in pairs for number in numbers):
            return [pairs[number] for number in numbers]
    raise ValueError(
        "class_names must name each number from 0 on if it is a mapping, such as {0: 'cat', 1: 'dog'}, not "
        f"{shown(dict(mapping))}"
    )


def class_indices(
    values: Any, name: str, names: Sequence[str] | None = None
) -> "np.ndarray[Any, Any]":
    """Return classes as N integers from 0 on.

    Args:
        values: Integers, whole floats or booleans, in an array, tensor or list; with names also those. Axes of length 1
            are dropped, as (N, 1) from a network and (N,) from a loader belong together.
        name: The argument's name, for error texts.
        names: Names of the classes.

    Raises:
        TypeError: It holds something else.
        ShapeError: It has several axes, or none; a `ValueError` and an `AssertionError`.
        ValueError: A number is no class, a name unknown, or there is nothing.
    """
    if _are_texts(values):
        return _looked_up(values, name, names)
    array = _arrays.plain(values, name)
    flat = array.reshape(-1)
    if array.size == 0:
        raise ValueError(f"{name} is empty; pass at least one class")
    if array.ndim == 0 or max(array.shape) != array.size:
        raise ShapeError(
            f"{name} must be a class for each example, N integers, but its shape is {array.shape}"
        )
    if not np.isfinite(flat).all() or (flat != np.floor(flat)).any() or flat.min() < 0:
        raise ValueError(
            f"{name} must hold classes, integers from 0 on, not {shown(flat)}"
        )
    limit = len(names) if names is not None else None
    if limit is not None and flat.max() >= limit:
        raise ValueError(
            f"{name} has the class {int(flat.max())}, but class_names has only {limit} names"
        )
    return flat.astype(np.int64)


def class_scores(values: Any, name: str) -> "tuple[np.ndarray[Any, Any], bool]":
    """Return N×C probabilities, and whether they are what softmax makes of the values.

    Rows that are probabilities already (none below 0, their sum 1) are taken as they are, if all are.

    Raises:
        TypeError: It is no array of numbers.
        ShapeError: It is not N×C; a `ValueError` and an `AssertionError`.
        ValueError: A number is not finite.
    """
    array = _arrays.plain(values, name).astype(np.float64)
    if array.ndim != 2 or 0 in array.shape:  # noqa: PLR2004 - examples and classes
        raise ShapeError(
            f"{name} must have a row for each example and a column for each class, but its shape is {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} has numbers that are not finite; leave those examples out"
        )
    # Half floats add up to 1 only roughly.
    if array.min() >= 0 and np.allclose(array.sum(1), 1, rtol=0, atol=1e-2):
        return array, False
    powers = np.exp(array - array.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True), True


def guessed(
    values: Any, name: str, names: Sequence[str] | None
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None, bool]":
    """Return predicted classes (N), their probabilities (N) if known, and whether softmax made those.

    Args:
        values: N classes as for `class_indices`, or N×C scores or probabilities, of which the greatest counts.
        name: The argument's name, for error texts.
        names: Names of the classes.
    """
    if _are_texts(values):
        return _looked_up(values, name, names), None, False
    array = _arrays.plain(values, name)
    if array.ndim != 2 or array.shape[1] == 1:  # noqa: PLR2004 - examples and classes
        return class_indices(array, name, names), None, False
    if names is not None and array.shape[1] != len(names):
        raise ShapeError(
            f"{name} has {array.shape[1]} columns, but class_names has {len(names)} names"
        )
    probabilities, softmax = class_scores(array, name)
    best = probabilities.argmax(1)
    return best, probabilities[np.arange(len(best)), best], softmax


def check_same_length(
    first: Any, first_name: str, second: Any, second_name: str
) -> None:
    """Raise unless two arguments have equally many examples.

    Raises:
        ShapeError: They have not; a `ValueError` and an `AssertionError`.
    """
    if len(first) != len(second):
        raise ShapeError(
            f"{first_name} and {second_name} must have equally many examples, not {len(first)} and {len(second)}"
        )


def _are_texts(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return (
            values.dtype.kind in "UO"
            and values.size > 0
            and isinstance(values.flat[0], str)
        )
    return (
        isinstance(values, (list, tuple))
        and bool(values)
        and isinstance(values[0], str)
    )


def _looked_up(
    values: Any, name: str, names: Sequence[str] | None
) -> "np.ndarray[Any, Any]":
    if names is None:
        raise ValueError(f"{name} holds names, so pass all of them as class_names")
    places = {text: place for place, text in enumerate(names)}
    unknown = [value for value in values if value not in places]
    if unknown:
        raise ValueError(f"{name} has {shown(unknown[0])}, which is not in class_names")
    return np.array([places[value] for value in values], np.int64)
