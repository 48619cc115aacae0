"""Running the examples, each in a process of its own, a few at a time."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
"""Of all examples that are one file."""

UNCHANGED = "unchanged"
"""The example that knows nothing of tensorbolt."""

SECONDS = 300
"""Generous: on a busy machine torch alone takes long to import."""


def command(name: str, logdir: Path, *options: str) -> list[str]:
    """Return the command that runs an example."""
    program = ["-m", f"examples.{name}"]
    if name == UNCHANGED:
        program = ["-m", "tensorbolt", "run", f"examples/{name}.py"]
    return [sys.executable, *program, f"--logdir={logdir}", *options]


def run(name: str, logdir: Path, *options: str) -> str:
    """Run an example; return what it printed. Fails if the example does."""
    done = subprocess.run(
        command(name, logdir, *options),
        cwd=ROOT,
        # Several run at once; more threads in each would only wait for each other.
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"example {name} failed:\n{done.stdout}"
    return done.stdout


class Runs:
    """Runs examples in the background; to be used in a `with` block.

    Args:
        names: Examples to run, in this order.
        parent: Directory for their logs. An example whose log is there already, whole, is not run again.
    """

    def __init__(self, names: Iterable[str], parent: Path) -> None:
        self._parent = parent
        self._pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1))
        self._outputs: dict[str, Future[str]] = {
            name: self._pool.submit(self._run, name) for name in names
        }

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def output(self, name: str) -> str:
        """Wait for an example; return what it printed."""
        return self._outputs[name].result()

    def logdir(self, name: str) -> Path:
        """Wait for an example; return its log directory."""
        self.output(name)
        return self._place(name)

    def _run(self, name: str) -> str:
        """Run an example, unless what it printed says that it has been run; return what it printed."""
        printed = self._parent / name / "printed.txt"
        if printed.exists():
            return printed.read_text(encoding="utf-8")
        shutil.rmtree(self._parent / name, ignore_errors=True)
        text = run(name, self._place(name))
        printed.write_text(text, encoding="utf-8")
        return text

    def _place(self, name: str) -> Path:
        # As if each had been started in a directory of its own.
        return self._parent / name / "runs" / name
