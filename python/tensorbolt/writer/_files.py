"""The event files of a `SummaryWriter`: opening them, writing to them, and the fast path to the main one."""

import os
import sys
from _thread import RLock
from typing import TYPE_CHECKING, Any

from tensorbolt import _core
from tensorbolt.event_file_writer import opens_natively
from tensorbolt.file_writer import DummyFileWriter, FileWriter, Options
from tensorbolt.interception.event_hooks import (
    Emission,
    emit,
    events_of,
    opened,
    replacement,
)
from tensorbolt.interception.private_attributes import SummaryWriterAttributes
from tensorbolt.writer._fast_path import (
    NO_FAST_PATH,
    FastPath,
    NoFastPath,
    TwoFiles,
    WaitingPath,
)
from tensorbolt.writer._naming import TORCH_NAMING, Naming

if TYPE_CHECKING:
    from tensorbolt._resume import Resumed
    from tensorbolt.device_values import Queue


def new_lock() -> RLock:
    """Return a lock that its owner may take again.

    It is that of `threading`, which gevent and others replace, if the program has loaded that; else the one that it would be.
    """
    # Not imported: that would take a twentieth of the time of `import tensorbolt`, and a forked child makes locks.
    kind: type[RLock] = getattr(sys.modules.get("threading"), "RLock", RLock)
    return kind()


