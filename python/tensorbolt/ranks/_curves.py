"""The curves of a job, which a native thread of rank 0 makes of all ranks' streams and writes to rank 0's event file.

There is one for each directory of this process: several writers of rank 0 in one directory share it, and the event file that
it writes to stays open until the last of them is closed.
"""

import os
from typing import TYPE_CHECKING

from tensorbolt import _core
from tensorbolt._warnings import warn
from tensorbolt.file_writer import FileWriter
from tensorbolt.ranks._window import window

if TYPE_CHECKING:
    from tensorbolt._upload import RemoteLog


class Curves:
    """The thread of one directory.

    Args:
        file: The event file of rank 0.
        events: The extension's writer of it.
        log: The upload that it belongs to, if it is in an object store.
        resumed: The step from which on the curves are replaced.
    """

    def __init__(
        self,
        file: FileWriter,
        events: _core.Writer,
        log: "RemoteLog | None",
        resumed: int | None,
    ) -> None:
        self.users = 1
        self.process = os.getpid()
        self._path = id(file)
        # The file, once its writer is closed and others of the same directory are not.
        self._kept: FileWriter | None = None
        self._log = log
        self._window = window(log.interval if log is not None else 0.0)
        upload = log.upload if log is not None else None
        self._reducer = _core.RankReducer(events, upload, self._window, resumed)

    def keep(self, file: FileWriter) -> bool:
        """Keep the file open, if it is the one that the curves go to."""
        if id(file) != self._path:
            return False
        self._kept = file
        return True

    def finish(self, patience: float) -> None:
        """Wait for the other ranks' end, for at most some seconds, and write what is there."""
        # The thread finds in the store what this process has logged. If that is not there, neither are the other ranks' ends.
        if self._log is not None and not self._log.upload.wait(patience, patience):
            patience = 0.0
        if not self._reducer.finish(min(patience, self._window)):
            warn(
                "tensorbolt: the curves of the ranks are not all written, for their streams cannot be read in time; "
                "`tensorbolt reduce` adds what is missing"
            )
        if self._kept is not None:
            self._kept.close()


_open: dict[str, Curves] = {}


def begin(file: FileWriter, resumed: int | None) -> None:
    """Have the curves of a directory written to this event file, unless another one of this process has them."""
    directory = file.get_logdir()
    curves = _open.get(directory)
    if curves is not None and curves.process == os.getpid():
        curves.users += 1
        return
    events = getattr(file.event_writer, "_events", None)
    # Not files of other packages.
    if type(events) is _core.Writer:
        remote = file.event_writer._remote
        log = remote.log if remote is not None else None
        _open[directory] = Curves(file, events, log, resumed)


def leave(file: FileWriter, patience: float) -> bool:
    """A writer of rank 0 has ended its stream: finish the curves if it is the last one. True if its file must stay open."""
    directory = file.get_logdir()
    curves = _open.get(directory)
    if curves is None or curves.process != os.getpid():
        return False
    curves.users -= 1
    if curves.users > 0:
        return curves.keep(file)
    del _open[directory]
    curves.finish(patience)
    return False


def end(patience: float) -> None:
    """The process ends: finish what was not closed."""
    all_curves = [one for one in _open.values() if one.process == os.getpid()]
    _open.clear()
    for curves in all_curves:
        curves.finish(patience)
