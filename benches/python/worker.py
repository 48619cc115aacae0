"""A contender's process: makes the data, logs them against the clock, reads back what was written."""

import gc
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from benches.python import check, others
from benches.python.contenders import OTHERS, OURS, OURS_ALONE, Contender
from benches.python.scenario import Scenario
from benches.python.suite import scenario_of

WARM_UP = 20
"""Most calls of the warm-up: imports, caches, first threads."""


class Round(NamedTuple):
    """What one round took."""

    caller: float
    """Seconds of a call as its caller sees it; the mean."""
    total: float
    """Seconds from the first call to the return of `close()`, divided by the number of calls."""
    bytes: int
    """Size of the log."""
    latencies: list[float]
    """Seconds of single calls, if the scenario asks for them; the clock's own time is part of each."""


def serve(pipe: Connection, contender: Contender) -> None:
    """Answer requests until the other end closes: the name of a scenario in, a `Round` or an exception out."""
    bench = _Bench(contender)
    while True:
        try:
            name = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(bench.round(name))
        except check.WrongAnswerError as error:
            pipe.send(check.WrongAnswerError(f"{name}, {contender.name}: {error}"))
        except Exception as error:
            problem = f"{name}, {contender.name}: {type(error).__name__}: {error}"
            pipe.send(RuntimeError(problem))


class _Bench:
    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._scenario: Scenario | None = None
        self._data: Any = None

    def round(self, name: str) -> Round:
        scenario = scenario_of(name)
        calls = scenario.calls
        if self._scenario is not scenario:
            self._data = None  # not two scenarios' data at a time
            self._data = scenario.prepare(calls)
            self._scenario = scenario
            few = max(1, min(calls // 4, WARM_UP))
            kinds = () if scenario.heavy else (list,)
            self._once(
                range(few),
                _head(self._data, WARM_UP if scenario.heavy else few, *kinds),
            )
        caller, total, size = self._once(range(calls), self._data)
        latencies: list[float] = []
        if scenario.latency:
            stamped = Stamped(calls)
            self._once(stamped, self._data)
            latencies = stamped.gaps()
        return Round(caller, total, size, latencies)

    def _once(self, steps: Any, data: Any) -> tuple[float, float, int]:
        assert self._scenario is not None
        scenario, contender = self._scenario, self._contender
        directory = Path(tempfile.mkdtemp(prefix="tensorbolt-bench-"))
        try:
            writer = self._writer(directory)
            act = scenario.acts[contender.name]
            caller, total = _timed(act, writer, data, steps)
            size = sum(
                path.stat().st_size for path in directory.rglob("*") if path.is_file()
            )
            if contender in OTHERS:
                found = getattr(others, contender.kind).held(directory)
                check.same("number of points", found, len(steps))
            elif contender.kind != "Nothing":
                scenario.verify(scenario.read(directory), data, len(steps))
        finally:
            shutil.rmtree(directory)
        return caller / len(steps), total / len(steps), size

    def _writer(self, directory: Path) -> Any:
        assert self._scenario is not None
        scenario, contender = self._scenario, self._contender
        ours = contender in (OURS, OURS_ALONE)
        options = scenario.options if ours else {}
        if scenario.writers == 1:
            return contender.writer(str(directory), **options)
        return Fleet(
            [
                contender.writer(str(directory / f"{index:05}"), **options)
                for index in range(scenario.writers)
            ]
        )


class Fleet:
    """Many writers; a scalar goes to each of them."""

    def __init__(self, writers: list[Any]) -> None:
        self._writers = writers

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        for writer in self._writers:
            writer.add_scalar(tag, value, step)

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


def _head(data: Any, count: int, *kinds: type) -> Any:
    """Return the beginning of data, or all of it if it is not of these kinds; a first call must not be what is timed."""
    if kinds and not isinstance(data, kinds):
        return data
    return dict(list(data.items())[:count]) if isinstance(data, dict) else data[:count]


def _timed(
    act: Callable[[Any, Any, Any], None], writer: Any, data: Any, steps: Any
) -> tuple[float, float]:
    """Return the caller's time for all steps, and the time until the file is closed."""
    gc.collect()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            began = time.perf_counter()
            act(writer, data, steps)
            returned = time.perf_counter()
            writer.close()
            closed = time.perf_counter()
    finally:
        gc.enable()
    return returned - began, closed - began


class Stamped(Sequence[int]):
    """Steps that note the time whenever the next one is asked for: the loop under test stays as it is."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._stamps: list[float] = []

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return range(self._count)[index]

    def __iter__(self) -> Iterator[int]:
        stamp, clock = self._stamps.append, time.perf_counter
        for step in range(self._count):
            stamp(clock())
            yield step
        stamp(clock())

    def gaps(self) -> list[float]:
        """Return how long each step took."""
        return [
            after - before
            for before, after in zip(self._stamps, self._stamps[1:], strict=False)
        ]
