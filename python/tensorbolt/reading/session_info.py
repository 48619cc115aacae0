"""What the HParams dashboard keeps in the metadata of a run: how it was started, and how it ended."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensorbolt.reading.messages import Message, every, last, message

START_TAG = "_hparams_/session_start_info"
END_TAG = "_hparams_/session_end_info"
#: What the tags of hyperparameters begin with.
PREFIX = "_hparams_/"

#: Fields of `HParamsPluginData`, whose version is 0.
_VERSION, _START, _END = 1, 3, 4
#: Fields of `SessionStartInfo`, of an entry of its map, and of `SessionEndInfo`.
_HPARAMS, _GROUP, _START_TIME = 1, 4, 5
_KEY, _VALUE = 1, 2
_STATUS, _END_TIME = 1, 2
#: Fields of `google.protobuf.Value`, `ListValue` and `Struct`.
_NUMBER, _TEXT, _BOOL, _STRUCT, _LIST = 2, 3, 4, 5, 6
_VALUES, _FIELDS = 1, 1
#: Lists in lists that are read, as protobuf's own readers do.
_DEPTH = 50

STATUSES = ("unknown", "success", "failure", "running")


@dataclass(frozen=True)
class Json:
    """A list or a struct, as JSON: no writer that is known logs one."""

    text: str


@dataclass(frozen=True)
class Start:
    """How a session was started.

    Attributes:
        hparams: From name to float, bool or text; `None` for null.
        group: Name of its group, or nothing.
        time: Seconds since the epoch; 0 if it is not known.
    """

    hparams: dict[str, float | bool | str | Json | None]
    group: str
    time: float


@dataclass(frozen=True)
class End:
    """How a session ended.

    Attributes:
        status: One of `STATUSES`.
        time: Seconds since the epoch; 0 if it is not known.
    """

    status: str
    time: float


def with_hparams(
    wants_tag: Callable[[str], bool] | None,
) -> Callable[[str], bool] | None:
    """A choice of tags that also wants those of hyperparameters."""
    if wants_tag is None:
        return None
    return lambda tag: tag.startswith(PREFIX) or wants_tag(tag)


def start_of(content: bytes, errors: str = "strict") -> Start | None:
    """The start that the content of a tag's metadata has; `None` if it has another form or version.

    Raises:
        UnicodeDecodeError: A text is not UTF-8; `errors` as for `bytes.decode`.
        ValueError: It is no message.
    """
    info = _content(content, _START)
    if info is None:
        return None
    hparams = dict(
        _entry(message(entry), errors) for entry in every(info, _HPARAMS, bytes)
    )
    group = last(info, _GROUP, b"").decode(errors=errors)
    return Start(hparams, group, last(info, _START_TIME, 0.0))


def end_of(content: bytes) -> End | None:
    """The end that the content of a tag's metadata has; `None` if it has another form or version.

    Raises:
        ValueError: It is no message.
    """
    info = _content(content, _END)
    if info is None:
        return None
    status = last(info, _STATUS, 0)
    known = STATUSES[status] if 0 <= status < len(STATUSES) else STATUSES[0]
    return End(known, last(info, _END_TIME, 0.0))


def _content(content: bytes, number: int) -> Message | None:
    data = message(content)
    contents = every(data, number, bytes)
    if not contents or last(data, _VERSION, 0) != 0:
        return None
    return message(contents[-1])


def _entry(entry: Message, errors: str) -> tuple[str, Any]:
    key = last(entry, _KEY, b"").decode(errors=errors)
    value = _value(last(entry, _VALUE, b""), errors)
    if isinstance(value, (list, dict)):
        return key, Json(json.dumps(value, ensure_ascii=False))
    return key, value


def _value(data: bytes, errors: str, depth: int = 0) -> Any:
    """A message of `google.protobuf.Value` as a Python object; of several forms the last counts."""
    if depth > _DEPTH:
        raise ValueError("a value is nested too deeply")
    number, values = next(reversed(message(data).items()), (0, [b""]))
    value = values[-1]
    if number == _BOOL and isinstance(value, int):
        return bool(value)
    if not isinstance(value, bytes):
        return value if number == _NUMBER and isinstance(value, float) else None
    if number == _TEXT:
        return value.decode(errors=errors)
    if number == _LIST:
        ones = every(message(value), _VALUES, bytes)
        return [_value(one, errors, depth + 1) for one in ones]
    if number != _STRUCT:
        return None
    return {
        last(entry, _KEY, b"").decode(errors=errors): _value(
            last(entry, _VALUE, b""), errors, depth + 1
        )
        for entry in map(message, every(message(value), _FIELDS, bytes))
    }
