"""TensorBoard inside a notebook.

`show` works in Jupyter (Lab, Notebook 7, classic), VS Code and Colab; in a plain interpreter it prints the address. It needs
TensorBoard: `pip install tensorboard`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorbolt._addresses import is_store
from tensorbolt.reading import (
    discover,
    serving,
    tensorboard_flags,
    tensorboard_process,
)

__all__ = ["Board", "show"]

DEFAULT_HEIGHT = 800
"""Height of the frame in pixels, the same as TensorBoard's own."""

MAX_HEIGHT = 100_000
MAX_PORT = 65_535

START_SECONDS = 120.0
"""Seconds that TensorBoard may take to start; on a busy machine its imports take long."""

ANSWER_SECONDS = 5.0
"""Seconds that a running server may take to answer."""

LISTS = 100
"""How often the list of running servers is asked for, while servers end in the middle of an answer."""

SCAN_SECONDS = 2.0
"""Seconds for reading a log to find the flags that it needs; the user waits meanwhile."""

_started: "dict[int, subprocess.Popen[bytes]]" = {}
"""Servers that this process started, by process id; `Board.stop` waits for them."""


@dataclass(frozen=True, repr=False)
class Board:
    """A TensorBoard server that a notebook shows.

    Attributes:
        logdir: The directory that it shows, absolute.
        port: The port on which it listens on this machine.
        pid: Its process id.
        reused: Whether it was running before.
    """

    logdir: str
    port: int
    pid: int
    reused: bool

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"http://localhost:{self.port}/"

    def stop(self) -> None:
        """End the server, for all notebooks that show it; nothing happens if it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        process = _started.pop(self.pid, None)
        if process is not None:
            process.wait()

    def __repr__(self) -> str:
        """Return the line below the frame."""
        before = ", which was running before" if self.reused else ""
        return (
            f"<TensorBoard of {self.logdir} at {self.url}, process {self.pid}{before}>"
        )


def show(
    logdir: Any = "runs",
    *,
    height: int = DEFAULT_HEIGHT,
    port: int | None = None,
    data: str = "tensorbolt",
    groups: str | Sequence[str] = (),
) -> Board:
    r"""Show a log in TensorBoard, in the notebook.

    A TensorBoard that already runs on this machine and shows that directory is used again, even if another notebook or
    the command line has started it. Otherwise this function starts one that reads the log as `tensorbolt view` does. The server keeps running when the kernel ends, so that it is there after a restart; `stop()`
    of the returned `Board` ends it.

    Behind a proxy (JupyterHub) set the environment variable `TENSORBOARD_PROXY_URL` to the address from which the browser
    reaches the server, with `%PORT%` for its port.

    Args:
        logdir: Directory with any number of runs, an address in an object store, or a writer, which is flushed first. It may
            still be empty. An address of a store that tensorbolt does not know is read by TensorBoard itself.
        height: Height of the frame in pixels.
        port: A fixed port for a new server; `None` is any free one.
        data: Who reads the log: `"tensorbolt"`, or `"tensorboard"` for TensorBoard's own loader, with the flags that the
            log needs. Then a TensorBoard that has another loader is not used again.
        groups: Regular expressions, or one. Runs in whose names one finds the same text in its brackets, such as
            `"(.*)/seed\d+"`, are shown together as well, as three runs more: mean, least and greatest value at each step. A
            TensorBoard that already runs is then not used again.

    Returns:
        The server: its address, its process, and `stop()`.

    Raises:
        ModuleNotFoundError: TensorBoard is not installed for this interpreter.
        TypeError: `logdir` is neither a path nor a writer, or `height` or `port` is not an int.
        ValueError: The height or the port is out of range, `data` is neither of the two, or a group is no regular expression
            with brackets, or is given for TensorBoard's own loader.
        RuntimeError: TensorBoard did not start; the message has its output.

    Example:
        ```python
        from tensorbolt import SummaryWriter, notebook

        writer = SummaryWriter("runs/first")
        notebook.show("runs")
        ```
    """
    if not tensorboard_process.installed():
        raise ModuleNotFoundError(tensorboard_process.MISSING, name="tensorboard")
    directory = _directory(logdir)
    _check("height", height, MAX_HEIGHT)
    if port is not None:
        _check("port", port, MAX_PORT)
    if data not in ("tensorbolt", "tensorboard"):
        raise ValueError(f"data must be 'tensorbolt' or 'tensorboard', not {data!r}")
    groups = _checked(groups, data)
    board = None if groups else _running(directory, port, data)
    board = board or _start(directory, port, data, groups)
    _display(board, height)
    return board


def _checked(groups: str | Sequence[str], data: str) -> list[str]:
    groups = [groups] if isinstance(groups, str) else list(groups)
    if groups and data != "tensorbolt":
        raise ValueError("groups need data='tensorbolt'; TensorBoard has none")
    # It says what is wrong with them.
    serving.provider([("", ".")], serving.Options(groups=groups))
    return groups


def _check(name: str, number: Any, most: int) -> None:
    if not isinstance(number, int):
        raise TypeError(f"{name} must be an int, not {type(number).__name__}")
    if not 1 <= number <= most:
        raise ValueError(f"{name} must be from 1 to {most}, not {number}")


def _directory(logdir: Any) -> str:
    """Return the absolute directory of a path or writer."""
    if hasattr(logdir, "get_logdir") and hasattr(logdir, "flush"):
        logdir.flush()
        logdir = logdir.get_logdir()
    try:
        path = os.fspath(logdir)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise TypeError(
            f"logdir must be a str, a Path or a writer, not {type(logdir).__name__}"
        )
    return path if "://" in path else os.path.abspath(Path(path).expanduser())  # noqa: PTH100 - links stay


def _running(directory: str, port: int | None, data: str) -> Board | None:
    """Return a server that shows the directory and answers; TensorBoard's records of killed servers are skipped."""
    for info in sorted(_servers(), key=lambda info: -info.start_time):
        # That of a store has no directory.
        fits = info.logdir in (directory, "") and port in (None, info.port)
        if fits and not info.path_prefix and _answers(info.port, directory, data):
            return Board(directory, info.port, info.pid, reused=True)
    return None


