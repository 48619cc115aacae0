"""What `with writer.timed("forward"):` costs, next to `add_scalar`, in turns and by the processor time of the calling thread.

python -m benches.python.sections
"""

import tempfile
import time
from collections.abc import Callable

from tensorbolt import SummaryWriter

CALLS, ROUNDS = 20_000, 5


def _scalar(writer: SummaryWriter) -> None:
    for step in range(CALLS):
        writer.add_scalar("loss", 0.5, step)


def _with_step(writer: SummaryWriter) -> None:
    for step in range(CALLS):
        with writer.timed("forward", step):
            pass


def _without_step(writer: SummaryWriter) -> None:
    for _ in range(CALLS):
        with writer.timed("backward"):
            pass


CASES: dict[str, Callable[[SummaryWriter], None]] = {
    "`add_scalar` of a float": _scalar,
    "`timed` with a step": _with_step,
    "`timed` without a step": _without_step,
}


def main() -> None:
    """Measure all cases in turns, and print a table."""
    found: dict[str, list[float]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as directory, SummaryWriter(directory) as writer:
        _scalar(writer)
        for _ in range(ROUNDS):
            for name, work in CASES.items():
                began = time.thread_time()
                work(writer)
                found[name].append((time.thread_time() - began) / CALLS)
                writer.flush()
        assert writer.stats()["events"] == CALLS * (1 + ROUNDS * len(CASES))
    print("| call | µs, best | worst |\n|---|---:|---:|")
    for name, times in found.items():
        print(f"| {name} | {min(times) * 1e6:.2f} | {max(times) * 1e6:.2f} |")


if __name__ == "__main__":
    main()
