"""The table of hyperparameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensorbolt.reading.column import Column, categories, numbers, repeated
from tensorbolt.reading.scalars import Scalars
from tensorbolt.reading.table import Table


@dataclass(frozen=True)
class Metric:
    """A metric of sessions.

    Attributes:
        group: The run of its scalars, relative to the session's run; empty if it is the same.
        tag: Tag of its scalars.
    """

    group: str
    tag: str


class HParams(Table):
    """Hyperparameters and metrics of sessions, one row each. A session is a run with hyperparameters.

    Columns: `run`, `group` (text, categorical; sessions of a group have the same hyperparameters, and a session without a group is
    one of its own), `status` (text, categorical: `success`, `failure`, `running` or `unknown`), `start_time`, `end_time` (null where the
    log does not say; with `wall_time="float"` NaN); a column `hparam.NAME` for each hyperparameter of any session (float64, bool, or
    text; text with what is not text as JSON where sessions differ in type); a column `metric.TAG` for the scalars of
    the session's run, and `metric.GROUP.TAG` for those of the runs below it (float64, the last value). What a session does not have is
    null.

    Attributes:
        metrics: From the name of each column of a metric to its group and tag.
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        sessions: Sequence[str],
        scalars: Scalars,
        chosen: str = "last",
    ) -> None:
        self._own = dict(columns)
        self._sessions = list(sessions)
        self._scalars = scalars
        self._chosen: Scalars = getattr(scalars, chosen)()
        self._found = _found(self._sessions, self._chosen)
        self.metrics = _names({metric for _, metric, _ in self._found})
        super().__init__({**self._own, **self._metric_columns()})

    def first(self) -> "HParams":
        """The table with the first value of each metric."""
        return HParams(self._own, self._sessions, self._scalars, "first")

    def last(self) -> "HParams":
        """The table with the last value of each metric, as `Log.hparams` has it."""
        return HParams(self._own, self._sessions, self._scalars, "last")

    def min(self) -> "HParams":
        """The table with the lowest value of each metric; NaN only where there is nothing else."""
        return HParams(self._own, self._sessions, self._scalars, "min")

    def max(self) -> "HParams":
        """The table with the highest value of each metric; NaN only where there is nothing else."""
        return HParams(self._own, self._sessions, self._scalars, "max")

    def points(self) -> Table:
        """The values of the metrics that the table has, one row each, with their steps and times.

        Returns:
            `run` (of the session), `group` (of the metric; empty for the session's own run), `tag` (text, categorical), `step` (int64),
            `wall_time`, `value` (float64).
        """
        points = self._chosen[np.array([row for _, _, row in self._found], np.int64)]
        return Table(
            {
                "run": categories([at for at, _, _ in self._found], self._sessions),
                "group": repeated([metric.group for _, metric, _ in self._found]),
                **points.select(["tag", "step", "wall_time", "value"])._columns,
            }
        )

    def _metric_columns(self) -> dict[str, Column]:
        rows = len(self._sessions)
        values = {metric: np.zeros(rows) for metric in self.metrics.values()}
        there = {metric: np.zeros(rows, bool) for metric in values}
        known = self._chosen["value"]
        for at, metric, row in self._found:
            values[metric][at] = known[row]
            there[metric][at] = True
        return {
            name: numbers(values[metric], there[metric])
            for name, metric in self.metrics.items()
        }


def _found(sessions: Sequence[str], points: Scalars) -> list[tuple[int, Metric, int]]:
    """Place of the session, metric, and row of each point that is one of a session: of its own run, or of one below it.

    A run belongs to the session with the longest name, as on TensorBoard's page; the log directory itself can be one too.
    """
    places = {run: place for place, run in enumerate(sessions)}
    owners: dict[str, tuple[int, str] | None] = {}
    found = []
    pairs = zip(points["run"].tolist(), points["tag"].tolist(), strict=True)
    for row, (run, tag) in enumerate(pairs):
        if run not in owners:
            owners[run] = _owner(places, run)
        if (owner := owners[run]) is not None:
            found.append((owner[0], Metric(owner[1], tag), row))
    return sorted(found, key=lambda one: (one[0], one[1].tag, one[1].group))


def _owner(places: Mapping[str, int], run: str) -> tuple[int, str] | None:
    """Place of a run's session, and the run relative to it."""
    parts = run.split("/")
    for count in range(len(parts), 0, -1):
        session = "/".join(parts[:count])
        if session in places:
            return places[session], "/".join(parts[count:])
    return (places["."], run) if "." in places else None


def _names(metrics: set[Metric]) -> dict[str, Metric]:
    """From the name of each column to its metric; names are those of TensorBoard's page, with a number where two are the same."""
    made: dict[str, Metric] = {}
    for metric in sorted(metrics, key=lambda metric: (metric.tag, metric.group)):
        group = f"{metric.group}." if metric.group else ""
        name = plain = f"metric.{group}{metric.tag}"
        number = 1
        while name in made:
            number += 1
            name = f"{plain}#{number}"
        made[name] = metric
    return made
