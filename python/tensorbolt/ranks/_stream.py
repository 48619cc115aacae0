"""The file of a rank's scalars: its part of the stream that the ranks of a node share."""

import os
import weakref
from typing import Any

from tensorbolt import _core
from tensorbolt._options import Options
from tensorbolt.file_writer import FileWriter
from tensorbolt.ranks import _curves
from tensorbolt.ranks._find import Place
from tensorbolt.ranks._local import local_directory
from tensorbolt.record_writer import own_factory_of

FOLDER = "ranks"
"""Name of the folder of streams in a log directory."""


class RankFile(FileWriter):
    """Writes the scalars of one rank, each with the rank, into the stream of its node.

    Args:
        log_dir: Directory of the job, or its address in an object store. The streams are in its folder `ranks`.
        place: The rank, and the number of ranks.
        options: Of the `SummaryWriter`.
        purge_step: What the rank logged before, from this step on, is replaced.
        retry_open: Whether a stream that cannot be made now is tried again in the background, instead of raising.
        flush_secs: Of the `SummaryWriter`.
        leads: Whether the rank has logged all when its last writer in this process closes, and whether it makes the curves
            if it is rank 0. Not so in copies and in forked children: the writer that they were made from goes on.

    Raises:
        ValueError: The directory has a registered scheme, whose files only one process can write.
        OSError: The folder or the stream cannot be made.
    """

    def __init__(
        self,
        log_dir: str,
        place: Place,
        options: Options,
        purge_step: int | None,
        retry_open: bool,
        flush_secs: float | None,
        leads: bool,
    ) -> None:
        if own_factory_of(log_dir) is not None:
            raise ValueError(
                f'ranks="reduce" needs a local directory or an object store, and log_dir {log_dir!r} has a registered scheme; '
                'pass ranks="first" or ranks="all"'
            )
        self._place = place
        self._maker = os.getpid() if leads else None
        super().__init__(
            f"{log_dir.rstrip('/')}/{FOLDER}",
            None,
            flush_secs,
            options=options,
            purge_step=purge_step,
            retry_open=retry_open,
            root=log_dir,
            opener=self._opened,
        )
        _open_files[id(self)] = self
        self._collected = weakref.finalize(self, _collected, self._stream, self._key)
        # The end of the process has its own hook.
        self._collected.atexit = False

    def _opened(
        self,
        session: _core.Session,
        directory: str,
        purge_step: int | None,
        retry_open: bool,
        *,
        alone: bool = False,
    ) -> _core.Writer:
        """Join or begin the stream; `alone` if no other process may append to it."""
        rank, world_size, _ = self._place
        self._stream = _core.Writer.stream(
            session,
            directory,
            None if alone else local_directory(),
            rank,
            world_size or 1,
            purge_step,
            retry_open,
        )
        return self._stream

    @property
    def _key(self) -> tuple[Any, ...]:
        """The rank, as far as this process is its maker."""
        return self.get_logdir(), self._place.rank, self._maker

    def begin_curves(self, main: FileWriter, resumed: int | None) -> None:
        """Have the curves of all ranks written to the main file, if this is rank 0."""
        if self._place.rank == 0 and self._maker == os.getpid():
            # The thread knows this rank from the beginning.
            self._stream.flush()
            _curves.begin(main, resumed)

    def end_curves(self, main: FileWriter, patience: float) -> bool:
        """Wait for the curves if this is the last file of rank 0 here, once it is closed; true if `main` must stay open."""
        if self._place.rank == 0 and self._maker == os.getpid():
            return _curves.leave(main, patience)
        return False

    def close(self) -> None:
        """Flush and close; the last one of a rank in this process writes that the rank has logged all."""
        _open_files.pop(id(self), None)
        if self._collected.detach():
            _end(self._stream, self._key)
        super().close()


_open_files: "weakref.WeakValueDictionary[int, RankFile]" = (
    weakref.WeakValueDictionary()
)


def _end(stream: _core.Writer, key: tuple[Any, ...]) -> None:
    if key[-1] != os.getpid() or stream.closed:
        return
    if all(file._key != key for file in list(_open_files.values())):
        stream.add_rank_stop()


def _collected(stream: _core.Writer, key: tuple[Any, ...]) -> None:
    """A file was collected without being closed."""
    _end(stream, key)


def end(patience: float) -> None:
    """The process ends: the ranks that were not closed have logged all. Rank 0 waits for others, for at most some seconds."""
    files = list(_open_files.values())
    _open_files.clear()
    for file in files:
        if file._collected.detach():
            _end(file._stream, file._key)
    for file in files:
        file._stream.flush()
    _curves.end(patience)
