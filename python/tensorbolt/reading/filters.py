"""Which runs and tags are wanted."""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

#: A name, a name with `*` for anything, a compiled expression that is found somewhere in the name, or several of these.
Choice: TypeAlias = "str | re.Pattern[str] | Iterable[str | re.Pattern[str]] | None"


def chooser(choice: Choice, argument: str) -> Callable[[str], bool] | None:
    """A function that says whether a name is wanted, or `None` if all are.

    Raises:
        TypeError: The choice is something else.
    """
    if choice is None:
        return None
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
        f"{argument} must be a name, a name with * for anything, a compiled regular expression, or a list of these, "
        f"not {value!r}"
    )