def _servers() -> list[Any]:
    """Return TensorBoard's records of the servers on this machine.

    TensorBoard lists the directory of these records and then opens each. A server that ends in between removes its record,
    and TensorBoard's function fails. The next list no longer has that record.
    """
    from tensorboard import manager

    for _ in range(LISTS - 1):
        with suppress(FileNotFoundError):
            return list(manager.get_all())
    return list(manager.get_all())


def _answers(port: int, directory: str, data: str = "tensorbolt") -> bool:
    """Whether a server answers, and shows the directory, with TensorBoard's own loader if that is wanted."""
    url = f"http://localhost:{port}/data/environment"
    try:
        # Never through a proxy.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            environment = json.load(answer)
    except (OSError, ValueError):
        return False
    flags = environment.get("debug", {}).get("flags", {})
    is_served = bool(flags.get("grpc_data_provider"))
    is_wanted = data == "tensorbolt" or not is_served
    return bool(environment.get("data_location") == directory and is_wanted)


def _command(directory: str, data: str, groups: Sequence[str]) -> list[str]:
    """Return the command that starts a server, and print what has to be known of the log."""
    if data == "tensorbolt" and not serving.is_remote(directory):
        is_local = not is_store(directory)
        is_empty = is_local and not any(discover.event_files(Path(directory)))
        command = ["tensorbolt.reading.served_board", directory]
        command += [f"--group={group}" for group in groups]
    else:
        command = ["tensorboard.main", f"--logdir={directory}"]
        is_empty = False
        if "://" not in directory:
            log = tensorboard_flags.scan(Path(directory), SCAN_SECONDS)
            command += [need.flag for need in log.needs]
            for remark in log.remarks:
                print(f"note: {remark}")
            is_empty = not log.files
    if is_empty:
        print(f"{directory} has no event files yet; reload the page once it has.")
    return [sys.executable, "-m", *command]


def _start(directory: str, port: int | None, data: str, groups: Sequence[str]) -> Board:
    command = [*_command(directory, data, groups), f"--port={port or 0}"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Interrupting the kernel must not end it.
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        board = None
        try:
            while process.poll() is None and time.monotonic() < deadline:
                for info in _servers():
                    if info.pid == process.pid and info.logdir in (directory, ""):
                        board = Board(directory, info.port, process.pid, reused=False)
                        _started[process.pid] = process
                        return board
                time.sleep(0.1)
        finally:
            # Also after an interrupt: a server that the caller does not get would run without end.
            if board is None:
                process.kill()
                process.wait()
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    raise RuntimeError(f"TensorBoard did not start; it said:\n{said}")


def _display(board: Board, height: int) -> None:
    """Display a frame in a notebook, else a line."""
    if _in_vs_code():
        # In VS Code the notebook's page has no address from which TensorBoard's own frame could derive the server's.
        from IPython.display import IFrame, display

        display(IFrame(board.url, width="100%", height=height))
        return
    from tensorboard import notebook

    notebook.display(port=board.port, height=height)


def _in_vs_code() -> bool:
    """Whether this kernel belongs to VS Code, whose extension stores the name of the notebook in it."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "__vsc_ipynb_file__" in shell.user_ns
