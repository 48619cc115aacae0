"""An event file of a log in an object store: a local file in the log's spool, and its address."""

import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from tensorbolt import _core

if TYPE_CHECKING:
    from tensorbolt._options import Options
    from tensorbolt._upload import RemoteLog


class RemoteFile:
    """One event file, from its opening to its closing.

    Args:
        owner: When it is collected without being closed, the file is written and uploaded.
        options: The options of the `SummaryWriter`, which has the log.
        directory: The run's address.
        root: Of a sub-run: the log's address.
        suffix: End of the file's name.
        flush_secs: Of the `SummaryWriter`.
        purge_step: As for `SummaryWriter`.
        retry_open: Whether a spool that fails now is tried again in the background, instead of raising.
        opener: Opens the local file, if it is no event file.
        resume: If the run goes on in a directory which has a log of it.

    Raises:
        ValueError: The address or a storage option is wrong.
        OSError: The spool or the file cannot be made.
    """

    def __init__(
        self,
        owner: object,
        options: "Options",
        directory: str,
        root: str | None,
        suffix: str,
        flush_secs: float | None,
        purge_step: int | None,
        retry_open: bool,
        opener: Callable[..., _core.Writer] | None = None,
        resume: "_core.Resume | None" = None,
    ) -> None:
        self._again = options, directory, root, suffix, flush_secs
        self._opener = opener
        self._resume = resume
        # Another thread may close the last file of a log that is shared.
        while True:
            log = options.remote_log(root or directory, suffix, flush_secs, retry_open)
            if log.open():
                break
        self.directory = log.directory(directory)
        """The local directory of the run, in the spool."""
        try:
            if opener is not None:
                self.events = opener(
                    options.session, self.directory, purge_step, retry_open, alone=True
                )
            else:
                self.events = _core.Writer(
                    options.session,
                    self.directory,
                    suffix,
                    purge_step,
                    retry_open,
                    None if root is None else log.directory(root),
                    resume,
                )
        except BaseException:
            log.release(wait=False)
            raise
        self._log: RemoteLog | None = log
        self._address = ""
        self._collected = weakref.finalize(
            owner, _forgotten, self.events, log, os.getpid()
        )
        # The end of the process has its own hook.
        self._collected.atexit = False
        # The store gets the header at once.
        log.upload.wake()

    @property
    def log(self) -> "RemoteLog | None":
        """The log that it belongs to, until it is closed."""
        return self._log

    @property
    def address(self) -> str:
        """The address of the file's first object."""
        log = self._log
        return self._address if log is None else log.upload.address(self.events.path)

    def flushed(self, *, wait: bool) -> None:
        """The file was flushed: have it uploaded soon, or wait until it is."""
        if self._log is not None:
            self._log.upload.wake()
            if wait:
                self._log.wait()

    def closed(self) -> None:
        """The file was closed. After the last of a log, wait until all is in the store. May be called again."""
        log = self._detach()
        if log is not None:
            log.release(wait=True)

    def reopened(self, owner: object) -> "RemoteFile":
        """Close the file and return a new one in the same run."""
        self.events.close()
        # The new one comes first, so that it goes on in the same log.
        fresh = RemoteFile(owner, *self._again, None, True, self._opener, self._resume)
        self.closed()
        return fresh

    def _detach(self) -> "RemoteLog | None":
        if self._log is not None:
            self._address = self.address
        log, self._log = self._log, None
        self._collected.detach()
        return log


def _forgotten(events: _core.Writer, log: "RemoteLog", process: int) -> None:
    """Have a file that was not closed written, then uploaded, without waiting for the store."""
    if process == os.getpid():
        events.close()
        log.release(wait=False)
