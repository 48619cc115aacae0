"""The programs that `benches.python.remote` measures: each makes its writers, says `ready`, and begins when it is ordered to.

The last line that one prints is what it found, as JSON.
"""

import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorbolt

SCALARS = 20
"""Scalars between two flushes."""


def begin() -> None:
    """Say that all is made, and wait for the order."""
    print("ready", flush=True)
    sys.stdin.readline()


def flushes(target: str, count: str) -> dict[str, Any]:
    """Flush after each few scalars."""
    with tensorbolt.SummaryWriter(target) as writer:
        begin()
        for step in range(int(count) * SCALARS):
            writer.add_scalar("loss", step / 8, step)
            if step % SCALARS == SCALARS - 1:
                writer.flush()
    return {}


def latency(local: str, remote: str, seconds: str) -> dict[str, Any]:
    """Log to a file and to the store in turn, and take the time of each call."""
    writers = {name: tensorbolt.SummaryWriter(name) for name in (local, remote)}
    writers[remote].add_scalar("loss", 0, 0)
    writers[remote].flush()
    begin()
    times: dict[str, list[float]] = {local: [], remote: []}
    gc.disable()
    clock, end = time.perf_counter, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for name, writer in writers.items():
            add, found = writer.add_scalar, times[name]
            for step in range(1000):
                before = clock()
                add("loss", 0.5, step)
                found.append(clock() - before)
            writer.flush()
        time.sleep(0.05)
    print(json.dumps(_quantiles(times[local], times[remote])), flush=True)
    # How long `close` waits for the store is not what is measured here.
    os._exit(0)


def _quantiles(local: list[float], remote: list[float]) -> dict[str, float]:
    def high(times: list[float]) -> float:
        return sorted(times)[int(len(times) * 0.999)]

    return {"local": high(local), "remote": high(remote), "most": max(remote)}


def memory(target: str, mebibytes: str) -> dict[str, Any]:
    """Log text that does not compress, as fast as the store takes it."""
    generator = random.Random(1)
    with tensorbolt.SummaryWriter(target) as writer:
        begin()
        first = most = 0
        for step in range(int(mebibytes)):
            writer.add_text("text", generator.randbytes(1 << 19).hex(), step)
            writer.flush()
            if step == 16:
                first = _resident()
            most = max(most, _resident())
    return {"grown": max(most, _resident()) - first}


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Keys:
    """Gives another access key at each call, which lives for some seconds."""

    def __init__(self, life: float) -> None:
        self._life, self._calls = life, 0

    def __call__(self) -> tuple[dict[str, str], float]:
        self._calls += 1
        keys = {
            "aws_access_key_id": f"key{self._calls}",
            "aws_secret_access_key": "secret",
        }
        return keys, time.time() + self._life


def steady(target: str, seconds: str, life: str) -> dict[str, Any]:
    """Log some hundred scalars each second, with keys that live for so many seconds; 0: with those of the environment."""
    options = {"credential_provider": Keys(float(life))} if float(life) else None
    with tensorbolt.SummaryWriter(
        target, storage_options=options, flush_secs=5
    ) as writer:
        begin()
        step, end = 0, time.monotonic() + float(seconds)
        while time.monotonic() < end:
            writer.add_scalar("loss", 0.5, step)
            step += 1
            time.sleep(0.005)
    return {"logged": step}


def writers(target: str, count: str, seconds: str) -> dict[str, Any]:
    """Log one scalar each second with each of the writers of a job."""
    made = [
        tensorbolt.SummaryWriter(
            target, ranks="reduce", rank=rank, world_size=int(count)
        )
        for rank in range(int(count))
    ]
    begin()
    first = time.monotonic()
    end, step = first + float(seconds), 0
    while time.monotonic() < end:
        for writer in made:
            writer.add_scalar("loss", 0.5, step)
        step += 1
        time.sleep(1)
    threads, last = len(os.listdir("/proc/self/task")), time.monotonic()
    # Rank 0 waits for the others.
    for writer in reversed(made):
        writer.close()
    return {"threads": threads, "begin": first, "end": last}


PROGRAMS: dict[str, Callable[..., dict[str, Any]]] = {
    program.__name__: program for program in (flushes, latency, memory, steady, writers)
}

if __name__ == "__main__":
    print(json.dumps(PROGRAMS[sys.argv[1]](*sys.argv[2:])))
