"""The table of scalars."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt import _core
from tensorbolt.reading.column import Column
from tensorbolt.reading.filters import Choice, chooser
from tensorbolt.reading.reduce import reduce
from tensorbolt.reading.table import Table
from tensorbolt.reading.wide import wide

#: Ways of thinning out.
METHODS = ("lttb", "minmax", "uniform", "reservoir")


class Scalars(Table):
    """Scalars of runs and tags, one row a point.

    Columns: `run` and `tag` (text, categorical), `step` (int64), `wall_time` (timestamp in UTC, or float64 seconds since
    the epoch), `value` (float64). Rows are in the order of runs, tags and steps.
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        groups: Sequence[tuple[int, int, int]],
    ) -> None:
        super().__init__(columns)
        # Number of the run, of the tag, and of the rows, of points that follow each other.
        self._groups = groups

    @property
    def counts(self) -> NDArray[np.int64]:
        """Points of each run and tag, in the order of the rows: shape `[curves]`, int64. They add up to the rows."""
        return np.array([count for _, _, count in self._groups], np.int64)

    @property
    def _starts(self) -> NDArray[np.int64]:
        counts = self.counts
        return np.cumsum(counts) - counts

    def _one_each(self, rows: NDArray[np.int64]) -> "Scalars":
        taken = {name: column.take(rows) for name, column in self._columns.items()}
        return Scalars(taken, [(run, tag, 1) for run, tag, _ in self._groups])

    def where(self, *, runs: Choice = None, tags: Choice = None) -> "Scalars":
        """The points of some runs and tags.

        Args:
            runs: A name, a name with `*` for anything, a compiled regular expression that is found somewhere in the name, or a
                list of these; `None` for all.
            tags: Likewise.

        Raises:
            TypeError: One of them is something else.
        """
        wanted = [
            choice or (lambda _: True)
            for choice in (chooser(runs, "runs"), chooser(tags, "tags"))
        ]
        names = [self._columns[name].categories or [] for name in ("run", "tag")]
        chosen = [
            wanted[0](names[0][run]) and wanted[1](names[1][tag])
            for run, tag, _ in self._groups
        ]
        if all(chosen):
            return self
        rows = np.flatnonzero(np.repeat(np.array(chosen, bool), self.counts))
        taken = {name: column.take(rows) for name, column in self._columns.items()}
        groups = [
            group
            for group, is_chosen in zip(self._groups, chosen, strict=True)
            if is_chosen
        ]
        return Scalars(taken, groups)

    def first(self) -> "Scalars":
        """The first point of each run and tag."""
        return self._one_each(self._starts)

    def last(self) -> "Scalars":
        """The last point of each run and tag."""
        return self._one_each(self._starts + self.counts - 1)

    def min(self) -> "Scalars":
        """The lowest point of each run and tag, the first of equal ones; NaN only where there is nothing else."""
        return self._extreme(np.fmin)

    def max(self) -> "Scalars":
        """The highest point of each run and tag, the first of equal ones; NaN only where there is nothing else."""
        return self._extreme(np.fmax)

    def _extreme(self, ufunc: np.ufunc) -> "Scalars":
        starts, counts = self._starts, self.counts
        if not len(starts):
            return self
        values = self._columns["value"].values
        extremes = ufunc.reduceat(values, starts)
        hits = np.flatnonzero(values == np.repeat(extremes, counts))
        owners = np.repeat(np.arange(len(starts)), counts)[hits]
        found, places = np.unique(owners, return_index=True)
        # Where all is NaN nothing is equal to it; the first point stands for all.
        rows = starts.copy()
        rows[found] = hits[places]
        return self._one_each(rows)

    def downsample(self, n: int, method: str = "lttb", *, seed: int = 0) -> "Scalars":
        """At most `n` points of each run and tag.

        Args:
            n: Points, at least 1.
            method: `"lttb"` keeps the shape of curves (largest triangle three buckets), `"minmax"` the lowest and highest of
                each stretch, `"uniform"` takes points at equal distances, `"reservoir"` any, as TensorBoard does. The last
                point always stays, and from two points on all but `"reservoir"` keep the first.
            seed: Of `"reservoir"`.

        Raises:
            ValueError: `n` is less than 1, or there is no such method.
        """
        if n < 1:
            raise ValueError(f"n must be at least 1, not {n}")
        if method not in METHODS:
            names = ", ".join(map(repr, METHODS))
            raise ValueError(f"method must be one of {names}, not {method!r}")
        counts = self.counts
        if method == "reservoir":
            rows = self._reservoir(n, seed)
        else:
            steps, values = self._columns["step"].values, self._columns["value"].values
            rows = _core.downsample(steps, values, counts.tolist(), n, method)
        taken = {name: column.take(rows) for name, column in self._columns.items()}
        left = np.minimum(counts, n)
        if method == "minmax":
            ends = np.append(self._starts, len(self))
            left = np.diff(np.searchsorted(rows, ends))
        groups = [
            (run, tag, count)
            for (run, tag, _), count in zip(self._groups, left.tolist(), strict=True)
        ]
        return Scalars(taken, groups)

    def _reservoir(self, n: int, seed: int) -> NDArray[np.int64]:
        random = np.random.default_rng(seed)
        parts = []
        for start, count in zip(self._starts, self.counts, strict=True):
            if count <= n:
                parts.append(np.arange(start, start + count))
                continue
            rows = random.choice(count - 1, n - 1, replace=False)
            parts.append(start + np.append(np.sort(rows), count - 1))
        return np.concatenate([np.empty(0, np.int64), *parts])

    def wide(
        self,
        index: str | Sequence[str] = ("run", "step"),
        on: str = "tag",
        *,
        join: str = "outer",
    ) -> Table:
        """A column for each tag, or for each run.

        Args:
            index: What a row stands for: `("run", "step")` with `on="tag"`, `("tag", "step")` with `on="run"`, or `"step"` alone
                where there is one run, or one tag.
            on: What becomes columns, `"tag"` or `"run"`.
            join: Steps that not all have: `"outer"` leaves nulls, `"ffill"` takes the value before, `"nearest"` that of the
                nearest step, `"inner"` leaves the row out.

        Returns:
            A table of the columns of `index`, then one of float64 for each tag or run, null where there is no value.

        Raises:
            ValueError: An argument is none of these, or a run has several points of a tag at a step.
        """
        return wide(self._columns, self._groups, index, on, join)

    def reduce(
        self,
        by: str = "tag",
        over: str = "run",
        ops: Iterable[str] = ("mean", "std", "min", "max", "count"),
        *,
        steps: str = "intersection",
    ) -> Table:
        """Statistics over runs, at each step: the mean and band of several seeds.

        Args:
            by: What each result belongs to, `"tag"` or `"run"`.
            over: What is put together, the other of the two.
            ops: Of `"mean"`, `"std"` (of the population, as numpy's), `"var"`, `"min"`, `"max"`, `"median"`, `"sum"`, `"count"`, and
                quantiles such as `0.25`.
            steps: Where runs have different steps: `"intersection"` keeps those that all have, `"union"` all, each with the
                runs that have it, `"interpolate"` all between the first and the last of every run, on straight lines.

        Returns:
            A table of `by`, `step`, and a column of float64 for each of `ops` (`count` is int64).

        Raises:
            ValueError: An argument is none of these, or a run has several points of a tag at a step.
        """
        return reduce(self._columns, self._groups, by, over, list(ops), steps)


def scalars(parts: tuple[Any, ...], times: Column) -> Scalars:
    """The table of what the core found."""
    runs, tags, groups, run_codes, tag_codes, steps, _, values = parts
    count = times.length
    columns = {
        "run": Column("dictionary", count, (run_codes,), None, runs),
        "tag": Column("dictionary", count, (tag_codes,), None, tags),
        "step": Column("int64", count, (steps,)),
        "wall_time": times,
        "value": Column("float64", count, (values,)),
    }
    return Scalars(columns, groups)
