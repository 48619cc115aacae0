"""Times calls in batches, each followed by a flush; then the storage by itself."""

import contextlib
import io
import os
import platform
import shutil
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import tensorbolt
from tensorbolt.cli.bench.calls import calls, reference_writers

BATCH_SECONDS = 0.05
"""Seconds that the calls of a batch take; a batch has one call at least."""
MAX_CALLS = 10_000
WARM_UP_CALLS = 2
"""Calls before the timed ones."""
STORE_SHARE = 0.15
"""Share of the time for the storage and for flushing."""
CHUNK_BYTES = 1 << 20
MAX_CHUNKS = 512

Numbers = dict[str, Any]


class Timed(NamedTuple):
    """Seconds of a call, as the median of its batches, and bytes of a call."""

    caller: float
    total: float
    bytes: float
    calls: int


def measure(directory: Path, seconds: float, compare: bool) -> Numbers:
    """Return `machine`, `calls`, `store` and `notes`.

    Args:
        directory: An empty directory to write into.
        seconds: About how long the whole measurement takes.
        compare: Whether to measure the reference writers, too.
    """
    kinds: dict[str, Any] = {"tensorbolt": tensorbolt.SummaryWriter}
    notes: list[str] = []
    if compare:
        found, notes = reference_writers()
        kinds.update(found)
    rows = calls()
    share = seconds * (1 - STORE_SHARE) / (len(rows) * len(kinds))
    progress = _Progress(len(rows) * len(kinds) + 1)
    numbers: dict[str, Numbers] = {}
    for row in rows:
        numbers[row.name] = {"what": row.what, "writers": {}}
        for name, kind in kinds.items():
            progress.show(f"{row.what}, {name}")
            log = row.log if name == "tensorbolt" else row.theirs or row.log
            place = directory / f"{name}-{row.name.replace('/', '-')}"
            try:
                timed = _call(kind, place, log, share, row.min_bytes)._asdict()
            except Exception as error:
                if name == "tensorbolt":
                    raise
                notes.append(f"{name} cannot log {row.what}: {error}")
                timed = None
            numbers[row.name]["writers"][name] = timed
            shutil.rmtree(place, ignore_errors=True)
    progress.show("the storage")
    store = _store(directory, seconds * STORE_SHARE)
    progress.end()
    return {"machine": _machine(), "calls": numbers, "store": store, "notes": notes}


def _call(
    kind: Callable[..., Any],
    directory: Path,
    log: Callable[[Any, int], None],
    seconds: float,
    min_bytes: int,
) -> Timed:
    # The table has no place for what the reference writers print and warn of.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        writer = kind(str(directory))
        # Starts threads and fills tables and caches.
        log(writer, 0)
        writer.flush()
        began = time.perf_counter()
        log(writer, 1)
        once = max(time.perf_counter() - began, 1e-9)
        writer.flush()
        batch = max(1, min(MAX_CALLS, int(min(BATCH_SECONDS, seconds / 10) / once)))
        done = WARM_UP_CALLS
        caller: list[float] = []
        total: list[float] = []
        began = time.perf_counter()
        while not caller or time.perf_counter() < began + seconds:
            start = time.perf_counter()
            for step in range(done, done + batch):
                log(writer, step)
            returned = time.perf_counter()
            writer.flush()
            total.append((time.perf_counter() - start) / batch)
            caller.append((returned - start) / batch)
            done += batch
        writer.close()
    # Over all calls, because some writers write only on closing.
    written = _size(directory) / done
    if written < min_bytes:
        raise RuntimeError(f"wrote {written:.0f} bytes a call")
    return Timed(statistics.median(caller), statistics.median(total), written, done)


def _store(directory: Path, seconds: float) -> Numbers:
    """Return the rate of the storage and the times of flushes, with and without waiting for the device."""
    with tensorbolt.SummaryWriter(directory / "flush") as writer:
        flushes = _flushes(writer, seconds / 4)
    with tensorbolt.SummaryWriter(directory / "sync", fsync=True) as writer:
        synced = _flushes(writer, seconds / 4)
    piece = "x" * CHUNK_BYTES
    with tensorbolt.SummaryWriter(directory / "bulk", fsync=True) as writer:
        writer.flush()
        began, pieces = time.perf_counter(), 0
        while pieces < MAX_CHUNKS and time.perf_counter() < began + seconds / 2:
            for _ in range(8):
                writer.add_text("bulk", piece, pieces)
                pieces += 1
            writer.flush()
        rate = pieces * CHUNK_BYTES / (time.perf_counter() - began)
    return {"bytes_per_second": rate, "flush": flushes, "flush_with_fsync": synced}


def _flushes(writer: Any, seconds: float) -> Numbers:
    taken: list[float] = []
    began = time.perf_counter()
    while not taken or time.perf_counter() < began + seconds:
        writer.add_scalar("loss", 0.5, len(taken))
        start = time.perf_counter()
        writer.flush()
        taken.append(time.perf_counter() - start)
    return {
        "median": statistics.median(taken),
        "slowest": max(taken),
        "count": len(taken),
    }


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _cores() -> int | None:
    """Cores that this process may use; where the system does not say it, those of the machine."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _machine() -> Numbers:
    return {
        "processor": _processor(),
        "cores": _cores(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "tensorbolt": tensorbolt.__version__,
        "threads": os.environ.get("TENSORBOLT_THREADS"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1] for line in lines if line.startswith("model name"))
    return next(names, platform.machine()).strip()


class _Progress:
    """Prints to stderr what is being measured: on one line of a terminal, on many lines elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        self._done += 1
        line = f"[{self._done}/{self._count}] {text}"
        if self._terminal:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
