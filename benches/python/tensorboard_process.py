"""A TensorBoard in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    log: Path, *options: str, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """The address of a TensorBoard."""
    command = [sys.executable, "-m", "tensorboard.main", "--port=0"]
    command += [f"--logdir={log}", *options]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith("TensorBoard ") and " at http" in line:
                    yield line.split(" at ")[1].split()[0]
                    return
            raise RuntimeError("TensorBoard did not start")
        finally:
            process.kill()
