"""The protobuf message `Event` of an installed package, imported at its first use."""

import functools
import importlib
from typing import Any

from tensorbolt._warnings import logger

MESSAGES = ("tensorboard.compat.proto.event_pb2", "tensorboardX.proto.event_pb2")
"""Modules that define `Event`, the preferred one first."""

_NO_MESSAGES = (
    "needs the protobuf messages of tensorboard or tensorboardX; "
    "install one of them: pip install tensorboard"
)


@functools.cache
def message_type() -> Any:
    """Return the class `Event` of an installed package; `None` if there is none."""
    for name in MESSAGES:
        try:
            return importlib.import_module(name).Event
        except ImportError:  # noqa: PERF203 - two of them
            continue
    return None


def needed_message_type(what: str) -> Any:
    """Return the class `Event`.

    Raises:
        ImportError: No installed package has one.
    """
    kind = message_type()
    if kind is None:
        raise ImportError(f"{what} {_NO_MESSAGES}")
    return kind


def no_messages() -> None:
    """Log that a replaced method cannot be called."""
    logger().warning("the replacement of a FileWriter method %s", _NO_MESSAGES)


def serialised(message: Any, name: str) -> bytes:
    """Return the bytes of a protobuf message, whichever package it comes from."""
    method = getattr(message, "SerializeToString", None)
    if not callable(method):
        raise TypeError(
            f"{name} must be a protobuf message with SerializeToString(), not {type(message).__name__}"
        )
    data = method()
    if not isinstance(data, bytes):
        raise TypeError(
            f"{name}.SerializeToString() must return bytes, not {type(data).__name__}"
        )
    return data
