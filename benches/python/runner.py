"""Takes turns between contenders, so that what else the machine does hits all of them alike."""

import gc
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.python import check
from benches.python.contenders import CONTENDERS, Contender
from benches.python.scenario import ImportScenario, Scenario

WARM_UP = 20
"""Most calls of the warm-up: imports, caches, first threads."""
LATENCY_SHARE = 0.999


@dataclass
class Times:
    """What one contender took for one scenario, in seconds."""

    caller: list[float] = field(default_factory=list)
    """Time of a call as its caller sees it, one mean per round."""
    total: list[float] = field(default_factory=list)
    """From the first call to the return of `close()`, divided by the number of calls, one per round."""
    latencies: list[float] = field(default_factory=list)
    """Single calls of all rounds, if the scenario asks for them; the clock's own time is part of each."""

    def tail(self) -> float | None:
        """Return the time that 99.9 % of the calls do not exceed."""
        if not self.latencies:
            return None
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * LATENCY_SHARE))]

    def summary(self) -> dict[str, Any]:
        """Return best and median of both times, and the tail."""
        return {
            "caller_best": min(self.caller),
            "caller_median": statistics.median(self.caller),
            "total_best": min(self.total),
            "total_median": statistics.median(self.total),
            "caller_p999": self.tail(),
            "rounds": len(self.caller),
        }


def measure(
    scenario: Scenario | ImportScenario, rounds: int, limit: float
) -> dict[str, Times]:
    """Measure all contenders of a scenario in turns: A B C, A B C, and so on.

    Args:
        scenario: What to log.
        rounds: How often, at most.
        limit: Seconds after which no further round begins.

    Returns:
        From contender to its times.

    Raises:
        WrongAnswerError: A file does not hold what was logged.
    """
    turn = (
        _import_turns(scenario)
        if isinstance(scenario, ImportScenario)
        else _log_turns(scenario)
    )
    times: dict[str, Times] = {}
    began = time.monotonic()
    for index in range(rounds):
        for contender in CONTENDERS:
            turn(contender, times)
        if index + 1 < rounds and time.monotonic() - began > limit:
            break
    return times


Turn = Callable[[Contender, dict[str, Times]], None]


def _log_turns(scenario: Scenario) -> Turn:
    calls = scenario.calls
    data = scenario.prepare(calls)

    def once(contender: Contender, steps: Any, given: Any) -> tuple[float, float]:
        folder = tempfile.mkdtemp(prefix="tensorbolt-bench-")
        try:
            writer = contender.writer(folder)
            caller, total = _timed(scenario.acts[contender.name], writer, given, steps)
            try:
                scenario.verify(scenario.read(Path(folder)), given, len(steps))
            except check.WrongAnswerError as error:
                raise check.WrongAnswerError(
                    f"{scenario.name}, {contender.name}: {error}"
                ) from None
        finally:
            shutil.rmtree(folder)
        return caller / len(steps), total / len(steps)

    def turn(contender: Contender, times: dict[str, Times]) -> None:
        if contender.name not in scenario.acts:
            return
        if contender.name not in times:
            few = max(1, min(calls // 4, WARM_UP))
            once(
                contender,
                range(few),
                _head(data, WARM_UP) if scenario.heavy else _head(data, few, list),
            )
        mine = times.setdefault(contender.name, Times())
        caller, total = once(contender, range(calls), data)
        mine.caller.append(caller)
        mine.total.append(total)
        if scenario.latency:
            stamped = Stamped(calls)
            once(contender, stamped, data)
            mine.latencies.extend(stamped.gaps())

    return turn


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


def _import_turns(scenario: ImportScenario) -> Turn:
    def turn(contender: Contender, times: dict[str, Times]) -> None:
        load = f"import {scenario.loaded}\n" if scenario.loaded else ""
        script = (
            f"{load}import time\nbegan = time.perf_counter()\nfrom {contender.module} import SummaryWriter\n"
            "print(time.perf_counter() - began)"
        )
        # -W: what the incumbents deprecate does not matter here.
        command = [sys.executable, "-W", "ignore", "-c", script]
        if contender.name not in times:
            _output(command)  # the disk's cache, and compiled bytecode
        seconds = float(_output(command))
        mine = times.setdefault(contender.name, Times())
        mine.caller.append(seconds)
        mine.total.append(seconds)

    return turn


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
