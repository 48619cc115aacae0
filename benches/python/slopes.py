"""How steep a curve is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from benches.python.results import best


class Line(NamedTuple):
    """A straight line through the logarithms of a contender's times."""

    places: list[int]
    seconds: list[float]
    slope: float

    @property
    def ends(self) -> tuple[tuple[int, float], tuple[int, float]]:
        """The first and the last place, each with its time."""
        return (self.places[0], self.seconds[0]), (self.places[-1], self.seconds[-1])


def slopes(curve: dict[str, Any]) -> Iterator[tuple[str, str, Line]]:
    """Yield contender, `caller` or `total`, and line, for each of which there are two points or more."""
    names = dict.fromkeys(
        name for point in curve["points"].values() for name in point["contenders"]
    )
    for which in ("caller", "total"):
        for name in names:
            found = [
                (int(place), taken)
                for place, point in curve["points"].items()
                if name in point["contenders"]
                and (taken := best(point["contenders"][name], which))
            ]
            if len(found) > 1:
                places, seconds = (list(axis) for axis in zip(*found, strict=True))
                slope = float(np.polyfit(np.log(places), np.log(seconds), 1)[0])
                yield name, which, Line(places, seconds, slope)
