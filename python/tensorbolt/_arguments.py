"""Checks of the arguments that every method has (tag, step, wall time), and of mappings, which many have."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from tensorbolt import _foreign, _torch_tensors

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_BEYOND_INT64 = 2.0**64


def check_tag(tag: Any, name: str = "tag") -> str:
    """Return the tag as text.

    Args:
        tag: `str`, or `bytes` in UTF-8.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It is neither.
        ValueError: It is not valid Unicode text. A reader stops reading the file at such a tag.
    """
    if type(tag) is str and tag.isascii():
        return tag
    if isinstance(tag, bytes):
        try:
            return tag.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} must be UTF-8 if given as bytes, but {shown(tag)} is not: {error}"
            ) from None
    if not isinstance(tag, str):
        raise TypeError(
            f"{name} must be a str, not {type(tag).__name__} ({shown(tag)}); pass str({name})"
        )
    try:
        tag.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(
            f"{name} {shown(tag)} has surrogates, which no reader accepts; use {name}.encode('utf-8', 'replace').decode()"
        ) from None
    # The text itself: str() of an enum member that is a str would be its name.
    return str.__str__(tag)


def is_text(text: str) -> bool:
    """Whether a text is valid Unicode, as tags have to be."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def check_step(step: Any, name: str = "global_step") -> int:
    """Return the step as a 64-bit integer; `None` is 0, which is the same on the wire.

    Floats are cut toward zero, numeric strings are parsed, one-element arrays and tensors are opened, as
    `int()` does.

    Raises:
        TypeError: `int()` does not take it.
        ValueError: It is not finite, not a number, has several elements, or does not fit 64 bits; or it has no value in
            this process, see `opened`.
    """
    if step is None:
        return 0
    if type(step) is int and INT64_MIN <= step <= INT64_MAX:
        return step
    step = opened(step, name)
    try:
        # Not every numpy converts arrays of one element that are not 0-D by itself.
        plain = _item(step, name) if hasattr(step, "item") else step
        if (
            hasattr(plain, "__float__")
            and not isinstance(plain, int)
            and abs(float(plain)) > _BEYOND_INT64
        ):
            # A decimal of a million digits is an int only after a minute.
            raise OverflowError("it does not fit 64 bits")  # noqa: TRY301
        number = int(plain)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or None, not {type(step).__name__} ({shown(step)})"
        ) from None
    except (ValueError, OverflowError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be one finite integer, not {shown(step)}: {error}"
        ) from None
    if not INT64_MIN <= number <= INT64_MAX:
        raise ValueError(
            f"{name} must be an integer of 64 bits, but {shown(number)} does not fit"
        )
    return number


def check_purge_step(purge_step: Any) -> int:
    """Return the step from which on earlier points are hidden.

    Raises:
        TypeError: It is no integer.
        ValueError: It does not fit 64 bits.
    """
    if isinstance(purge_step, (bool, float, str)):
        raise TypeError(
            f"purge_step must be an integer or None, not {shown(purge_step)}"
        )
    return check_step(purge_step, "purge_step")


def check_wall_time(wall_time: Any, name: str = "walltime") -> float | None:
    """Return seconds since the epoch as a float; `None` stays, and means now.

    Raises:
        TypeError: It is not a number; for a `datetime` pass its `timestamp()`.
        ValueError: It is not finite. Readers drop an event with such a time, or the rest of the file. Or it has no value in this
            process, see `opened`.
    """
    if wall_time is None:
        return None
    if type(wall_time) is not float:
        wall_time = opened(wall_time, name)
    if isinstance(wall_time, (str, bytes)) or not hasattr(wall_time, "__float__"):
        raise TypeError(
            f"{name} must be seconds since the epoch or None, not {type(wall_time).__name__} ({shown(wall_time)}); "
            "of a datetime pass its timestamp()"
        )
    try:
        seconds = float(
            _item(wall_time, name) if hasattr(wall_time, "item") else wall_time
        )
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be one number, not {shown(wall_time)}: {error}"
        ) from None
    if not math.isfinite(seconds):
        raise ValueError(
            f"{name} must be finite, not {seconds}; pass None for the time of the call"
        )
    return seconds


def opened(value: Any, name: str) -> Any:
    """Return an argument whose `item()` or `__index__` may be believed; numbers and everything else stay what they are.

    A tensor comes out of its subclass, masked elements become NaN.

    Raises:
        TypeError: It is a tensor or array that cannot be read as numbers.
        ValueError: It has no data, or only a part of it is in this process.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _torch_tensors.unwrapped(value, torch, name)
    if not hasattr(value, "shape"):
        return value
    _foreign.check_has_whole(value, name)
    return _foreign.unmasked(value)


def _item(value: Any, name: str) -> Any:
    """Return the one element of an array, or of a tensor that was opened."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _torch_tensors.item(value, torch, name)
    return value.item()


def mapping_of(value: Any, name: str) -> Mapping[Any, Any] | None:
    """Return a mapping's keys and values; `None` if it is none.

    A mapping is what has `keys` and `items`: proxies of `multiprocessing`, `torch.nn.ParameterDict`, rows of pandas and
    others do not say that they are one. What has a shape as well, such as a column of pandas, is a mapping if its keys
    are texts, else an array.

    Raises:
        ValueError: It has two values for one key.
    """
    if isinstance(value, Mapping):
        return value
    # Not of the object: mocks and what stands for values of a trace have every attribute.
    if isinstance(value, type) or not all(
        callable(getattr(type(value), method, None)) for method in ("keys", "items")
    ):
        return None
    pairs = list(value.items())
    if hasattr(value, "shape") and not all(isinstance(key, str) for key, _ in pairs):
        return None
    found: dict[Any, Any] = {}
    for key, one in pairs:
        if key in found:
            raise ValueError(
                f"{name} has two values for the key {shown(key)}; rename one of them"
            )
        found[key] = one
    return found


def shown(value: Any) -> str:
    """Return the value's text for an error message, cut to 80 characters. Never raises, whatever the value's `__repr__` does."""
    try:
        # Cut before `repr`, which would copy a long text.
        text = repr(value[:100] if isinstance(value, (str, bytes)) else value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004
