"""How far a command is: a line on standard error, if that is a terminal and the work takes longer than a second.

With rich, which `pip install 'tensorbolt[terminal]'` brings, it is a progress bar; without, a line of text.
"""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from tensorbolt._wording import plain
from tensorbolt.reading.signals import held_back

#: Seconds of work before the line is there.
DELAY_SECONDS = 1.0
#: Seconds between two changes of a line of text.
UPDATE_SECONDS = 0.2

#: What a library function calls with the file that it works on, how far it is, and the file's size.
FileProgress: TypeAlias = Callable[[Path, int, int], None]


class _Line(Protocol):
    def update(self, done: int) -> None:
        """Show how much is done."""

    def end(self) -> None:
        """Remove the line."""


@contextmanager
def progress(
    what: str, total: Callable[[], int | None] | None = None
) -> Iterator[Callable[[int], None]]:
    """Show what is being done in the block, and how much of it is.

    Args:
        what: What is being done, such as "reading 3 runs".
        total: Called once when the line appears, in a thread of its own; returns how much there is to do, or `None` if that is
            not known. Without it the line says only what is being done.

    Yields:
        A function to call with how much is done.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    state = _State(what, total)
    timer = threading.Timer(DELAY_SECONDS, state.show)
    timer.daemon = True
    try:
        # An interrupt while the thread starts would leave its line on the terminal.
        with held_back():
            timer.start()
        yield state.update
    finally:
        with held_back():
            timer.cancel()
            if timer.ident is not None:
                timer.join()
            state.end()


@contextmanager
def files_progress(
    what: str, files: Callable[[], list[Path]] | None, passes: int = 1
) -> Iterator[FileProgress]:
    """Show how much of the bytes of files is done.

    Args:
        what: What is being done.
        files: Returns the files; called when the line appears. `None` if it is not known how much there is to do.
        passes: How often each byte is worked on.

    Yields:
        A function to call with a file, how far it is, and its size. If a file begins again, that is its next pass.
    """

    def total() -> int | None:
        sizes = None if files is None else [path.stat().st_size for path in files()]
        return None if sizes is None else passes * sum(sizes)

    with progress(what, total) as update:
        before, now = 0, (Path(), 0)

        def show(path: Path, done: int, _size: int) -> None:
            nonlocal before, now
            if path != now[0] or done < now[1]:
                before += now[1]
            now = (path, done)
            update(before + done)

        yield show


class _State:
    """What there is to show. The line is made by a timer's thread, which may be before or after the work has begun."""

    def __init__(self, what: str, total: Callable[[], int | None] | None) -> None:
        self.what = plain(what)
        self.total = total
        self.line: _Line | None = None

    def show(self) -> None:
        try:
            total = None if self.total is None else self.total()
        except OSError:
            # A file is gone; the command itself will say so.
            total = None
        self.line = _bar(self.what, total) or _Text(self.what, total)

    def update(self, done: int) -> None:
        if self.line is not None:
            self.line.update(done)

    def end(self) -> None:
        if self.line is not None:
            self.line.end()


class _Text:
    """A line without rich."""

    def __init__(self, what: str, total: int | None) -> None:
        self.what, self.total = what, total
        self.last = 0.0
        self.update(0)

    def update(self, done: int) -> None:
        now = time.monotonic()
        if now - self.last < UPDATE_SECONDS:
            return
        self.last = now
        share = f" {min(done / self.total, 1):.0%}" if self.total else ""
        room = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{self.what} …{share}"[: room + 4] + "\r")
        sys.stderr.flush()

    def end(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class _Bar:
    """A bar of rich."""

    def __init__(self, bar: Any, what: str, total: int | None) -> None:
        self.bar = bar
        self.task = bar.add_task(what, total=total)
        bar.start()

    def update(self, done: int) -> None:
        self.bar.update(self.task, completed=done)

    def end(self) -> None:
        self.bar.stop()


def _bar(what: str, total: int | None) -> _Bar | None:
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )
    except ImportError:
        return None
    columns = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *([] if total is None else [TaskProgressColumn()]),
        TimeElapsedColumn(),
    ]
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        # Standard output may be a file that a program reads.
        redirect_stdout=False,
    )
    return _Bar(bar, what, total)
