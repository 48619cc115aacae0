"""How long calls of other ranks take while one rank is killed and another one is stopped for a minute.

    python -m benches.python.stopped_rank [SECONDS]

Ranks 0 to 2 log a scalar every millisecond, and rank 0 makes the curves. In the second round rank 3 is killed while it logs, and
rank 4 is stopped for as long as the round takes (60 seconds), in the worst place: while it holds the lock of the stream that all
share. On a busy machine any call may take long, because another process has the processor. The kernel counts for how long a thread
could run and had none (`schedstat`). What a call takes without that time is its own: it runs, or it waits for something. Of those
longer than a millisecond the kernel's count of voluntary context switches says how many waited.
"""

import itertools
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tensorbolt import SummaryWriter

FORK = multiprocessing.get_context("fork")
RANKS, LOGGERS = 5, 3
LONG = 1e-3


class _Call(NamedTuple):
    """Seconds of a call."""

    wall: float
    """From its begin to its end."""
    own: float
    """Without those in which the thread could have run and had no processor."""
    waited: bool
    """Whether the thread gave up its processor by itself."""


class _Calls:
    """Measures calls of this thread."""

    def __init__(self) -> None:
        self._delays = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self.all: list[_Call] = []

    def _delay(self) -> float:
        return int(os.pread(self._delays, 100, 0).split()[1]) * 1e-9

    def measure(self, call: Callable[[], None]) -> None:
        waits = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        delay = self._delay()
        began = time.perf_counter()
        call()
        wall = time.perf_counter() - began
        # Read last: the delay of the reading itself is taken off as well, so it cannot make a call longer.
        delay = self._delay() - delay
        waits = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - waits
        self.all.append(_Call(wall, max(0.0, wall - delay), waits > 0))


def _log(directory: str, rank: int, seconds: float, out: Connection) -> None:
    """Log for some seconds; send what calls took."""
    writer = SummaryWriter(directory, ranks="reduce", rank=rank, world_size=RANKS)
    writer.add_scalar("loss", 0.0, 0)
    out.send(None)
    calls = _Calls()
    end = time.perf_counter() + seconds
    for step in itertools.count(1):
        calls.measure(partial(writer.add_scalar, "loss", float(step), step))
        if time.perf_counter() > end:
            break
        time.sleep(0.001)
    stats = writer.stats()
    out.send((calls.all, stats["blocked_seconds"], stats["dropped"]))


def _flood(directory: str, rank: int) -> None:
    """Append without end."""
    writer = SummaryWriter(directory, ranks="reduce", rank=rank, world_size=RANKS)
    for step in itertools.count():
        writer.add_scalar("loss", float(step), step)
        writer.flush()


def holds_a_lock(pid: int) -> bool:
    """Whether a process has locked a file for itself alone, as the kernel says."""
    lines = Path("/proc/locks").read_text().splitlines()
    held = (line.split() for line in lines if "->" not in line)
    return any(
        fields[1] == "FLOCK" and fields[3] == "WRITE" and int(fields[4]) == pid
        for fields in held
    )


def stop_in_an_append(pid: int) -> None:
    """Stop a process that floods its stream at a moment at which it holds the lock."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
        if holds_a_lock(pid):
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.002)


def measure(seconds: float, *, harms: bool) -> None:
    """Print what calls took in one round."""
    with tempfile.TemporaryDirectory() as directory:
        loggers, ends = [], []
        for rank in range(LOGGERS):
            mine, theirs = FORK.Pipe()
            args = (directory, rank, seconds, theirs)
            loggers.append(FORK.Process(target=_log, args=args))
            loggers[-1].start()
            ends.append(mine)
            mine.recv()
        floods = [
            FORK.Process(target=_flood, args=(directory, rank))
            for rank in range(LOGGERS, RANKS)
        ]
        for flood in floods if harms else []:
            flood.start()
        if harms:
            time.sleep(1)
            floods[0].kill()
            stop_in_an_append(floods[1].pid or 0)
        for rank, end in enumerate(ends):
            calls, blocked, dropped = end.recv()
            walls = sorted(call.wall for call in calls)
            owns = sorted(call.own for call in calls)
            waited = sum(call.own > LONG and call.waited for call in calls)
            print(
                f"| {'killed, stopped' if harms else 'neither'} | {rank} | {len(walls):,} "
                f"| {walls[len(walls) // 2] * 1e6:.1f} µs | {walls[-1] * 1e3:.2f} ms | {sum(one > LONG for one in walls)} "
                f"| {owns[-len(owns) // 1000] * 1e6:.0f} µs | {owns[-1] * 1e3:.2f} ms | {sum(one > LONG for one in owns)} | {waited} "
                f"| {blocked:.3f} s | {dropped} |"
            )
        for flood in floods if harms else []:
            flood.kill()
            flood.join()
        for logger in loggers:
            # Its curves lack the ranks that do not answer; they are not measured.
            logger.kill()
            logger.join()


def main() -> None:
    """Two rounds."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    print(
        "| others | rank | calls | median | longest | over 1 ms | 1 in 1000 without the queue | longest without it "
        "| over 1 ms without it | of these waited | blocked | dropped |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for harms in (False, True, False, True):
        measure(seconds, harms=harms)


if __name__ == "__main__":
    main()
