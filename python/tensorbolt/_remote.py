"""Event files whose bytes go through a Python stream: that of a registered scheme, or a replaced `RecordWriter`.

The native threads never call Python. They write to a local temporary file, and later calls of the writer copy its new
bytes to the stream.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorbolt import _core
from tensorbolt._warnings import warn
from tensorbolt.record_writer import directory_check

if TYPE_CHECKING:
    from tensorbolt._options import Options
    from tensorbolt.interception.event_hooks import Emission

CHUNK_BYTES = 1 << 22
"""Bytes of one `write` to the stream."""


class RemoteWriter:
    """Stands where the extension's `Writer` stands, for a file that a Python stream writes.

    Args:
        opening: Called with the file's path, returns an object with `write(bytes)`, `flush()` and `close()`.
        options: The options of the `SummaryWriter`.
        directory: The directory, such as `s3://bucket/run`.
        suffix: End of the file's name.
        purge_step: As for `SummaryWriter`.
        retry_open: Whether a store that fails now is retried at the next flush, instead of raising.
        flush_secs: Seconds after which a call flushes by itself.
        resume: If the run goes on in a directory which has a log of it.

    Raises:
        Exception: Any exception of `opening`, or of the scheme's factory, when it cannot open the file.
    """

    def __init__(
        self,
        opening: Callable[[str], Any],
        options: "Options",
        directory: str,
        suffix: str,
        purge_step: int | None,
        retry_open: bool,
        flush_secs: float | None,
        resume: "_core.Resume | None",
    ) -> None:
        self._opening = opening
        self._options = options
        self._directory = directory.rstrip("/")
        self._suffix = suffix
        self._resume = resume
        self._pause = 120.0 if flush_secs is None else float(flush_secs)
        self._begin(purge_step, retry_open)

    def _begin(self, purge_step: int | None, retry_open: bool) -> None:
        directory_check(self._directory)
        self._spool = _Spool(
            self._opening,
            self._options,
            self._directory,
            self._suffix,
            purge_step,
            retry_open,
            self._resume,
        )
        self._due = time.monotonic() + self._pause
        # A forgotten writer, and the end of the process; multiprocessing ends its children past `atexit`.
        self._end = weakref.finalize(self, self._spool.close)
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(self, self._spool.close, exitpriority=0)

    def emit(self, call: "Emission", *, events: bool = True) -> _core.Outcome:  # noqa: ARG002 - either is written there
        """Call the extension's writer of this process."""
        spool = self._ours()
        if time.monotonic() >= self._due:
            self.flush()
        return call(spool.events)

    def _ours(self) -> "_Spool":
        """Return the temporary file of this process; a forked child begins its own."""
        if self._spool.process != os.getpid():
            self._begin(None, True)
        return self._spool

    @property
    def native(self) -> _core.Writer:
        """The extension's writer of the temporary file, for what native threads log."""
        return self._ours().events

    @property
    def path(self) -> str:
        """The file's address."""
        return self._ours().path

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._ours().events.closed

    def flush(self) -> bool:
        """Copy everything to the stream; false if that failed, which is reported and retried at the next flush."""
        self._due = time.monotonic() + self._pause
        return self._ours().flush()

    def close(self) -> bool:
        """Copy everything to the stream and close the file."""
        return self._ours().close()

    def reopen(self) -> None:
        """Begin a new file in the same directory."""
        self.close()
        self._begin(None, True)


class _Spool:
    """The temporary file, and the stream that it is copied to. Only the process that made it uses it."""

    def __init__(
        self,
        opening: Callable[[str], Any],
        options: "Options",
        directory: str,
        suffix: str,
        purge_step: int | None,
        retry_open: bool,
        resume: "_core.Resume | None",
    ) -> None:
        self._options = options
        self.process = os.getpid()
        # No fork copies it while it matters: the child begins a file of its own. It is reentrant because a signal
        # handler may log in the middle of a flush.
        self._lock = threading.RLock()
        self._passing_on = False
        self._folder = tempfile.mkdtemp(prefix="tensorbolt-")
        self.events = _core.Writer(
            options.session, self._folder, suffix, purge_step, False, None, resume
        )
        # Bytes passed on of each file in the directory. There are several if the core had to begin a new one.
        self._passed: dict[str, int] = {}
        self.path = f"{directory}/{self.events.path.name}"
        try:
            self._stream: Any = opening(self.path)
            if not retry_open:
                self.events.flush()
                self._pass_on()
        except BaseException:
            self.events.close()
            self._clean_up()
            raise

    def flush(self) -> bool:
        """Copy new bytes to the stream, then flush the stream."""
        done = self.events.flush()
        with self._lock:
            if self._passing_on:
                # A signal handler or finaliser runs within a flush, which continues after it.
                return done
            return self._stream is None or (self._attempt(self._pass_on) and done)

    def close(self) -> bool:
        """Copy everything to the stream, and clean up. Bytes that the stream refuses are dropped and reported."""
        if self.process != os.getpid():
            return True
        done = self.events.close()
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is None:
                return True
            try:
                done = self._attempt(lambda: self._pass_on(stream)) and done
            finally:
                self._clean_up()
                done = self._attempt(stream.close) and done
            return done

    def _clean_up(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pass_on(self, stream: Any = None) -> None:
        stream = self._stream if stream is None else stream
        self._passing_on = True
        try:
            # Nothing stays open in between: another part of the program might close the descriptor.
            for path in sorted(Path(self._folder).glob("*tfevents*")):
                self._pass_on_file(path, stream)
            stream.flush()
        finally:
            self._passing_on = False

    def _pass_on_file(self, path: Path, stream: Any) -> None:
        with path.open("rb") as file:
            file.seek(self._passed.get(path.name, 0))
            while chunk := file.read(CHUNK_BYTES):
                stream.write(chunk)
                self._passed[path.name] = file.tell()

    def _attempt(self, action: Callable[[], Any]) -> bool:
        try:
            action()
        except Exception as error:  # no exception of a store may end the run
            if self._options.on_error == "raise":
                raise
            warn(
                f"tensorbolt: cannot write {self.path}: {type(error).__name__}: {error}. Training goes on, "
                "writing is tried again at the next flush."
            )
            return False
        return True
