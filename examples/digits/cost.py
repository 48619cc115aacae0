"""What logging costs, and the summary in the terminal."""

import shlex
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tensorbolt import SummaryWriter


class Timed:
    """Passes calls on to a writer, and adds up how long they hold their caller.

    Only for the summary that this example prints: your own code has no need of it.
    """

    def __init__(self, writer: SummaryWriter) -> None:
        self.writer = writer
        self.calls: Counter[str] = Counter()
        self.nanoseconds: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self.timed(name, getattr(self.writer, name))

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that is counted and timed."""

        @wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter_ns()
            try:
                return call(*args, **kwargs)
            finally:
                self.nanoseconds[name] += time.perf_counter_ns() - begin
                self.calls[name] += 1

        return timed


Writer: TypeAlias = SummaryWriter | Timed


class Cost(NamedTuple):
    """What one run took: its training loop, and the logging within."""

    loop: float
    nanoseconds: Counter[str]
    calls: Counter[str]
    stats: dict[str, Any]


def print_summary(directory: Path, costs: list[Cost]) -> None:
    """Print what was written, what it cost, and how to look at it."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    events = sum(cost.stats["events"] for cost in costs)
    lost = sum(cost.stats["dropped"] for cost in costs)
    loop = sum(cost.loop for cost in costs)
    nanoseconds = sum((cost.nanoseconds for cost in costs), Counter())
    calls = sum((cost.calls for cost in costs), Counter())
    held = nanoseconds.total() / 1e9

    print()
    print(f"Wrote {events:,} events, {size / 1e6:.1f} MB, to {directory}")
    if lost:
        print(f"Lost {lost:,} events: {costs[-1].stats['last_error']}")
    print(f"The training loops took {loop:.1f} s; logging held them for")
    for name, spent in nanoseconds.most_common():
        print(f"{spent / 1e6:>10.1f} ms in {calls[name]:>5,} calls of {name}")
    print(f"{held * 1000:>10.1f} ms in all, {held / loop:.2%} of their time")
    print()
    print(f"Look at it: {tensorboard()} --logdir {shlex.quote(str(directory))}")


def tensorboard() -> str:
    """Return how to start TensorBoard, which may be in a virtual environment."""
    installed = Path(sys.executable).with_name("tensorboard")
    if shutil.which("tensorboard") or not installed.exists():
        return "tensorboard"
    inside = installed.is_relative_to(Path.cwd())
    return shlex.quote(str(installed.relative_to(Path.cwd()) if inside else installed))
