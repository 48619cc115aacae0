"""Takes turns between contenders, so that what else the machine does hits all of them alike.

Each contender has a process of its own for the whole run: threads, imports and memory of one do not affect
another, and tensorbolt can take part with one thread and with two.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypedDict

from benches.python.contenders import EVERYONE, OURS, REFERENCE_WRITERS, Contender
from benches.python.scenario import ImportScenario, Scenario
from benches.python.worker import Round, serve


class Times(TypedDict):
    """What one contender took for one scenario: a number of each kind per round."""

    caller: list[float]
    """Seconds of a call as its caller sees it."""
    total: list[float]
    """Seconds from the first call to the return of `close()`, per call; empty where there is nothing to close."""
    bytes: list[int]
    """Size of the log of all calls."""
    tail: dict[str, float]
    """Seconds of single calls of all rounds: `p50`, `p99`, `p99.9`, `max`; empty unless the scenario asks."""


class Runner:
    """The contenders' processes, started when first needed; a context manager that ends them."""

    def __init__(self) -> None:
        self._workers: dict[str, tuple[BaseProcess, Connection]] = {}

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self._workers.values():
            pipe.close()
            process.join(10)
            process.kill()

    def measure(
        self, scenario: Scenario | ImportScenario, rounds: int, limit: float
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
        times: dict[str, Times] = {}
        latencies: dict[str, list[float]] = {}
        began = time.monotonic()
        for index in range(rounds):
            for contender in contenders_of(scenario):
                done = self._round(scenario, contender, first=index == 0)
                mine = times.setdefault(
                    contender.name, Times(caller=[], total=[], bytes=[], tail={})
                )
                mine["caller"].append(done.caller)
                if isinstance(scenario, Scenario):
                    mine["total"].append(done.total)
                    mine["bytes"].append(done.bytes)
                latencies.setdefault(contender.name, []).extend(done.latencies)
            if index + 1 < rounds and time.monotonic() - began > limit:
                break
        for name, single in latencies.items():
            times[name]["tail"] = _tail(single)
        return times

    def _round(
        self, scenario: Scenario | ImportScenario, contender: Contender, first: bool
    ) -> Round:
        if isinstance(scenario, ImportScenario):
            return _import_round(scenario, contender, first)
        _, pipe = self._worker(contender)
        pipe.send(scenario.name)
        try:
            answer: Round | Exception = pipe.recv()
        except EOFError:
            raise RuntimeError(
                f"{scenario.name}: the process of {contender.name} has died"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _worker(self, contender: Contender) -> tuple[BaseProcess, Connection]:
        if contender.name not in self._workers:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            # A daemon, so that nothing outlives a run that fails.
            process = context.Process(
                target=serve, args=(theirs, contender), daemon=True
            )
            with _environment(contender.environment):
                process.start()
            theirs.close()
            self._workers[contender.name] = process, ours
        return self._workers[contender.name]


def contenders_of(scenario: Scenario | ImportScenario) -> list[Contender]:
    """Return who takes part, in the order of the turns."""
    if isinstance(scenario, ImportScenario):
        return [OURS, *REFERENCE_WRITERS]
    return [one for one in EVERYONE if one.name in scenario.acts and one.available]


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _tail(latencies: list[float]) -> dict[str, float]:
    if not latencies:
        return {}
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    return {"p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999), "max": ordered[-1]}


def _import_round(scenario: ImportScenario, contender: Contender, first: bool) -> Round:
    load = f"import {scenario.loaded}\n" if scenario.loaded else ""
    script = (
        f"{load}import time\nbegan = time.perf_counter()\nfrom {contender.module} import SummaryWriter\n"
        "print(time.perf_counter() - began)"
    )
    # -W: what the reference writers deprecate does not matter here.
    command = [sys.executable, "-W", "ignore", "-c", script]

    def output() -> Any:
        return subprocess.run(command, check=True, capture_output=True, text=True)

    if first:
        output()  # the disk's cache, and compiled bytecode
    return Round(float(output().stdout), 0.0, 0, [])
