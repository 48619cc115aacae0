"""A TensorBoard in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: What starts it, before its options.
TENSORBOARD = ("-m", "tensorboard.main")
#: Seconds in which a program ends after it was asked to; `tensorbolt view` ends its TensorBoard first.
STOP_SECONDS = 20.0


@contextmanager
def running(
    log: Path,
    *options: str,
    port: int = 0,
    environment: dict[str, str] | None = None,
    program: tuple[str, ...] = TENSORBOARD,
) -> Iterator[str]:
    """The address of a TensorBoard, once it has said it.

    Args:
        log: The directory.
        options: Further ones.
        port: Of the page; 0 is any that is free.
        environment: Its variables; `None` for those of this process.
        program: Arguments of Python that start it, or what starts it in its turn.
    """
    command = [sys.executable, *program, f"--logdir={log}", f"--port={port}", *options]
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
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
