"""What every test shares: settings, a directory, and TensorBoard serving the demo's log."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

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


TOGETHER = {
    "demo_log": "the demo",
    "serve": "the demo",
    "browser": "the demo",
    "runs": "the examples",
}
"""Session fixtures that take long to make, and the name of the group of tests that share them."""


# Before pytest-xdist looks at the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what stays in one process under `pytest -n`: the tests of a file, and those that share a long set-up."""
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(
                f"{item.nodeid} has an address in its name, so each process names it otherwise; use ids=label"
            )
        fixtures = getattr(item, "fixturenames", ())
        groups = [TOGETHER[name] for name in fixtures if name in TOGETHER]
        item.add_marker(
            pytest.mark.xdist_group(groups[0] if groups else item.path.name)
        )


@pytest.fixture(scope="session")
def demo_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo for four epochs; return the folder of its two runs."""
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
