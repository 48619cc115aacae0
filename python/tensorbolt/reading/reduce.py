"""Statistics over runs, at each step."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, categories, integers, numbers
from tensorbolt.reading.table import Table
from tensorbolt.reading.wide import curves, union

_Floats = NDArray[np.float64]

#: What can be done with the values of a step: an array of shape `[runs, steps]`, NaN where a run has no value.
OPS: dict[str, Callable[..., Any]] = {
    "mean": np.mean,
    "std": np.std,
    "var": np.var,
    "min": np.min,
    "max": np.max,
    "median": np.median,
    "sum": np.sum,
}
#: The same without the values that are missing.
_PRESENT: dict[str, Callable[..., Any]] = {
    "mean": np.nanmean,
    "std": np.nanstd,
    "var": np.nanvar,
    "min": np.nanmin,
    "max": np.nanmax,
    "median": np.nanmedian,
    "sum": np.nansum,
}
#: Ways with steps that not all runs have.
STEPS = ("intersection", "union", "interpolate")


def reduce(
    columns: Mapping[str, Column],
    groups: Sequence[tuple[int, int, int]],
    by: str,
    over: str,
    ops: list[Any],
    steps: str,
) -> Table:
    """See `Scalars.reduce`."""
    if {by, over} != {"tag", "run"}:
        raise ValueError(
            f'by and over must be "tag" and "run", or "run" and "tag", not {by!r} and {over!r}'
        )
    if steps not in STEPS:
        raise ValueError(
            f"steps must be one of {', '.join(map(repr, STEPS))}, not {steps!r}"
        )
    for op in ops:
        if op not in OPS and op != "count" and not _is_quantile(op):
            names = ", ".join(map(repr, [*OPS, "count"]))
            raise ValueError(
                f"ops must be of {names}, or quantiles from 0 to 1, not {op!r}"
            )
    codes, all_steps = [], [np.empty(0, np.int64)]
    results: dict[str, list[NDArray[Any]]] = {str(op): [] for op in ops}
    for number, parts in curves(columns, groups, by).items():
        shared, values = _matrix(list(parts.values()), steps)
        codes.append(np.full(len(shared), number, np.int32))
        all_steps.append(shared)
        for op in ops:
            results[str(op)].append(_apply(op, values))
    table = {
        by: categories(
            np.concatenate([np.empty(0, np.int32), *codes]),
            columns[by].categories or [],
        ),
        "step": integers(np.concatenate(all_steps)),
    }
    for name, pieces in results.items():
        joined = np.concatenate([np.empty(0), *pieces])
        table[name] = integers(joined) if name == "count" else numbers(joined)
    return Table(table)


def _is_quantile(op: object) -> bool:
    return isinstance(op, (int, float)) and not isinstance(op, bool) and 0 <= op <= 1


class _Values:
    """Values of shape `[runs, steps]`, and which are there, if not all are."""

    def __init__(self, values: _Floats, there: NDArray[np.bool_] | None) -> None:
        self.values = values
        self.there = there


def _matrix(
    parts: list[tuple[NDArray[np.int64], _Floats]], way: str
) -> tuple[NDArray[np.int64], _Values]:
    every = union([steps for steps, _ in parts])
    if way == "intersection":
        for steps, _ in parts:
            if steps is not every:
                every = every[np.isin(every, steps, assume_unique=True)]
    elif way == "interpolate":
        first = max(steps[0] for steps, _ in parts)
        last = min(steps[-1] for steps, _ in parts)
        every = every[(every >= first) & (every <= last)]
        lines = [np.interp(every, steps, values) for steps, values in parts]
        return every, _Values(np.stack(lines), None)
    matrix = np.zeros((len(parts), len(every)))
    there = np.zeros(matrix.shape, bool)
    for row, (steps, values) in enumerate(parts):
        if len(steps) == len(every) and np.array_equal(steps, every):
            matrix[row], there[row] = values, True
            continue
        places = np.searchsorted(every, steps)
        inside = places < len(every)
        inside[inside] = every[places[inside]] == steps[inside]
        matrix[row, places[inside]] = values[inside]
        there[row, places[inside]] = True
    return every, _Values(matrix, None if there.all() else there)


def _apply(op: Any, matrix: _Values) -> NDArray[Any]:
    values, there = matrix.values, matrix.there
    if op == "count":
        if there is None:
            return np.full(values.shape[1], len(values))
        return np.asarray(there.sum(axis=0))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # The mean of infinities that cancel each other is NaN, which is what is said of it.
        warnings.simplefilter("ignore", RuntimeWarning)
        if there is None:
            if op in OPS:
                return np.asarray(OPS[op](values, axis=0))
            return np.asarray(np.quantile(values, op, axis=0))
        return _apply_present(op, values, there)


def _apply_present(op: Any, values: _Floats, there: NDArray[np.bool_]) -> NDArray[Any]:
    """Where runs are missing: they are left out, and a value that is NaN itself makes the result NaN."""
    spoiled = (np.isnan(values) & there).any(axis=0)
    present = np.where(there, values, np.nan)
    if op in _PRESENT:
        result = _PRESENT[op](present, axis=0)
    else:
        result = np.nanquantile(present, op, axis=0)
    return np.where(spoiled, np.nan, result)
