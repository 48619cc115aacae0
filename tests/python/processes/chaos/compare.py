"""What becomes of a log on a bad day, with tensorbolt and both reference writers: `python -m tests.python.processes.chaos.compare`.

Each case runs in a fresh process for each writer, with a deadline, and what it left on disk is read as TensorBoard reads:
up to the first damaged record of each file. Prints the table of docs/reliability.md.
"""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from tests.python.processes.chaos.cases import BEGIN, CASES, Case
from tests.python.processes.chaos.conftest import Store
from tests.python.support.helpers import wait_until

MODULES = {
    "tensorbolt": "tensorbolt",
    "torch": "torch.utils.tensorboard",
    "tensorboardX": "tensorboardX",
}
DEADLINE = 30
"""Seconds after which a process counts as hung; importing torch on a busy machine takes a few."""


def read(directory: Path) -> tuple[int, int]:
    """Return how many scalars readers find below a directory, and how many files are damaged."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.tensorflow_stub import errors
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    found = damaged = 0
    for path in sorted(directory.rglob("*tfevents*")):
        reader = PyRecordReader_New(str(path))
        try:
            while True:
                reader.GetNext()
                values = Event.FromString(reader.record()).summary.value
                # How often a handler was called is not promised.
                found += sum(value.tag != "signal" for value in values)
        except errors.OutOfRangeError:
            pass
        except Exception:  # whatever it is, TensorBoard stops here
            damaged += 1
    return found, damaged


@contextmanager
def disk(root: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    place = root / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    subprocess.run(mount, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def faulty(root: Path) -> Iterator[Path]:
    """A file system that fails when a test orders it."""
    store = Store(root)
    wait_until(store.mounted)
    try:
        yield store.path
    finally:
        store.end()


STORES: dict[str, Any] = {"": nullcontext, "disk": disk, "faulty": faulty}


def run(case: Case, module: str) -> str:
    """Return in words what became of the case."""
    with (
        tempfile.TemporaryDirectory() as directory,
        STORES[case.store](Path(directory)) as place,
    ):
        root = Path(place or directory)
        logdir = root / "logs" / "run"
        code = BEGIN + textwrap.dedent(case.code)
        # A session of its own, so that a process that never ends is not left behind.
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, module, logdir, directory],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        hung = False
        try:
            _, output = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            hung = True
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for order in (Path(directory) / "orders").glob("*"):
            order.unlink()
        if hung:
            _, output = process.communicate()
        outside = [
            path
            for path in Path(directory).rglob("*tfevents*")
            if "logs" not in path.parts
        ]
        found, damaged = read(root / "logs")
    words = [f"{found} of {case.count}"]
    if hung:
        words.append("does not end")
    raised = [
        line
        for line in output.splitlines()
        if line.partition(":")[0].endswith(("Error", "Exception", "Full"))
    ]
    if raised and not case.raises:
        words.append(f"raises {raised[-1].partition(':')[0].rpartition('.')[2]}")
    if damaged > case.torn:
        words.append(f"{damaged} damaged")
    if outside:
        words.append("files outside of the log directory")
    return ", ".join(words)


def main() -> None:
    """Print the table."""
    only = sys.argv[1:]
    print(f"| case | {' | '.join(MODULES)} |")
    print("|---|" + "---|" * len(MODULES))
    for case in CASES:
        if not only or any(word in case.name for word in only):
            outcomes = [run(case, module) for module in MODULES.values()]
            print(f"| {case.name} | {' | '.join(outcomes)} |", flush=True)


if __name__ == "__main__":
    main()
