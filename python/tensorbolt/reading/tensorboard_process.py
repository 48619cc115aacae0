"""Starts, follows and ends the installed TensorBoard as a process."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO

from tensorbolt.reading.signals import ended_by_sigterm

MISSING = "TensorBoard is not installed here; install it with: pip install tensorboard"

ADDRESS_LINE = re.compile(rb"^TensorBoard \S+ at (http://\S+)")
"""The line in which TensorBoard prints its address."""

STOP_SECONDS = 10.0
"""Seconds that TensorBoard has to end after SIGTERM."""


def command() -> list[str] | None:
    """Return the command of this interpreter's TensorBoard, or of the first on the path; `None` if there is none."""
    if installed():
        return [sys.executable, "-m", "tensorboard.main"]
    elsewhere = shutil.which("tensorboard")
    return None if elsewhere is None else [elsewhere]


def installed() -> bool:
    """Whether this interpreter has TensorBoard. A log directory of that name does not count."""
    found = importlib.util.find_spec("tensorboard")
    return found is not None and found.origin is not None


def without_proxy() -> dict[str, str]:
    """Return the variables of this process, and one with which gRPC reaches this machine without a proxy."""
    # gRPC knows them in lower case only.
    passed = os.environ.get("no_grpc_proxy") or os.environ.get("no_proxy") or ""  # noqa: SIM112
    hosts = [*filter(None, passed.split(",")), "localhost", "127.0.0.1", "::1"]
    return {**os.environ, "no_grpc_proxy": ",".join(dict.fromkeys(hosts))}


def serve(
    arguments: list[str],
    on_address: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run TensorBoard until it ends or the user presses Ctrl-C.

    Args:
        arguments: The whole command.
        on_address: Called once with the address, in another thread, as soon as TensorBoard prints it.
        environment: Its variables; `None` for those of this process.

    Returns:
        TensorBoard's exit status; 0 after Ctrl-C, which is the usual end.
    """
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None
    reader = threading.Thread(
        target=_pass_on, args=(process.stderr, on_address), daemon=True
    )
    try:
        with ended_by_sigterm():
            reader.start()
            return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(process)
        # Prints the last lines. TensorBoard's data server may hold the pipe for longer.
        reader.join(timeout=1.0)


def _pass_on(stream: IO[bytes], on_address: Callable[[str], None]) -> None:
    for line in stream:
        sys.stderr.write(line.decode(errors="replace"))
        sys.stderr.flush()
        found = ADDRESS_LINE.match(line)
        if found is not None:
            on_address(os.fsdecode(found[1]))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process. Ctrl-C in a terminal has reached it already, a signal to this process alone has not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
