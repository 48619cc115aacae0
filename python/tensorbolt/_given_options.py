"""Has variables of the environment set the options that a caller does not give. What they are is in `_variables`."""

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tensorbolt._environment import LOG_DIR, PREFIX, is_set

_Constructor = TypeVar("_Constructor", bound=Callable[..., None])


def options_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what variables set of the options that a caller does not give.

    Args:
        given: The options that the caller gives; those whose value is their default too.

    Raises:
        ValueError: A variable has no such value.
    """
    if not is_set():
        return {}
    from tensorbolt._variables import options

    return options(given)


def set_by_variables(constructor: _Constructor) -> _Constructor:
    """Have options that a caller of a constructor does not give set by variables.

    The class has a method `_options_of`, which is `options_of` or less.
    """
    code: Any = getattr(constructor, "__code__")  # noqa: B009 - mypy knows no code of a Callable
    names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    positional = names[: code.co_argcount - 1]

    @functools.wraps(constructor)
    def construct(self: Any, *arguments: Any, **keywords: Any) -> None:
        found = {}
        if is_set():
            # Too many arguments are the constructor's to refuse.
            given = {**dict(zip(positional, arguments, strict=False)), **keywords}
            wanted = self._options_of(given)
            found = {name: wanted[name] for name in names if name in wanted}
        try:
            constructor(self, *arguments, **keywords, **found)
        except (TypeError, ValueError) as error:
            _name_variables(error, found)
            raise

    decorated: Any = construct
    # `inspect.getfullargspec` and others do not follow what `wraps` leaves.
    decorated.__signature__ = inspect.signature(constructor)
    decorated.__kwdefaults__ = getattr(constructor, "__kwdefaults__", None)
    return decorated  # type: ignore[no-any-return]


def _name_variables(error: Exception, found: Mapping[str, Any]) -> None:
    """Say in the text of an error which of the options that it names a variable has set."""
    text = str(error)
    names = [PREFIX + option.upper() for option in found if option in text]
    if "log_dir" in text and os.environ.get(LOG_DIR):
        names.append(LOG_DIR)
    missing = [name for name in names if name not in text]
    if missing and error.args == (text,):
        error.args = (f"{text} (set by {' and '.join(missing)})",)
