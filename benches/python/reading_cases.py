"""The rows of the comparison of readers: what each does, in the process that measures it.

Imports come before the clock starts. What a row adds to reading, such as a pivot, is timed without the reading.
"""

import fnmatch
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tensorbolt

#: Makes what is timed; that returns the number of points and the sum of their values.
Prepare = Callable[[Path], Callable[[], tuple[int, float]]]


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        name: Begins with the log.
        prepare: Everything that is not timed.
        is_peer: Whether it is another reader.
        is_partial: Whether it is known to return fewer points than there are.
    """

    name: str
    prepare: Prepare
    is_peer: bool = False
    is_partial: bool = False

    @property
    def log(self) -> str:
        """The log's name."""
        return self.name[0]


def ours(**options: Any) -> Prepare:
    """`tensorbolt.read` to Arrow's columns."""

    def prepare(path: Path) -> Callable[[], tuple[int, float]]:
        # Modules that the first call imports are not what is measured.
        _ = tensorbolt.read([]).scalars

        def work() -> tuple[int, float]:
            table = tensorbolt.read(path, kinds="scalars", **options).scalars
            table.__arrow_c_stream__()
            return len(table), float(table["value"].sum())

        return work

    return prepare


def after(what: str) -> Prepare:
    """What is done with a table that is there."""

    def prepare(path: Path) -> Callable[[], tuple[int, float]]:
        import pandas as pd
        import polars as pl

        table = tensorbolt.read(path, kinds="scalars").scalars
        if what == "pandas.pivot":
            frame = tensorbolt.read(path, kinds="scalars").scalars.to_pandas()
            frame = frame.astype({"run": str, "tag": str})
        calls: dict[str, Callable[[], Any]] = {
            "to_pandas": lambda: table.to_pandas()["value"].to_numpy(),  # noqa: PLW0108 - the conversion is what is timed
            "to_polars": lambda: pl.DataFrame(table)["value"].to_numpy(),  # noqa: PLW0108 - the conversion is what is timed
            "to_parquet": lambda: _written(table, "parquet"),
            "to_csv": lambda: _written(table, "csv"),
            "wide": lambda: _matrix(table.wide()),
            "pandas.pivot": lambda: pd.DataFrame.pivot(
                frame, index=["run", "step"], columns="tag", values="value"
            ).to_numpy(),
        }

        def work() -> tuple[int, float]:
            values = calls[what]()
            return int(np.isfinite(values).sum()), float(np.nansum(values))

        return work

    return prepare


def _written(table: Any, form: str) -> Any:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "points")
        getattr(table, f"to_{form}")(path)
        print(json.dumps({"file_bytes": path.stat().st_size}))
    return table["value"]


def _matrix(table: Any) -> Any:
    return np.stack([table[name] for name in table.column_names[2:]])


def counting(reads: bool) -> Prepare:
    """What a Python thread counts to in as long as reading takes, with reading or with an idle main thread."""

    def prepare(path: Path) -> Callable[[], tuple[int, float]]:
        wait = ours(threads=1)(path)
        began = time.perf_counter()
        answer = wait()
        seconds = time.perf_counter() - began

        def work() -> tuple[int, float]:
            ended = threading.Event()
            counts = [0]

            def count() -> None:
                while not ended.is_set():
                    counts[0] += 1

            thread = threading.Thread(target=count)
            thread.start()
            started = time.perf_counter()
            if reads:
                wait()
            else:
                time.sleep(seconds)
            elapsed = time.perf_counter() - started
            counted = counts[0]
            ended.set()
            thread.join()
            print(json.dumps({"counts_per_second": counted / elapsed}))
            return answer

        return work

    return prepare


def nothing_new(path: Path) -> Callable[[], tuple[int, float]]:
    """`reload` of a log that has not changed."""
    log = tensorbolt.read(path, kinds="scalars")
    table = log.scalars

    def work() -> tuple[int, float]:
        if log.reload():
            raise RuntimeError("the log has changed")
        return len(table), float(table["value"].sum())

    return work