class WriterFiles(SummaryWriterAttributes):
    """The main file and those of sub-runs."""

    # Defaults for subclasses that set, log or close something before they call our constructor.
    _files_lock = RLock()
    _options: Options
    # Not given a value here: reading an attribute that the class has too is slower, and these are read by every call.
    _fast: FastPath
    _fast_groups: "_core.ScalarGroups | NoFastPath | WaitingPath"
    _groups: _core.ScalarGroups
    _file_writer: FileWriter | None = None
    # Rank and number of ranks, if the scalars go to a stream that `ranks="reduce"` reduces.
    _rank: Any = None
    # The rank's file in that stream, while it is open.
    _rank_file: Any = None
    # Of the main file, if it is not written: that of another rank is.
    _unwritten: Options | None = None
    # Events whose values devices are still computing, since the first one.
    _deferred: "Queue | None" = None
    # The process in which this writer was made, unless as a copy of another one.
    _maker: int | None = None
    # `None` after `close()`. `Any`, so that user code need not check for it, as with the reference writers' types.
    all_writers: dict[str, FileWriter] | Any = None
    # Classes of files, with `write_to_disk` and without.
    _file_kinds: tuple[type[FileWriter], type[FileWriter]] = FileWriter, DummyFileWriter
    _naming: Naming = TORCH_NAMING
    # From main tag and key to the directory of a sub-run, below the main file's.
    _directories: dict[str, dict[str, str]]
    _write_to_disk: bool
    _retry_open: bool
    log_dir: Any
    purge_step: int | None
    # Where the run goes on in a directory which has a log of it.
    _resumed: "Resumed | None" = None
    max_queue: int
    flush_secs: float
    filename_suffix: str
    auto_step: bool

    @property
    def file_writer(self) -> FileWriter | Any:
        """The `FileWriter` of the log directory itself; `None` after `close()`, and before a first event with `lazy`."""
        return self._file_writer

    @file_writer.setter
    def file_writer(self, writer: FileWriter | None) -> None:
        self._file_writer = writer
        if isinstance(writer, FileWriter):
            writer._on_path_change(self._select_path)
            writer._on_flush(self._finish_deferred)
        self._select_path()

    def _finish_deferred(self) -> None:
        """Wait for all values that are on their way from devices, and write them."""
        if self._deferred:
            self._deferred.deliver(wait=True)

    def _select_path(self) -> None:
        """Select the fast path, unless calls need a default step or time, or events must become messages."""
        if not hasattr(self, "_options"):
            # The constructor has not begun; it calls this again.
            return
        with self._files_lock:
            file = self._file_writer
            events = file._events if isinstance(file, FileWriter) else None
            scalars = events if self._rank_file is None else self._rank_file._events
            if (
                isinstance(events, _core.Writer)
                and isinstance(scalars, _core.Writer)
                and not self.auto_step
                and not self._options.step_context
                # An override may return another file at any time.
                and type(self)._get_file_writer is WriterFiles._get_file_writer
            ):
                self._fast, self._fast_groups = events, self._groups
                if scalars is not events:
                    self._fast = TwoFiles(scalars, events)
                    self._fast_groups = NO_FAST_PATH
            else:
                self._fast = self._fast_groups = NO_FAST_PATH
            if self._deferred:
                self._fast = self._fast_groups = WaitingPath(
                    self._deferred, self._fast, self._fast_groups
                )

    def _get_file_writer(self) -> FileWriter:
        """Return the main `FileWriter`; after `close()`, one on a new file in the same directory."""
        writer = self._file_writer
        if writer is not None and self.all_writers is not None:
            return writer
        with self._files_lock:
            writer = self._file_writer
            if writer is None or self.all_writers is None:
                step = self.purge_step
                if self._resumed is not None:
                    step = self._resumed.first_step()
                if self._rank is not None:
                    self._rank_file = self._open_rank_file(step)
                try:
                    writer = self._open(self.log_dir, purge_step=self.purge_step)
                except BaseException:
                    if self._rank_file is not None:
                        self._rank_file.close()
                    raise
                self._directories = {}
                self._groups.forget()
                self.all_writers = {writer.get_logdir(): writer}
                if self._rank_file is not None:
                    self.all_writers[self._rank_file.get_logdir()] = self._rank_file
                self.file_writer = writer
                if self._rank_file is not None:
                    self._rank_file.begin_curves(writer, step)
                # A second purge would hide the events that were logged since the first.
                self.purge_step = None
            return writer

    def _open_rank_file(self, purge_step: int | None) -> FileWriter:
        """Open the rank's file in the stream."""
        # Imported here: most programs need none of it.
        from tensorbolt.ranks._stream import RankFile

        self._options.shares_uploads = True
        file = RankFile(
            str(self.log_dir),
            self._rank,
            self._options,
            purge_step,
            self._retry_open,
            self.flush_secs,
            leads=self._maker == os.getpid(),
        )
        file._on_path_change(self._select_path)
        return file

    def _close_files(
        self, files: list[FileWriter], main: FileWriter | None, rank_file: Any
    ) -> Exception | None:
        """Close files, each of them even if another one fails; return the first failure."""
        failure: Exception | None = None
        # The rank's file first: what is made of the ranks' scalars goes to the main file.
        for file in sorted(files, key=lambda file: file is not rank_file):
            try:
                if file is main and rank_file is not None:
                    patience = self._options.stall_timeout
                    if rank_file.end_curves(file, patience):
                        file.flush()
                        continue
                file.close()
            except Exception as error:
                failure = failure or error
        return failure

    def _scalar_file(self) -> FileWriter:
        """Return the `FileWriter` that takes scalars: that of the rank's stream, or the main one."""
        main = self._get_file_writer()
        if self._rank is None:
            return main
        file: FileWriter | None = self._rank_file
        while file is None:
            # Another thread has closed it.
            self._get_file_writer()
            file = self._rank_file
        return file

    def _open(
        self,
        directory: Any,
        purge_step: int | None = None,
        root: str | None = None,
        events: _core.Writer | None = None,
    ) -> FileWriter:
        resume = self._resumed.of(directory) if self._resumed is not None else None
        kind: Any = self._file_kinds[0 if self._write_to_disk else 1]
        arguments = directory, self.max_queue, self.flush_secs, self.filename_suffix
        if self._write_to_disk:
            kind = replacement("FileWriter") or kind
        if not (isinstance(kind, type) and issubclass(kind, FileWriter)):
            if purge_step is None and self._resumed is not None:
                purge_step = self._resumed.step
            other: FileWriter = opened(kind, arguments, purge_step)
            return other
        file: FileWriter = kind(
            *arguments,
            options=self._unwritten or self._options,
            purge_step=purge_step,
            retry_open=self._retry_open,
            root=root,
            events=events,
            resume=resume,
        )
        return file

    def _open_sub_runs(self, directories: list[str]) -> None:
        """Open the files of sub-runs that are not open yet, side by side where the extension opens them by itself."""
        with self._files_lock:
            root = self._get_file_writer().get_logdir()
            writers = {} if self.all_writers is None else self.all_writers
            missing = [
                name for name in dict.fromkeys(directories) if name not in writers
            ]
            if len(missing) < 2 or not self._extension_opens(missing):  # noqa: PLR2004 - side by side are two
                for directory in missing:
                    self._writer_of(directory)
                return
            options = self._unwritten or self._options
            opened = _core.Writer.open_all(
                options.session, missing, self.filename_suffix, self._retry_open, root
            )
            failure = None
            for directory, events in zip(missing, opened, strict=True):
                if isinstance(events, _core.Writer):
                    writers[directory] = self._open(directory, root=root, events=events)
                else:
                    failure = failure or events
            if failure is not None:
                raise failure

    def _extension_opens(self, directories: list[str]) -> bool:
        """Whether files of these directories are opened by the extension alone, and begin as any other file does."""
        return (
            self._write_to_disk
            and self._resumed is None
            and replacement("FileWriter") is None
            and replacement("EventFileWriter") is None
            and all(map(opens_natively, directories))
        )

    def _writer_of(self, directory: str) -> FileWriter:
        """Return the `FileWriter` of a sub-run, opened at its first use."""
        writers = self.all_writers
        if writers is None or directory not in writers:
            with self._files_lock:
                root = self._get_file_writer().get_logdir()
                writers = {} if self.all_writers is None else self.all_writers
                if directory not in writers:
                    writers[directory] = self._open(directory, root=root)
        return writers[directory]

    def _write(
        self,
        call: Emission,
        directory: str | None = None,
        *,
        events: bool = True,
        scalars: bool = False,
    ) -> _core.Outcome:
        """Call the extension's writer of the main file, or of a sub-run.

        If another thread closes the file meanwhile, that of the next file is called. Problems are the caller's to report.

        Args:
            call: Calls one method of the writer that it is given; perhaps again, for another file.
            directory: Of the sub-run; `None` is the main file.
            events: False if the method writes files other than event files.
            scalars: True if the method writes scalars of the main file, which may have another file.
        """
        while True:
            if directory is not None:
                file = self._writer_of(directory)
            elif scalars:
                file = self._scalar_file()
            else:
                file = self._get_file_writer()
            try:
                return emit(events_of(file), call, events=events)
            except OSError:
                # Another thread may have closed it.
                files = list((self.all_writers or {}).values())
                is_open = any(file is one for one in files)
                if is_open or not events_of(file).closed:
                    raise
