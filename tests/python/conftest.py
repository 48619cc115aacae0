"""What every test shares: settings, a directory, and TensorBoard serving the demo's log."""

import fcntl
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from tests.python.support.demo import OPTIONS
from tools.board import Board

settings.register_profile(
    "deterministic",
    # The same examples everywhere and always: a failure here is a failure on every machine.
    derandomize=True,
    database=None,
    # Three writers open files for each example, on machines that are busy with other things.
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("deterministic")

ROOT = Path(__file__).parents[2]

# Shells have what they run in the background ignore SIGINT, which programs inherit; tests interrupt some.
signal.signal(signal.SIGINT, signal.default_int_handler)


TOGETHER = ("tests/python/dashboards/", "tests/python/docs/examples/")
"""Directories whose tests share what takes long to make: the log of the demo and its servers, the logs of the examples."""


def group_of(nodeid: str) -> str:
    """The tests that stay in one process under `pytest -n`: those of a file, or of one of the directories `TOGETHER`."""
    shared = [directory for directory in TOGETHER if nodeid.startswith(directory)]
    return shared[0] if shared else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out groups of tests, in their order."""
    from xdist.scheduler import LoadScopeScheduling

    class LoadGroups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return LoadGroups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let one worker import everything first.

    Python compiles torch and its like when they are first imported, which takes 25 of the 35 seconds of collecting; with a
    new environment, all workers would compile the same modules at the same time.
    """
    with Path(__file__).open() as lock:
        if hasattr(session.config, "workerinput"):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fcntl.flock(lock, fcntl.LOCK_SH)
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names that differ from process to process; skip what an old numpy makes impossible."""
    old = pytest.mark.skip(reason=f"numpy is {np.__version__}")
    for item in items:
        if item.get_closest_marker("numpy_2") and np.__version__.startswith("1."):
            item.add_marker(old)
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(
                f"{item.nodeid} has an address in its name, so each process names it otherwise; use ids=label"
            )


@pytest.fixture(scope="session")
def demo_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo for four epochs; return the directory of its two runs."""
    parent = tmp_path_factory.mktemp("digits")
    command = [sys.executable, "-m", "examples.digits"]
    done = subprocess.run(
        [*command, *OPTIONS, f"--logdir={parent}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (directory,) = parent.iterdir()
    (parent / "summary.txt").write_text(done.stdout)
    return directory


@pytest.fixture(scope="session")
def serve(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Path, str], Board]]:
    """Return a function that starts TensorBoard, once for each log and loader."""
    output = tmp_path_factory.mktemp("tensorboard")
    with ExitStack() as stack:

        @cache
        def start(logdir: Path, load_fast: str) -> Board:
            name = f"{logdir.name}-{load_fast}.txt"
            return stack.enter_context(Board(logdir, output / name, load_fast))

        yield start


@pytest.fixture
def logdir(tmp_path):
    """A directory for one run, not made yet."""
    return str(tmp_path / "run")
