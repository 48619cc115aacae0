"""Credentials that a function of the program gives: what it may return, and one `_core.Credentials` for each function."""

import time
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, TypeAlias

from tensorbolt import _core

KEY = "credential_provider"
"""Key of the function in `storage_options`."""

Provider: TypeAlias = Callable[[], Any]


class _Shared:
    """The credentials of one function, as long as a log uses them."""

    def __init__(self, provider: Provider) -> None:
        self.core = _core.Credentials(partial(ask, provider))


_known: "weakref.WeakValueDictionary[Provider, _Shared]" = weakref.WeakValueDictionary()


def shared(provider: Provider) -> _Shared:
    """Return the credentials of a function, the same for all logs that have it, so that it is asked once for all."""
    try:
        found = _known.get(provider)
        if found is None:
            found = _known[provider] = _Shared(provider)
    except TypeError:
        # It cannot be a key.
        return _Shared(provider)
    return found


def ask(provider: Provider) -> tuple[list[tuple[str, str]], float | None]:
    """Ask for credentials: keys and values, and the seconds for which they are good.

    Raises:
        TypeError: They are in no known form.
        ValueError: They have expired.
    """
    given = provider()
    # A pair is what polars' functions return, a dict alone what those of obstore do.
    keys, *rest = given if isinstance(given, tuple) and given else (given,)
    expiry: Any = rest[0] if rest else None
    if not isinstance(keys, Mapping) or rest[1:]:
        raise TypeError(
            f"{KEY} must return a dict, or a dict and the time at which it expires, not {type(given).__name__}"
        )
    options = dict(keys)
    stated = options.pop("expires_at", None)
    if expiry is None:
        expiry = stated
    for key, value in options.items():
        if not isinstance(key, str) or not (value is None or isinstance(value, str)):
            # The value may be a secret.
            raise TypeError(
                f"{KEY} must return a dict from str to str, but {key!r} has a value of type {type(value).__name__}"
            )
    pairs = [(key, value) for key, value in options.items() if value is not None]
    return pairs, None if expiry is None else _seconds_until(expiry)


def _seconds_until(expiry: Any) -> float:
    if isinstance(expiry, datetime):
        if expiry.tzinfo is None:
            raise TypeError(
                f"{KEY} must return an expiry with a time zone, such as datetime.now(timezone.utc), not {expiry!r}"
            )
        when = expiry.astimezone(timezone.utc).timestamp()
    elif isinstance(expiry, (int, float)) and not isinstance(expiry, bool):
        when = float(expiry)
    else:
        raise TypeError(
            f"{KEY} must return an expiry in seconds since the epoch or as a datetime, not {type(expiry).__name__}"
        )
    left = when - time.time()
    if not left > 0:
        raise ValueError(
            f"{KEY} has returned credentials that expired {-left:.0f} seconds ago"
        )
    return left
