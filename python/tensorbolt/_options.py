"""Options and state shared by the files of one `SummaryWriter`."""

import errno
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tensorbolt import _core
from tensorbolt._choices import ON_ERROR
from tensorbolt._given_options import options_of
from tensorbolt._step_context import StepContext
from tensorbolt._warnings import report
from tensorbolt.interception.observers import Observers

if TYPE_CHECKING:
    from tensorbolt._upload import RemoteLog

# Every writer has options, and any may be given arrays.
_core.load_numpy()

DEFAULT_MAX_SPOOL = 8 * 2**30
"""Bytes of a remote log that may wait on the local disk."""

_ADVICE = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room, or have the quota raised",
    errno.EROFS: "have the file system mounted writable",
    errno.EACCES: "let this user write there",
    errno.EPERM: "let this user write there",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENOTCONN: "mount it again",
    errno.EIO: "see the system's log for what is wrong with the device",
}
"""From an error number of the operating system to what the user can do about it."""


class Options:
    """Shared by the files of one `SummaryWriter`: options for failing stores, the memory limit, `use_metadata`, observers.

    Args:
        on_error: `"warn"` or `"raise"`; see `SummaryWriter`.
        max_buffer: Bytes that may wait in memory.
        on_full: `"block"` or `"drop"`.
        stall_timeout: Seconds without progress after which calls stop waiting for the store.
        fsync: Whether `flush()` waits for the device.
        write_to_disk: `False` writes nothing at all.
        storage_options: Of a log in an object store: keys and values for the store's client.
        max_spool: Of such a log: bytes that may wait on the local disk.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: An option has no such value.
    """

    def __init__(
        self,
        on_error: str = "warn",
        max_buffer: int = _core.DEFAULT_MAX_BUFFER,
        on_full: str = "block",
        stall_timeout: float = _core.DEFAULT_STALL_TIMEOUT,
        fsync: bool = False,
        write_to_disk: bool = True,
        storage_options: Any = None,
        max_spool: int = DEFAULT_MAX_SPOOL,
    ) -> None:
        if on_error not in ON_ERROR:
            raise ValueError(f'on_error must be "warn" or "raise", not {on_error!r}')
        if isinstance(max_buffer, bool) or not isinstance(max_buffer, int):
            raise TypeError(f"max_buffer must be a number of bytes, not {max_buffer!r}")
        if not 0 < max_buffer < 2**63:
            raise ValueError(f"max_buffer must be positive, not {max_buffer}")
        if not isinstance(on_full, str):
            raise TypeError(f'on_full must be "block" or "drop", not {on_full!r}')
        if isinstance(stall_timeout, bool) or not isinstance(
            stall_timeout, (int, float)
        ):
            raise TypeError(
                f"stall_timeout must be a number of seconds, not {stall_timeout!r}"
            )
        if not stall_timeout >= 0:
            raise ValueError(
                f"stall_timeout must be a number of seconds from 0 on, not {stall_timeout!r}"
            )
        if isinstance(max_spool, bool) or not isinstance(max_spool, int):
            raise TypeError(f"max_spool must be a number of bytes, not {max_spool!r}")
        if not 0 < max_spool < 2**63:
            raise ValueError(f"max_spool must be positive, not {max_spool}")
        provider = None
        if storage_options is not None:
            # As elsewhere here: only programs that use it import it.
            from tensorbolt._store_settings import check_storage_options

            storage_options, provider = check_storage_options(storage_options)
        self.on_error = on_error
        self._storage_options: dict[str, str] = storage_options or {}
        self._credential_provider: Callable[[], Any] | None = provider
        self._max_spool = max_spool
        self.stall_timeout = float(stall_timeout)
        self._remote_logs: list[RemoteLog] = []
        self.shares_uploads = False
        """Whether logs in object stores are those of all ranks of this process."""
        self._past_uploads = {"uploaded_bytes": 0, "upload_requests": 0}
        self.step_context = StepContext()
        self.observers = Observers()
        self.write_to_disk = bool(write_to_disk)
        self.session = _core.Session(
            max_buffer, on_full, float(stall_timeout), bool(fsync), bool(write_to_disk)
        )

    @classmethod
    def of_variables(cls) -> "Options":
        """Return those of a file that belongs to no `SummaryWriter`: as variables of the environment set them.

        Raises:
            ValueError: A variable has no such value.
        """
        found = options_of({})
        names = inspect.signature(cls).parameters if found else ()
        return cls(**{name: found[name] for name in names if name in found})

    def remote_log(
        self, address: str, suffix: str, flush_secs: float | None, retry_open: bool
    ) -> "RemoteLog":
        """Return the log in an object store that an address belongs to, made at the first use.

        Args:
            address: Such as `s3://bucket/run`.
            suffix: End of the files' names.
            flush_secs: Of the `SummaryWriter`.
            retry_open: Whether a spool that cannot be made now is tried again in the background, instead of raising.

        Raises:
            ValueError: The address or an option is wrong.
            OSError: The spool cannot be made.
        """
        from tensorbolt._upload import RemoteLog, shared_log

        for log in list(self._remote_logs):
            if log.holds(address):
                return log
            if log.finished():
                for name in self._past_uploads:
                    self._past_uploads[name] += log.stats()[name]
                self._remote_logs.remove(log)
        log = (shared_log if self.shares_uploads else RemoteLog)(
            address,
            self.session,
            suffix,
            flush_secs,
            self._storage_options,
            self._credential_provider,
            self._max_spool,
            self.on_error,
            self.stall_timeout,
            retry_open,
        )
        self._remote_logs.append(log)
        return log

    def wait_for_store(self) -> None:
        """Wait until what stands in the spools of logs in object stores is there.

        Raises:
            TimeoutError: The store does not take it in time, with `on_error="raise"`.
        """
        for log in list(self._remote_logs):
            log.wait()

    def stats(self) -> dict[str, Any]:
        """Return the counts of `SummaryWriter.stats()`."""
        found = self.session.stats()
        if self._remote_logs:
            parts = [log.stats() for log in self._remote_logs]
            for name in ("uploaded_bytes", "upload_requests", "spooled_bytes"):
                found[name] = self._past_uploads.get(name, 0) + sum(p[name] for p in parts)  # fmt: skip
            found["upload_lag_seconds"] = max(p["upload_lag_seconds"] for p in parts)
        return found

    def report_problems(self) -> None:
        """Report failures in the background since the last call: warn of each, or raise the first. Warnings are never raised."""
        for log in list(self._remote_logs):
            log.renew_credentials()
        problems = self.session.take_problems()
        for problem in problems:
            if isinstance(problem, UserWarning):
                report(f"tensorbolt: {problem}")
                continue
            if self.on_error == "raise":
                raise problem
            report(f"tensorbolt: {problem}{_outlook(problem)}")


def _outlook(problem: Exception) -> str:
    """Return what follows from a failure, and what the user can do."""
    number = getattr(problem, "errno", None)
    if number is None:
        return ". Training goes on; SummaryWriter.stats() counts."
    advice = _ADVICE.get(number, "see whether the store works")
    return f"; {advice}. Training goes on, writing is tried again; SummaryWriter.stats() counts."
