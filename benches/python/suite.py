"""All that is measured."""

from functools import cache

from benches.python.curves import curves
from benches.python.histograms import histograms
from benches.python.images import images
from benches.python.media import media
from benches.python.scalars import imports, mapping, scalars, series, texts
from benches.python.scenario import ImportScenario, Scenario
from benches.python.training import training


def table() -> list[Scenario | ImportScenario]:
    """Return the rows of the table, in order."""
    return [
        *scalars(),
        mapping(3, 2_000),
        mapping(10, 1_000),
        mapping(1_000, 3),
        mapping(100_000, 1),
        series(100_000, full=False),
        series(1_000_000, full=True),
        *histograms(),
        *images(),
        *media(),
        texts(),
        *imports(),
    ]


def scenario_of(name: str) -> Scenario:
    """Return a row of the table, a point of a curve or a training run, by its name."""
    return _all()[name]


@cache
def _all() -> dict[str, Scenario]:
    points = [point for curve in curves(full=True) for point in curve.points.values()]
    rows = [row for row in table() if isinstance(row, Scenario)]
    return {scenario.name: scenario for scenario in (*rows, *points, *training())}
