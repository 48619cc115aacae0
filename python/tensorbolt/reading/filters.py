"""Which runs, tags and steps are wanted."""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

#: A name, a name with `*` for anything, a compiled expression that is found somewhere in the name, or several of these; or a
#: function that says whether a name is wanted.
Choice: TypeAlias = "str | re.Pattern[str] | Iterable[str | re.Pattern[str]] | Callable[[str], bool] | None"


def chooser(choice: Choice, argument: str) -> Callable[[str], bool] | None:
    """A function that says whether a name is wanted, or `None` if all are.

    Raises:
        TypeError: The choice is something else.
    """
    if choice is None:
        return None
    if callable(choice):
        return choice
    several = [choice] if isinstance(choice, (str, re.Pattern)) else choice
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    if not isinstance(several, Iterable):
        raise TypeError(_wrong(argument, several))
    for one in several:
        if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
            patterns.append(one)
        elif not isinstance(one, str):
            raise TypeError(_wrong(argument, one))
        elif "*" in one:
            parts = map(re.escape, one.split("*"))
            patterns.append(re.compile(r"\A" + ".*".join(parts) + r"\Z", re.DOTALL))
        else:
            exact.add(one)
    if not patterns:
        return exact.__contains__
    return lambda name: (
        name in exact or any(pattern.search(name) for pattern in patterns)
    )


def _wrong(argument: str, value: object) -> str:
    return (
        f"{argument} must be a name, a name with * for anything, a compiled regular expression, a list of these, or a function from name to bool, "
        f"not {value!r}"
    )


def step_range(steps: tuple[int | None, int | None] | None) -> tuple[int, int]:
    """The first and the last step of a half-open pair.

    Raises:
        ValueError: It is no such pair.
    """
    lowest, highest = -(2**63), 2**63 - 1
    if steps is None:
        return lowest, highest
    try:
        start, stop = steps
        first = lowest if start is None else max(int(start), lowest)
        last = highest if stop is None else min(int(stop) - 1, highest)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"steps must be a pair (start, stop) of integers or None, not {steps!r}"
        ) from error
    return min(first, highest), max(last, lowest)
