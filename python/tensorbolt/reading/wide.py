"""From a row for each point to a column for each tag or run."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, categories, integers, numbers
from tensorbolt.reading.table import Table

_Floats = NDArray[np.float64]
_Steps = NDArray[np.int64]

#: What is done with steps that not all have.
JOINS = ("outer", "inner", "ffill", "nearest")


def curves(
    columns: Mapping[str, Column], groups: Sequence[tuple[int, int, int]], rows: str
) -> dict[int, dict[int, tuple[_Steps, _Floats]]]:
    """Steps and values of each curve, by the number of its run (or tag, as `rows` says), then by that of the other.

    Raises:
        ValueError: A run has several points of a tag at a step.
    """
    steps, values = columns["step"].values, columns["value"].values
    found: dict[int, dict[int, tuple[_Steps, _Floats]]] = {}
    start = 0
    for run, tag, count in groups:
        these = steps[start : start + count]
        if not (these[1:] > these[:-1]).all():
            names = columns["run"].categories or [], columns["tag"].categories or []
            raise ValueError(
                f"run {names[0][run]!r} has several points of tag {names[1][tag]!r} at a step, or steps that go back; "
                'read with duplicates="last" or "first"'
            )
        row, other = (run, tag) if rows == "run" else (tag, run)
        found.setdefault(row, {})[other] = these, values[start : start + count]
        start += count
    return dict(sorted(found.items()))


def union(steps: Sequence[_Steps]) -> _Steps:
    """All steps that any has, ascending."""
    first = steps[0]
    if all(these is first or np.array_equal(these, first) for these in steps):
        return first
    return np.unique(np.concatenate(steps))


def wide(
    columns: Mapping[str, Column],
    groups: Sequence[tuple[int, int, int]],
    index: str | Sequence[str],
    on: str,
    join: str,
) -> Table:
    """See `Scalars.wide`."""
    if on not in ("tag", "run"):
        raise ValueError(f'on must be "tag" or "run", not {on!r}')
    if join not in JOINS:
        known = ", ".join(map(repr, JOINS))
        raise ValueError(f"join must be one of {known}, not {join!r}")
    rows = "run" if on == "tag" else "tag"
    index = (index,) if isinstance(index, str) else tuple(index)
    if index not in ((rows, "step"), ("step",)):
        raise ValueError(
            f'index must be ("{rows}", "step") or "step" with on="{on}", not {index!r}'
        )
    by_row = curves(columns, groups, rows)
    if index == ("step",) and len(by_row) > 1:
        raise ValueError(
            f'index "step" needs one {rows}, and there are {len(by_row)}; pass index=("{rows}", "step")'
        )
    names = columns[on].categories or []
    taken = {row: _steps(list(parts.values()), join) for row, parts in by_row.items()}
    made = _values(names, by_row, taken, join)
    count = sum(map(len, taken.values()))
    all_steps = np.concatenate([np.empty(0, np.int64), *taken.values()])
    table: dict[str, Column] = {}
    if index != ("step",):
        codes = np.repeat(
            np.array(list(taken), np.int32),
            np.array([len(steps) for steps in taken.values()], np.int64),
        )
        table[rows] = categories(codes, columns[rows].categories or [])
    table["step"] = integers(all_steps)
    for name, (values, valid) in zip(names, made, strict=True):
        # A tag may be called as the index is.
        column = name if name not in table else f"{name}_{on}"
        table[column] = numbers(values, valid if count else None)
    return Table(table)


def _steps(parts: list[tuple[_Steps, _Floats]], join: str) -> _Steps:
    steps = [steps for steps, _ in parts]
    every = union(steps)
    if join == "inner":
        for these in steps:
            if these is not every:
                every = every[np.isin(every, these, assume_unique=True)]
    return every


def _values(
    names: list[str],
    by_row: dict[int, dict[int, tuple[_Steps, _Floats]]],
    taken: dict[int, _Steps],
    join: str,
) -> list[tuple[_Floats, NDArray[np.bool_] | None]]:
    count = sum(map(len, taken.values()))
    made: list[tuple[_Floats, NDArray[np.bool_] | None]] = []
    for number in range(len(names)):
        values: _Floats = np.full(count, np.nan)
        valid = np.zeros(count, bool)
        start = 0
        for row, steps in taken.items():
            place = slice(start, start + len(steps))
            start += len(steps)
            if number in by_row[row]:
                _fill(by_row[row][number], steps, values[place], valid[place], join)
        made.append((values, None if valid.all() else valid))
    return made


def _fill(
    curve: tuple[_Steps, _Floats],
    steps: _Steps,
    values: _Floats,
    valid: NDArray[np.bool_],
    join: str,
) -> None:
    mine, numbers_ = curve
    if len(mine) == len(steps) and np.array_equal(mine, steps):
        values[:] = numbers_
        valid[:] = True
        return
    if join in ("outer", "inner"):
        there = np.isin(mine, steps, assume_unique=True) if join == "inner" else ...
        places = np.searchsorted(steps, mine[there])
        values[places] = numbers_[there]
        valid[places] = True
        return
    before = np.searchsorted(mine, steps, side="right") - 1
    if join == "nearest":
        left = np.clip(before, 0, len(mine) - 1)
        right = np.clip(before + 1, 0, len(mine) - 1)
        # Of two that are equally near, the one before. As floats, so that no distance overflows.
        near: Any = np.abs(_off(steps, mine[left])) <= np.abs(_off(steps, mine[right]))
        values[:] = numbers_[np.where(near, left, right)]
        valid[:] = True
        return
    known = before >= 0
    values[known] = numbers_[before[known]]
    valid[known] = True


def _off(steps: _Steps, other: _Steps) -> _Floats:
    return steps.astype(np.float64) - other.astype(np.float64)
