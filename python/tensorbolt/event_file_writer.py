"""`EventFileWriter`, which writes serialised events to one event file."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from tensorbolt import _addresses, _core, _paths
from tensorbolt._options import Options
from tensorbolt.interception import (
    event_hooks,
    event_message,
    private_attributes,
    record_hooks,
)
from tensorbolt.record_writer import open_file, own_factory_of

if TYPE_CHECKING:
    from tensorbolt._remote import RemoteWriter
    from tensorbolt._remote_file import RemoteFile

__all__ = ["EventFileWriter"]


class EventFileWriter(
    private_attributes.EventFileWriterAttributes, event_hooks.Hookable
):
    """Writes serialised events to one new file in a directory.

    Args:
        logdir: Directory of the run, made if missing; or an address such as `s3://bucket/run`.
        max_queue_size: Kept for compatibility; the limit is in bytes, see `SummaryWriter`.
        flush_secs: Of an object store or a registered scheme, see `SummaryWriter`; others write within 100 ms anyway.
        filename_suffix: End of the file's name.

    Raises:
        OSError: The directory or the file cannot be made.
    """

    # Its method as defined below, to detect a replacement.
    _original_add_event: ClassVar[dict[str, Any]]
    _events: "_core.Writer | RemoteWriter"
    # Where the file is in an object store.
    _remote: "RemoteFile | None" = None

    def __init__(
        self,
        logdir: Any,
        max_queue_size: int | None = 10,
        flush_secs: float | None = 120,
        filename_suffix: str | None = "",
        *,
        options: Options | None = None,
        purge_step: int | None = None,
        retry_open: bool = False,
        root: str | None = None,
        events: "_core.Writer | None" = None,
        opener: Callable[..., _core.Writer] | None = None,
        resume: "_core.Resume | None" = None,
    ) -> None:
        self._logdir = (
            os.fspath(logdir) if isinstance(logdir, os.PathLike) else str(logdir)
        )
        if "\0" in self._logdir:
            raise ValueError(f"log_dir {self._logdir!r} must not contain NUL")
        self._logdir = _addresses.local_path(self._logdir)
        self._options = options or Options.of_variables()
        self._max_queue_size = max_queue_size
        self._flush_secs = flush_secs
        suffix = _paths.check_suffix(filename_suffix)
        session = self._options.session
        replaced = record_hooks.opener()
        remote = replaced is not None or own_factory_of(self._logdir) is not None
        if events is not None:
            self._events = events
        elif self._options.write_to_disk and remote:
            # Imported here: few runs need it, and its own imports would slow down every start.
            from tensorbolt._remote import RemoteWriter

            self._events = RemoteWriter(
                replaced or open_file,
                self._options,
                self._logdir,
                suffix,
                purge_step,
                retry_open,
                # A replaced RecordWriter gets records at once.
                flush_secs if replaced is None else 0,
                resume,
            )
        elif self._options.write_to_disk and _addresses.is_store(self._logdir):
            from tensorbolt._remote_file import RemoteFile

            self._remote = RemoteFile(
                self,
                self._options,
                self._logdir,
                root,
                suffix,
                flush_secs,
                purge_step,
                retry_open,
                opener,
                resume,
            )
            self._events = self._remote.events
        elif opener is not None:
            self._events = opener(session, self._logdir, purge_step, retry_open)
        else:
            self._events = _core.Writer(
                session, self._logdir, suffix, purge_step, retry_open, root, resume
            )

    def get_logdir(self) -> str:
        """Return the directory."""
        return self._logdir

    def add_event(self, event: Any) -> None:
        """Append an event.

        Args:
            event: Any object with `SerializeToString()`, such as the `Event` message of any protobuf package.

        Raises:
            TypeError: It has no such method.
            OSError: The writer is closed.
        """
        data = event_message.serialised(event, "event")
        if event_hooks.emit(self._events, lambda events: events.add_event(data)).alert:
            self._options.report_problems()
        if self._options.observers:
            self._options.observers.notify(event, self._logdir)

    def flush(self, *, remote: bool = False) -> None:
        """Wait until all that was logged before is handed to the operating system.

        Returns early, with a warning, if the store fails or makes no progress for `stall_timeout` seconds.

        Args:
            remote: Of a file in an object store: wait until all is there.
        """
        self._events.flush()
        if self._remote is not None:
            self._remote.flushed(wait=remote)
        self._options.report_problems()

    def close(self) -> None:
        """Flush and close the file. Events that cannot be written are dropped and counted. May be called again."""
        self._events.close()
        try:
            if self._remote is not None:
                self._remote.closed()
        finally:
            self._options.report_problems()

    def reopen(self) -> None:
        """End the file and begin a new one in the same directory."""
        if self._remote is None:
            self._events.reopen()
        else:
            self._remote = self._remote.reopened(self)
            self._events = self._remote.events


def opens_natively(directory: str) -> bool:
    """Whether the extension alone opens and writes the file of a directory."""
    return (
        record_hooks.opener() is None
        and own_factory_of(directory) is None
        and not _addresses.is_store(directory)
    )


EventFileWriter._original_add_event = {"add_event": EventFileWriter.add_event}
