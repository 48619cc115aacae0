"""Cleaning of tags in the way of `tensorboardX`."""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

from tensorbolt._arguments import check_tag

_Method = TypeVar("_Method", bound=Callable[..., Any])

logger = logging.getLogger("tensorboardX.summary")

_OTHERS = re.compile(r"[^-/.\w]")


def clean_tag(name: Any) -> str:
    """Return a tag with `_` for every character but letters, digits and `-/._`, and without slashes in front.

    A change is logged to `tensorboardX.summary` at level INFO.

    Raises:
        TypeError: The tag is neither `str` nor `bytes`.
        ValueError: It is not valid Unicode text.
    """
    text = check_tag(name)
    cleaned = _OTHERS.sub("_", text).lstrip("/")
    if cleaned != text:
        logger.info("tag %r is written as %r", text, cleaned)
    return cleaned


def cleaning(method: _Method) -> _Method:
    """Return a method of a writer that cleans its tag first."""

    @functools.wraps(method)
    def call(self: Any, tag: Any, *arguments: Any, **options: Any) -> Any:
        return method(self, clean_tag(tag), *arguments, **options)

    return cast("_Method", call)
