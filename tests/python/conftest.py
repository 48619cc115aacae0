"""What every test shares: settings, a directory, and TensorBoard serving the demo's log."""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.python.demo import OPTIONS

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

START_SECONDS = 120
"""Generous: on a busy machine TensorBoard takes long to import."""

COMPLAINT = re.compile(
    r"^[WEF]\d{4} |^Traceback|warn|error|exception|panick|corrupt|crc|malformed", re.I
)
# Of TensorBoard itself, not of the log.
HARMLESS = re.compile(r"pkg_resources|setuptools", re.I)


def die_with_parent() -> None:
    """Have Linux kill this process as soon as its parent is gone."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Board:
    """A TensorBoard process that serves one log directory."""

    def __init__(self, logdir: Path, output: Path, load_fast: str) -> None:
        self.output = output
        command = [sys.executable, "-m", "tensorboard.main", f"--logdir={logdir}"]
        command += ["--port=0", f"--load_fast={load_fast}"]
        if load_fast == "true":
            # Otherwise the data server does not look at the checksums of payloads.
            command.append("--extra_data_server_flags=--checksum")
        with output.open("wb") as stream:
            # A session of its own, so that the data server can be ended with it; where
            # the tests are killed themselves, the kernel ends it.
            self.process = subprocess.Popen(
                command,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads run here
            )

    def __enter__(self) -> "Board":
        try:
            self.url = self._wait_for_url()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(r"TensorBoard \S+ at (http://\S+)", self.text())
            if found:
                return found[1].rstrip("/")
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"TensorBoard did not start:\n{self.text()}")

    def text(self) -> str:
        """Return what TensorBoard and its data server have printed so far."""
        return self.output.read_text(errors="replace")

    def complaints(self) -> list[str]:
        """Return the lines of it that are errors or warnings."""
        return [
            line
            for line in self.text().splitlines()
            if COMPLAINT.search(line) and not HARMLESS.search(line)
        ]

    def provider(self) -> str:
        """Return the name of the class that TensorBoard gets its data from."""
        name = self.json("environment")["debug"]["data_provider"].partition("(")[0]
        assert isinstance(name, str)
        return name

    def bytes(self, path: str, **query: Any) -> bytes:
        """Return the body of an answer."""
        url = f"{self.url}/data/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            body = answer.read()
        assert isinstance(body, bytes)
        return body

    def json(self, path: str, **query: Any) -> Any:
        """Return an answer."""
        return json.loads(self.bytes(path, **query))

    def steps(self, plugin: str, path: str) -> dict[tuple[str, str], list[int]]:
        """Return the steps that a plugin shows of each run and tag."""
        return {
            (run, tag): [
                point["step"] if isinstance(point, dict) else point[1]
                for point in self.json(f"plugin/{plugin}/{path}", run=run, tag=tag)
            ]
            for run, tags in self.json(f"plugin/{plugin}/tags").items()
            for tag in tags
        }

    @staticmethod
    def wait_until(condition: Callable[[], bool]) -> None:
        """Wait until a condition is true, or for a long time."""
        deadline = time.monotonic() + START_SECONDS
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.2)


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
        timeout=300,
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
