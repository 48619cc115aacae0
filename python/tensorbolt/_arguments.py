"""Arguments that every method has: tag, step, wall time."""

import math
from typing import Any

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_FAR = 2.0**64


def check_tag(tag: Any, name: str = "tag") -> str:
    """Return the tag as text.

    Args:
        tag: `str`, or `bytes` in UTF-8.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It is neither.
        ValueError: It is not valid Unicode text. A reader gives up the whole file at such a tag.
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


def check_step(step: Any, name: str = "global_step") -> int:
    """Return the step as a 64-bit integer; `None` is 0, which is the same on the wire.

    Floats are cut toward zero, numeric strings are parsed, one-element arrays and tensors are opened, as
    `int()` does.

    Raises:
        TypeError: It is nothing that `int()` takes.
        ValueError: It is not finite, not a number, has several elements, or does not fit 64 bits.
    """
    if step is None:
        return 0
    if type(step) is int and INT64_MIN <= step <= INT64_MAX:
        return step
    try:
        # Not every numpy converts arrays of one element that are not 0-D by itself.
        plain = step.item() if hasattr(step, "item") else step
        if (
            hasattr(plain, "__float__")
            and not isinstance(plain, int)
            and abs(float(plain)) > _FAR
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


def check_wall_time(wall_time: Any, name: str = "walltime") -> float | None:
    """Return seconds since the epoch as a float; `None` stays, and means now.

    Raises:
        TypeError: It is not a number; for a `datetime` pass its `timestamp()`.
        ValueError: It is not finite. Readers give up a file, or an event, with such a time.
    """
    if wall_time is None:
        return None
    if isinstance(wall_time, (str, bytes)) or not hasattr(wall_time, "__float__"):
        raise TypeError(
            f"{name} must be seconds since the epoch or None, not {type(wall_time).__name__} ({shown(wall_time)}); "
            "of a datetime pass its timestamp()"
        )
    try:
        seconds = float(wall_time.item() if hasattr(wall_time, "item") else wall_time)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be one number, not {shown(wall_time)}: {error}"
        ) from None
    if not math.isfinite(seconds):
        raise ValueError(
            f"{name} must be finite, not {seconds}; pass None for the time of the call"
        )
    return seconds


def shown(value: Any) -> str:
    """Return the value's text for an error message: cut to what fits, whatever its class does when asked."""
    try:
        # No more of a long text than could be shown.
        text = repr(value[:100] if isinstance(value, (str, bytes)) else value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004
