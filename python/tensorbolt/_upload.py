"""Logs in object stores: a writer writes to a spool, a local directory, which the extension uploads.

One `RemoteLog` belongs to the files of one `SummaryWriter`, or of all ranks of a job in this process. Its spool is made when the first of them opens, and goes
when the last of them has closed and all is in the store.
"""

import os
import signal
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import without_login
from tensorbolt._credentials import shared
from tensorbolt._store_settings import environment, spool_root
from tensorbolt._warnings import report, warn

LONGEST_INTERVAL = 60.0
"""Seconds between two uploads of an old run, unless `flush_secs` says otherwise."""
DEFAULT_FLUSH_SECS = 120
"""The reference writers' default, which says nothing about the user's wish."""
SIGTERM_SECONDS = 5.0
"""Seconds that SIGTERM may take to upload what waits."""

_logs: "weakref.WeakSet[RemoteLog]" = weakref.WeakSet()
_shared: "weakref.WeakValueDictionary[tuple[Any, ...], RemoteLog]" = (
    weakref.WeakValueDictionary()
)
"""Logs that several ranks of this process write to, by all that they are made of."""
_closed: "list[RemoteLog]" = []
"""Logs whose files are closed, and which are not wholly uploaded yet."""


class RemoteLog:
    """The spool of a log in an object store, and its upload.

    Args:
        address: Such as `s3://bucket/run`.
        session: Of the files.
        suffix: End of the files' names.
        flush_secs: Of the `SummaryWriter`.
        storage_options: Keys and values for the store's client.
        credential_provider: Gives credentials; see `SummaryWriter`.
        max_spool: Bytes that may wait for the store.
        on_error: `"warn"` or `"raise"`.
        stall_timeout: Seconds without progress after which calls stop waiting for the store.
        retry_open: Whether a spool that cannot be made now is tried again in the background, instead of raising.

    Raises:
        ValueError: The address or an option is wrong.
        OSError: The spool cannot be made.
    """

    def __init__(
        self,
        address: str,
        session: _core.Session,
        suffix: str,
        flush_secs: float | None,
        storage_options: dict[str, str],
        credential_provider: Callable[[], Any] | None,
        max_spool: int,
        on_error: str,
        stall_timeout: float,
        retry_open: bool,
    ) -> None:
        self.address = address.rstrip("/")
        self.interval = _interval(flush_secs)
        """Longest time between two uploads, in seconds."""
        self._on_error = on_error
        self._stall = stall_timeout
        self._open_files = 0
        self._lock = threading.RLock()
        self._maker = self._process = os.getpid()
        self._finished = False
        self._credentials = shared(credential_provider) if credential_provider else None
        root = spool_root()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            if not retry_open:
                raise type(error)(
                    error.errno,
                    f"cannot make the directory in which a remote log waits for its upload ({error.strerror}); set the "
                    "environment variable TENSORBOLT_SPOOL to a local directory",
                    str(root),
                ) from error
        self.upload = _core.Upload(
            session,
            root,
            self.address,
            list(storage_options.items()),
            environment(storage_options, has_provider=self._credentials is not None),
            self._credentials.core if self._credentials else None,
            suffix,
            self.interval,
            max_spool,
            retry_open,
        )
        _logs.add(self)
        _handle_sigterm()

    def directory(self, address: str) -> str:
        """Return the local directory of this log's run, or of one of its sub-runs."""
        inside = address.rstrip("/")[len(self.address) :].strip("/")
        directory = str(self.upload.directory)
        return f"{directory}/{inside}" if inside else directory

    def holds(self, address: str) -> bool:
        """Whether an address is this log's, or that of one of its sub-runs."""
        return not self._finished and (address.rstrip("/") + "/").startswith(
            self.address + "/"
        )

    def open(self) -> bool:
        """Count one more open file; false if the last one has closed."""
        with self._our_lock():
            if not self._finished:
                self._open_files += 1
            return not self._finished

    def join(self, session: _core.Session) -> None:
        """Files of another session are written to the spool as well: what concerns them all is said to it, too."""
        self.upload.join(session)

    def release(self, *, wait: bool) -> None:
        """Count one open file less. After the last, upload all, and remove the spool.

        Args:
            wait: Whether to wait for it.

        Raises:
            TimeoutError: The store does not take all in time, with `on_error="raise"`.
        """
        with self._our_lock():
            self._open_files -= 1
            if self._open_files > 0 or self._finished:
                return
            self._finished = True
        self.upload.finish()
        if not self.upload.wait_finished(self._stall if wait else 0.0, None):
            _closed[:] = [log for log in _closed if not log.end(0.0)]
            _closed.append(self)
            if wait:
                self._account("is not uploaded yet, though the writer is closed")

    def wait(self) -> None:
        """Wait until all that is in the spool is in the store.

        Raises:
            TimeoutError: The store does not take it in time, with `on_error="raise"`.
        """
        if not self._finished and not self.upload.wait(self._stall, None):
            self._account("is not uploaded yet")

    def renew_credentials(self) -> None:
        """Ask the program for credentials, if it gives them and it is time. What it raises is reported as a problem."""
        if self._credentials is not None:
            self.upload.renew()

    def stats(self) -> dict[str, Any]:
        """Return the counts that `SummaryWriter.stats()` adds for a remote log."""
        return self.upload.stats()

    def finished(self) -> bool:
        """Whether its last file has closed."""
        return self._finished

    def concerns_us(self) -> bool:
        """Whether this process has to upload: it made the log, or is a forked child that has a file in it."""
        if self._maker == os.getpid():
            return True
        mine = f".{os.getpid()}."
        return any(
            mine in name
            for _, _, names in os.walk(self.upload.directory)
            for name in names
        )

    def begin_end(self) -> None:
        """The process ends: upload all at once."""
        self._finished = True
        self.upload.finish()

    def end(self, seconds: float) -> bool:
        """Wait until all is in the store, at most for some seconds; false if it is not."""
        return self.upload.wait_finished(seconds, seconds)

    def left(self) -> str:
        """Return what is not in the store, and where it is."""
        waiting = self.upload.stats()["spooled_bytes"]
        trouble = self.upload.trouble
        because = f" ({trouble})" if trouble else ""
        return f"{waiting} bytes of {without_login(self.address)} in {self.upload.directory.parent}{because}"

    def _account(self, what: str) -> None:
        message = (
            f"{self.left()}: this {what}. The upload goes on while the process runs; what is left then is uploaded by "
            "`tensorbolt push`, and by the next writer to this address"
        )
        if self._on_error == "raise":
            raise TimeoutError(message)
        report(f"tensorbolt: {message}.")

    def _our_lock(self) -> Any:
        """Return a lock of this process: a thread of the parent may have held the other at the fork."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._lock = threading.RLock()
        return self._lock


def shared_log(
    address: str,
    session: _core.Session,
    suffix: str,
    flush_secs: float | None,
    storage_options: dict[str, str],
    credential_provider: Callable[[], Any] | None,
    *others: Any,
) -> RemoteLog:
    """Return the log at an address that the ranks of this process share, made by the first of them. Arguments as for `RemoteLog`.

    Ranks whose arguments or environment differ share none.

    Raises:
        As `RemoteLog`.
    """
    variables = environment(
        storage_options, has_provider=credential_provider is not None
    )
    key = (
        os.getpid(),
        address.rstrip("/"),
        suffix,
        _interval(flush_secs),
        tuple(sorted(storage_options.items())),
        tuple(sorted(variables)),
        credential_provider,
        others,
    )
    log = _shared.get(key)
    if log is None or log.finished():
        log = _shared[key] = RemoteLog(
            address,
            session,
            suffix,
            flush_secs,
            storage_options,
            credential_provider,
            *others,
        )
    else:
        log.join(session)
    return log


def end(seconds: float) -> None:
    """The process ends: upload what waits in any log, for at most some seconds, and say what is left."""
    logs = [log for log in _logs if log.concerns_us()]
    for log in logs:
        log.begin_end()
    deadline = time.monotonic() + seconds
    left = [log.left() for log in logs if not log.end(max(0.0, deadline - time.monotonic()))]  # fmt: skip
    left += [
        f"{log.bytes} bytes of {log.url} in {log.directory}, which an earlier process left"
        for log in _core.wait_adopted(max(0.0, deadline - time.monotonic()))
    ]
    if left:
        warn(
            f"tensorbolt: the process ends before the store has {'; '.join(left)}. `tensorbolt push` uploads it, and so "
            "does the next writer to the same address."
        )


def _interval(flush_secs: float | None) -> float:
    if flush_secs is None or flush_secs == DEFAULT_FLUSH_SECS:
        return LONGEST_INTERVAL
    return max(1.0, float(flush_secs))


def _handle_sigterm() -> None:
    """Have SIGTERM upload what waits, unless the program handles it: batch systems send it before they kill."""
    if threading.current_thread() is not threading.main_thread():
        return
    handler = signal.getsignal(signal.SIGTERM)
    # A forked child that makes a log of its own has the handler of its parent, which is none for it.
    of_parent = isinstance(handler, _Terminate) and handler.process != os.getpid()
    if handler is signal.SIG_DFL or of_parent:
        signal.signal(signal.SIGTERM, _Terminate(os.getpid()))


class _Terminate:
    """Handler of SIGTERM: uploads what waits, then does what SIGTERM does by default. A forked child only does the latter."""

    def __init__(self, process: int) -> None:
        self.process = process

    def __call__(self, number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        try:
            if self.process == os.getpid():
                began = time.monotonic()
                _core.end(SIGTERM_SECONDS / 2)
                end(max(0.0, SIGTERM_SECONDS - (time.monotonic() - began)))
        finally:
            os.kill(os.getpid(), number)
