"""How the scalars of two logs differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.scalars import Scalars


@dataclass(frozen=True)
class Difference:
    """How one curve of two logs differs.

    Attributes:
        run: Name of the run.
        tag: The tag.
        only_in: `"a"` or `"b"` if only that log has the curve, else `None`.
        steps: Steps that both have.
        missing_in_a: Steps that only the second log has.
        missing_in_b: Steps that only the first log has.
        differing: Steps at which the values differ by more than is allowed.
        first_step: The lowest step that differs or that one of them lacks; `None` if there is none.
        first_values: The values there, `None` where there is none.
        largest: The largest difference of values that differ; infinite where one is not finite, 0.0 if none differ.
        largest_step: Its step, or `None`.
    """

    run: str
    tag: str
    only_in: str | None
    steps: int
    missing_in_a: int
    missing_in_b: int
    differing: int
    first_step: int | None
    first_values: tuple[float | None, float | None]
    largest: float
    largest_step: int | None

    @property
    def is_equal(self) -> bool:
        """Whether there is no difference."""
        return self.first_step is None


_Curve = tuple[NDArray[np.int64], NDArray[np.float64]]


def compare(
    a: Scalars,
    b: Scalars,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    common: bool = False,
) -> list[Difference]:
    """Compare the scalars of two logs, step by step.

    Two values are equal if `|a - b| <= atol + rtol * |b|`, as for `numpy.isclose`; NaN equals NaN, and an infinity itself.

    Args:
        a: Scalars of the first log, with one point for each run, tag and step.
        b: Scalars of the second, the reference.
        rtol: Relative tolerance, at least 0.
        atol: Absolute tolerance, at least 0.
        common: Whether steps, tags and runs that only one log has are no difference.

    Returns:
        One entry for each run and tag, in the order of runs and tags.

    Raises:
        ValueError: A tolerance is negative or not a number.
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not tolerance >= 0:
            raise ValueError(f"{name} must be at least 0, not {tolerance}")
    first, second = dict(_curves(a)), dict(_curves(b))
    names = first.keys() & second.keys() if common else first.keys() | second.keys()
    return [
        _difference(name, first.get(name), second.get(name), (rtol, atol), common)
        for name in sorted(names)
    ]


def _curves(table: Scalars) -> Iterator[tuple[tuple[str, str], _Curve]]:
    steps, values = table["step"], table["value"]
    heads = table.first().to_dict()
    stop = 0
    names = zip(heads["run"], heads["tag"], table.counts.tolist(), strict=True)
    for run, tag, count in names:
        start, stop = stop, stop + count
        yield (run, tag), (steps[start:stop], values[start:stop])


def _difference(
    name: tuple[str, str],
    a: _Curve | None,
    b: _Curve | None,
    tolerances: tuple[float, float],
    common: bool,
) -> Difference:
    if a is None or b is None:
        steps, values = a or b or (np.empty(0, np.int64), np.empty(0))
        there = float(values[0])
        return Difference(
            *name,
            only_in="b" if a is None else "a",
            steps=0,
            missing_in_a=len(steps) if a is None else 0,
            missing_in_b=len(steps) if b is None else 0,
            differing=0,
            first_step=int(steps[0]),
            first_values=(None, there) if a is None else (there, None),
            largest=0.0,
            largest_step=None,
        )
    both, in_a, in_b = np.intersect1d(a[0], b[0], return_indices=True)
    left, right = a[1][in_a], b[1][in_b]
    distance = _distance(left, right)
    differs = distance > _allowed(right, *tolerances)
    only_a = np.setdiff1d(a[0], both) if not common else both[:0]
    only_b = np.setdiff1d(b[0], both) if not common else both[:0]
    places = np.flatnonzero(differs)
    most = places[np.argmax(distance[places])] if len(places) else None
    steps = np.concatenate([both[places], only_a, only_b])
    first = int(steps.min()) if len(steps) else None
    return Difference(
        *name,
        only_in=None,
        steps=len(both),
        missing_in_a=len(only_b),
        missing_in_b=len(only_a),
        differing=len(places),
        first_step=first,
        first_values=(_at(a, first), _at(b, first)),
        largest=0.0 if most is None else float(distance[most]),
        largest_step=None if most is None else int(both[most]),
    )


def _distance(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """Distances; infinite where one value is not finite, and 0 where both are the same."""
    with np.errstate(all="ignore"):
        distance = np.abs(left - right)
    distance[~np.isfinite(distance)] = np.inf
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    return np.asarray(np.where(same, 0.0, distance), np.float64)


def _allowed(right: NDArray[Any], rtol: float, atol: float) -> NDArray[np.float64]:
    finite = np.isfinite(right)
    return np.asarray(atol + rtol * np.abs(np.where(finite, right, 0.0)), np.float64)


def _at(curve: _Curve, step: int | None) -> float | None:
    if step is None:
        return None
    place = int(np.searchsorted(curve[0], step))
    there = place < len(curve[0]) and curve[0][place] == step
    return float(curve[1][place]) if there else None
