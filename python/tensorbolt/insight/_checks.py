"""Arguments that several functions have."""

import operator
from typing import Any

from tensorbolt._arguments import opened, shown


def check_choice(value: Any, name: str, choices: tuple[Any, ...]) -> Any:
    """Return a value that must be one of a few.

    Raises:
        ValueError: It is none of them.
    """
    # By equality, as what is unhashable, or an array, may come too.
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, choices))}, not {shown(value)}"
        )
    return value


def check_count(value: Any, name: str) -> int:
    """Return a number of things, of which there must be at least one.

    Raises:
        TypeError: It is no integer.
        ValueError: It is below 1.
    """
    try:
        count = operator.index(opened(value, name))
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {shown(value)}") from None
    if count < 1:
        raise ValueError(f"{name} must be at least 1, not {count}")
    return count


def check_index(value: Any, count: int, name: str) -> int:
    """Return the place of one of so many things; negative ones count from the end.

    Raises:
        TypeError: It is no integer.
        ValueError: There is none at this place.
    """
    try:
        index = operator.index(opened(value, name))
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {shown(value)}") from None
    if not -count <= index < count:
        raise ValueError(
            f"{name} must be below {count}, the number there is, not {index}"
        )
    return index


def part_of(count: int, whole: int, what: str) -> str:
    """Return a text that says how many things an image shows."""
    return (
        f"all {whole} {what}"
        if count == whole
        else f"the first {count} of {whole} {what}"
    )