def event_accumulator(path: Path) -> Callable[[], tuple[int, float]]:
    """TensorBoard's `EventAccumulator` of every run, without sampling."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def work() -> tuple[int, float]:
        count, total = 0, 0.0
        for run in sorted(path.iterdir()):
            log = EventAccumulator(str(run), {"scalars": 0, "images": 1})
            log.Reload()
            for tag in log.Tags()["scalars"]:
                values = [event.value for event in log.Scalars(tag)]
                count, total = count + len(values), total + sum(values)
        return count, total

    return work


def tbparse(path: Path) -> Callable[[], tuple[int, float]]:
    """tbparse, scalars only."""
    from tbparse import SummaryReader

    def work() -> tuple[int, float]:
        frame = SummaryReader(str(path), event_types={"scalars"}).scalars
        return len(frame), float(frame["value"].sum())

    return work


def reducer(path: Path) -> Callable[[], tuple[int, float]]:
    """tensorboard-reducer's loader."""
    from tensorboard_reducer import load_tb_events

    runs = [str(run) for run in sorted(path.iterdir())]

    def work() -> tuple[int, float]:
        frames = load_tb_events(runs, verbose=False).values()
        return sum(frame.size for frame in frames), float(
            sum(frame.to_numpy().sum() for frame in frames)
        )

    return work


def _peers(log: str) -> list[Case]:
    return [
        Case(f"{log} EventAccumulator", event_accumulator, is_peer=True),
        Case(f"{log} tbparse", tbparse, is_peer=True),
        # It keeps 10,000 points of each tag.
        Case(f"{log} tensorboard-reducer", reducer, True, log == "A"),
    ]


CASES = [
    Case("A read", ours()),
    *_peers("A"),
    Case("A to_pandas on top", after("to_pandas")),
    Case("A to_polars on top", after("to_polars")),
    Case("A to_parquet on top", after("to_parquet")),
    Case("A to_csv on top", after("to_csv")),
    Case("A wide on top", after("wide")),
    Case("A pandas.pivot", after("pandas.pivot")),
    Case("A counting thread, alone", counting(False)),
    Case("A counting thread, with a read", counting(True)),
    Case("B read", ours()),
    Case("B read, threads=1", ours(threads=1)),
    Case("B read, threads=2", ours(threads=2)),
    Case("B reload, nothing new", nothing_new),
    *_peers("B"),
    Case("C read", ours()),
    Case("C read, checksum=False", ours(checksum=False)),
    *_peers("C"),
]


def chosen(pattern: str) -> list[Case]:
    """The rows whose names a pattern fits."""
    return [case for case in CASES if fnmatch.fnmatch(case.name, pattern)]


def expected(log: str, path: Path) -> tuple[int, float]:
    """Points and sum of the values that were written, as `reading.write` has them."""
    from benches.python.reading import PERIOD, shape

    runs, tags, steps = shape(log, float(path.parent.name))
    one = float((np.arange(steps) % PERIOD / 8).sum())
    return runs * tags * steps, runs * tags * one


def main() -> None:
    """Measure one row; print a line of JSON.

    Raises:
        RuntimeError: The answer is wrong.
    """
    name, path = sys.argv[1], Path(sys.argv[2])
    (case,) = (case for case in CASES if case.name == name)
    work = case.prepare(path)
    before, asked = _peak(), _asked()
    cpu, wall = time.process_time(), time.perf_counter()
    points, total = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = _peak() - before
    if not case.is_partial and (points, total) != expected(case.log, path):
        raise RuntimeError(f"{name}: {points} points, sum {total}")
    result = {
        "cpu": cpu,
        "wall": wall,
        "memory": peak,
        "read": _asked() - asked,
        "points": points,
    }
    print(json.dumps(result))


def _peak() -> int:
    """The most bytes of memory that this program has had; `ru_maxrss` would count the parent's, from before `exec`."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _asked() -> int:
    """Bytes that this process has asked the system's read calls for, and got."""
    lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    return int(lines[0].partition(":")[2])


if __name__ == "__main__":
    main()
