"""Sessions: runs with hyperparameters, as rows of a table."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tensorbolt import _core
from tensorbolt.reading.column import Column, numbers, repeated, texts, times, truths
from tensorbolt.reading.hparams import HParams
from tensorbolt.reading.rows import Fault
from tensorbolt.reading.scalars import Scalars
from tensorbolt.reading.session_info import (
    END_TAG,
    START_TAG,
    STATUSES,
    End,
    Json,
    Start,
    end_of,
    start_of,
)

T = TypeVar("T", Start, End)


def _hparam_column(values: list[Any]) -> Column:
    """The column of one hyperparameter, with `None` for sessions without it."""
    valid = np.array([value is not None for value in values], bool)
    types = {type(value) for value in values if value is not None}
    if types == {float}:
        return numbers([0.0 if value is None else value for value in values], valid)
    if types == {bool}:
        return truths([bool(value) for value in values], valid)
    return texts([_text(value) for value in values], valid=valid)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Json):
        return value.text
    return "" if value is None else json.dumps(value)


def _read(
    content: bytes, parse: Callable[[bytes], T | None]
) -> tuple[T | None, str | None]:
    """What a parser makes of the content of a tag's metadata, and what is wrong with it."""
    wrong = None
    try:
        info = parse(content)
    except UnicodeDecodeError:
        raise
    except ValueError:
        return None, "a value is malformed"
    if info is None:
        wrong = "a value is not of the form of hparams"
    return info, wrong


def _start(content: bytes) -> tuple[Start | None, str | None]:
    try:
        return _read(content, start_of)
    except UnicodeDecodeError:
        start, wrong = _read(content, lambda data: start_of(data, "replace"))
        return start, wrong or "a text is not UTF-8, and has U+FFFD in places"


def hparams(
    core: _core.Log, scalars: Scalars, time_form: str
) -> tuple[HParams, list[Fault]]:
    """The table, and values that are left out of it, or have text that is not whole."""
    runs, tags, groups, _, _, _, _, places = core.rows("hparams")
    starts: dict[str, Start] = {}
    ends: dict[str, End] = {}
    faults: list[Fault] = []
    at = 0
    for run, tag, count, _, content in groups:
        wrong = None
        if tags[tag] == START_TAG:
            start, wrong = _start(content)
            if start is not None:
                starts[runs[run]] = start
        elif tags[tag] == END_TAG:
            end, wrong = _read(content, end_of)
            if end is not None:
                ends[runs[run]] = end
        if wrong:
            number, offset, length = places[at]
            name, file = core.file(number) or ("", "")
            faults.append((name, file, offset, length, wrong))
        at += count
    return HParams(_columns(starts, ends, time_form), list(starts), scalars), faults


def _columns(
    starts: dict[str, Start], ends: dict[str, End], time_form: str
) -> dict[str, Column]:
    unknown = End(STATUSES[0], 0.0)
    of_runs = [ends.get(run, unknown) for run in starts]
    names = sorted({name for start in starts.values() for name in start.hparams})
    return {
        "run": repeated(list(starts)),
        "group": repeated([start.group or run for run, start in starts.items()]),
        "status": repeated([end.status for end in of_runs]),
        "start_time": _times([start.time for start in starts.values()], time_form),
        "end_time": _times([end.time for end in of_runs], time_form),
        **{
            f"hparam.{name}": _hparam_column(
                [start.hparams.get(name) for start in starts.values()]
            )
            for name in names
        },
    }


def _times(seconds: list[float], form: str) -> Column:
    return times(np.array([one or np.nan for one in seconds], np.float64), form)
