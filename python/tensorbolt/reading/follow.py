"""The curves of a log that is being written."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tensorbolt import _core
from tensorbolt.reading.discover import EventFile, event_files

#: Points of one curve that are kept; a terminal is never wider.
MAX_POINTS = 4096


@dataclass
class Curve:
    """The points of one tag of one run.

    A point with a lower step than the one before, as after a restart, replaces all points from its step on, as in
    TensorBoard.

    Attributes:
        steps: Steps, ascending.
        values: A value for each.
        last: Step and value of the latest point, or `None`.
    """

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    last: tuple[int, float] | None = None

    def add(self, step: int, value: float) -> None:
        """Add a point."""
        if self.last is not None and step < self.last[0]:
            self.purge(step)
        self.steps.append(step)
        self.values.append(value)
        self.last = (step, value)
        if len(self.steps) > MAX_POINTS:
            self._thin()

    def purge(self, step: int) -> None:
        """Remove the points from a step on."""
        first = bisect_left(self.steps, step)
        if first < len(self.steps):
            del self.steps[first:], self.values[first:]
            self.last = (self.steps[-1], self.values[-1]) if self.steps else None

    def _thin(self) -> None:
        """Keep the lowest and the highest of each four points, so that no peak is lost."""
        kept: list[int] = []
        for start in range(0, len(self.steps), 4):
            four = range(start, min(start + 4, len(self.steps)))
            kept += sorted({min(four, key=self._height), max(four, key=self._height)})
        self.steps = [self.steps[at] for at in kept]
        self.values = [self.values[at] for at in kept]

    def _height(self, at: int) -> float:
        value = self.values[at]
        # A plot cannot show NaN.
        return value if value == value else 0.0  # noqa: PLR0124 - only NaN differs from itself


@dataclass(frozen=True)
class Point:
    """One scalar; its time is in seconds since the epoch."""

    run: str
    tag: str
    step: int
    wall_time: float
    value: float


@dataclass(frozen=True)
class Choice:
    """Which curves to follow.

    Attributes:
        tags: Pattern that occurs in the tag; `None` is any.
        runs: Pattern that occurs in the name of the run; `None` is any.
    """

    tags: re.Pattern[str] | None = None
    runs: re.Pattern[str] | None = None

    def has_run(self, run: str) -> bool:
        """Whether curves of a run are wanted."""
        return self.runs is None or self.runs.search(run) is not None

    def has_tag(self, tag: str) -> bool:
        """Whether curves of a tag are wanted."""
        return self.tags is None or self.tags.search(tag) is not None


class FollowedLog:
    """All curves below a log directory.

    Attributes:
        curves: From tag to run to curve; both in the order in which they came.
        files: Event files so far.
    """

    def __init__(self, top: Path, choice: Choice) -> None:
        self._top = top
        self._choice = choice
        self._followers: dict[tuple[int, int], _core.Follower] = {}
        self.curves: dict[str, dict[str, Curve]] = {}
        self.files = 0

    def advance(self) -> Iterator[Point]:
        """Read the bytes added since the last call, and yield their points."""
        files = list(event_files(self._top))
        self.files = len(files)
        here = {file.identity for file in files}
        for gone in self._followers.keys() - here:
            del self._followers[gone]
        for file in files:
            if self._choice.has_run(file.run):
                yield from self._read(file)

    def damaged(self) -> int:
        """Return how many files have a place at which TensorBoard stops reading."""
        return sum(follower.damage > 0 for follower in self._followers.values())

    def _read(self, file: EventFile) -> Iterator[Point]:
        follower = self._followers.setdefault(file.identity, _core.Follower(file.path))
        more = file.size != follower.position
        while more:
            try:
                updates, more = follower.poll()
            except OSError:
                # The file was removed, or cannot be read for now; the next call tries again.
                return
            for tag, step, wall_time, value in updates:
                if tag is None:
                    self._purge(file.run, step)
                elif self._choice.has_tag(tag):
                    curves = self.curves.setdefault(tag, {})
                    curves.setdefault(file.run, Curve()).add(step, value)
                    yield Point(file.run, tag, step, wall_time, value)

    def _purge(self, run: str, step: int) -> None:
        for curves in self.curves.values():
            if run in curves:
                curves[run].purge(step)
