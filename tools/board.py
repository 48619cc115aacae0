"""A TensorBoard process that serves one log directory, for tests and for the gallery."""

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
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

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
    """A TensorBoard process that serves one log directory.

    Args:
        logdir: The directory; its page shows the path as it is given here.
        output: File for what TensorBoard prints.
        load_fast: "true" for TensorBoard's data server in Rust, "false" for its reader in Python, "tensorbolt" for ours.
        cwd: Directory that a relative `logdir` starts from.
        options: More of TensorBoard's own command line.
    """

    def __init__(
        self,
        logdir: Path,
        output: Path,
        load_fast: str,
        cwd: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.output = output
        if load_fast == "tensorbolt":
            # As `tensorbolt.notebook.show` starts it.
            words = ["tensorbolt.reading.served_board", str(logdir)]
        else:
            words = ["tensorboard.main", f"--logdir={logdir}"]
            words.append(f"--load_fast={load_fast}")
        command = [sys.executable, "-m", *words, "--port=0", *options]
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
                cwd=cwd,
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
        if self.process.returncode is not None:
            return
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
