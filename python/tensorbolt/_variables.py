"""The variables of the environment that tensorbolt reads: one table of their names and values.

Writers take their options from it, `tensorbolt doctor` prints what it has of this process, and a test compares it with
docs/guides/configuration.md. An empty variable is one that is not set.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from tensorbolt._arguments import INT64_MAX, INT64_MIN, shown
from tensorbolt._choices import (
    DEVICE_VALUES,
    IMAGE_COMPRESSION,
    ON_ERROR,
    ON_FULL,
    RANKS,
)
from tensorbolt._environment import LOG_DIR, PREFIX
from tensorbolt._paths import check_suffix, run_name

_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_BYTES = re.compile(rf"([0-9]{{1,19}}) ?({'|'.join(_UNITS)})")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_LEVELS = "off", "error", "warn", "info", "debug", "trace"


REMEDY = "correct it or unset it"
"""What to do about a wrong value."""


class Variable(NamedTuple):
    """A variable that tensorbolt reads."""

    name: str
    option: str | None
    """The option of `SummaryWriter` that it sets, if it sets one."""
    takes: str
    """Which values it has, as the end of a sentence."""
    parse: Callable[[str], Any]
    """Returns the value of a text without space around it; a `ValueError` for any other may say why."""
    remark: str = ""
    """What else a user should know, in Markdown."""
    is_secret: bool = False
    """Whether a value may be a secret, which no message shows."""

    def value(self, environment: Mapping[str, str] = os.environ) -> Any:
        """Return the value; `None` if it is not set.

        Args:
            environment: Variables.

        Raises:
            ValueError: There is no such value.
        """
        text = environment.get(self.name, "").strip()
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            what = "what it has, which may be a secret" if self.is_secret else shown(text)  # fmt: skip
            why = f" ({error})" if error.args and not self.is_secret else ""
            raise ValueError(
                f"the variable {self.name} must be {self.takes}, not {what}{why}; {REMEDY}"
            ) from None


def _refuse() -> ValueError:
    """An error of which the table says all."""
    return ValueError()


def _one_of(words: Iterable[str]) -> tuple[str, Callable[[str], str]]:
    known = tuple(words)

    def parse(text: str) -> str:
        if text not in known:
            raise _refuse()
        return text

    return f"{', '.join(known[:-1])} or {known[-1]}", parse


def _level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise _refuse()
    return text.lower()


def _flag(text: str) -> bool:
    found = _WORDS.get(text.lower())
    if found is None:
        raise _refuse()
    return found


def _integer(least: int, most: int = INT64_MAX) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (_INTEGER.fullmatch(text) and least <= int(text) <= most):
            raise _refuse()
        return int(text)

    return parse


def _seconds(*, is_positive: bool) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            seconds = float(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            raise _refuse() from None
        if not (0 <= seconds < math.inf) or (is_positive and not seconds):
            raise _refuse()
        return seconds

    return parse


def _bytes(text: str) -> int:
    found = _BYTES.fullmatch(text)
    number = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < number <= INT64_MAX:
        raise _refuse()
    return number


def _resume(text: str) -> bool | int:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return _integer(INT64_MIN)(text)


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise _refuse()
    return found


def _storage_options(text: str) -> dict[str, Any]:
    found = _object(text)
    if not all(isinstance(value, (str, int, float)) for value in found.values()):
        raise _refuse()
    return found


def _hparams_run(text: str) -> str:
    return run_name(os.curdir, text, "hparams_run")


_FLAG = "true or false (also 1 or 0, yes or no, on or off)", _flag
_SIZE = "a positive number of bytes, such as 268435456 or 256MiB", _bytes
_POSITIVE = "a positive number of seconds", _seconds(is_positive=True)
_FROM_0 = "a number of seconds from 0 on", _seconds(is_positive=False)
_TEXT = "any text", str


def _option(
    option: str, kind: tuple[str, Callable[[str], Any]], remark: str = "", **more: Any
) -> Variable:
    return Variable(PREFIX + option.upper(), option, *kind, remark, **more)


RANK = _option(
    "rank",
    ("a number from 0 on", _integer(0, 2**32 - 2)),
    "Matters where `ranks` is set. Comes before what frameworks and launchers say, see [distributed training](distributed.md).",
)
WORLD_SIZE = _option("world_size", ("a number from 1 on", _integer(1, 2**32 - 1)), "The number of ranks, with the rank.")  # fmt: skip
ALL_RANKS = _option("ranks", _one_of(RANKS))
STORAGE_OPTIONS = _option(
    "storage_options",
    ("a JSON object of texts, numbers and booleans", _storage_options),
    'Such as `{"timeout": "60s"}`. For credentials use the store\'s own variables, `AWS_…`, `GOOGLE_…`, `AZURE_…`.',
    is_secret=True,
)
SPOOL = Variable(
    PREFIX + "SPOOL",
    None,
    "a directory",
    str,
    "Where logs of object stores wait for their upload, without it `~/.cache/tensorbolt/spool`: see [object stores](object-stores.md).",
)
WINDOW = Variable(
    PREFIX + "REDUCE_WINDOW",
    None,
    *_POSITIVE,
    'How long a step waits for late ranks with `ranks="reduce"`, without it 30, and in an object store two of the longest intervals more.',
)
THREADS = Variable(
    PREFIX + "THREADS",
    None,
    "a number from 1 on",
    _integer(1, 2**16),
    "How many threads encode large values, without it one for each core, four at most. Read once, by the first of them.",
)
LOG = Variable(
    PREFIX + "LOG",
    None,
    _one_of(_LEVELS)[0],
    _level,
    "What the native core says of its background on standard error, without it nothing. Read when tensorbolt is imported.",
)

TABLE = (
    _option(
        "log_dir",
        ("a directory or an address", str),
        "Of writers that are given none; a `comment` follows it, so with `runs/sweep/` a comment names the run.",
    ),
    _option("comment", _TEXT),
    _option("purge_step", ("a step, such as 1000", _integer(INT64_MIN)), "Not used where the caller gives `resume`."),
    _option("max_queue", ("a number from 0 on", _integer(0)), "Sets the attribute; nothing else depends on it."),
    _option("flush_secs", _FROM_0),
    _option("filename_suffix", ("the end of a file name", check_suffix)),
    _option("write_to_disk", _FLAG),
    _option(
        "comet_config",
        ("a JSON object", _object),
        "Such as `{\"disabled\": false}`. Comet has variables of its own, `COMET_API_KEY` among them.",
        is_secret=True,
    ),
    _option("on_error", _one_of(ON_ERROR)),
    _option("max_buffer", _SIZE),
    _option("on_full", _one_of(ON_FULL)),
    _option("stall_timeout", _FROM_0),
    _option("fsync", _FLAG),
    _option("image_compression", _one_of(IMAGE_COMPRESSION)),
    _option("auto_step", _FLAG),
    _option("hparams_run", ("a directory below the log directory, or .", _hparams_run)),
    STORAGE_OPTIONS,
    _option("max_spool", _SIZE),
    ALL_RANKS,
    RANK,
    WORLD_SIZE,
    _option("lazy", _FLAG),
    _option("resume", ("true, false or a step", _resume), "Not used where the caller gives `purge_step`."),
    _option("device_values", _one_of(DEVICE_VALUES)),
    SPOOL,
    WINDOW,
    THREADS,
    LOG,
)  # fmt: skip
"""All variables: those of options in the order of the constructor, then the others."""

WITHOUT = {
    "logdir": "It is another name of `log_dir`: set `TENSORBOLT_LOG_DIR`.",
    "credential_provider": "It is a function, in `storage_options`: pass it.",
}
"""Options that no variable sets, and why."""

_PLACES = LOG_DIR, RANK.name, WORLD_SIZE.name
"""Variables that are asked elsewhere: the first if there is no directory, the others if the rank matters."""
_EXCLUSIVE = {"purge_step": "resume", "resume": "purge_step"}


def options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what variables set of the options that a caller does not give. All variables are checked.

    Args:
        given: The options that the caller gives.

    Raises:
        ValueError: A variable has no such value.
    """
    found = {}
    for variable in TABLE:
        value = variable.value()
        option = variable.option
        if value is None or option is None or option in given:
            continue
        # What the caller says comes before a variable that says the contrary.
        other = given.get(_EXCLUSIVE.get(option, ""))
        if variable.name not in _PLACES and (other is None or other is False):
            found[option] = value
    return found
