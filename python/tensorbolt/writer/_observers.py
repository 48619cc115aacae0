"""Observers, which are called with every logged event."""

from tensorbolt.file_writer import FileWriter
from tensorbolt.interception.observers import Observer
from tensorbolt.writer._base import WriterBase


class ObserverMethods(WriterBase):
    """The methods that add and remove observers."""

    def add_observer(self, callback: Observer) -> None:
        """Call a function with every event from now on, sub-runs and `file_writer` included.

        The writer calls `callback(event, directory)` in the thread that logs, after the event is in the file's buffer and
        before the logging call returns. `event` is the protobuf message `Event`, with `wall_time`, `step` and `summary`;
        `directory` is that of its run. With an observer, images are compressed within the call, too. The first failure of
        an observer is reported, and logging goes on. Copies of the writer have no observers, and with
        `write_to_disk=False` none is called.

        Args:
            callback: The function; added twice it is called once.

        Raises:
            TypeError: `callback` cannot be called.
            ImportError: Neither `tensorboard` nor `tensorboardX` is installed, which have the message.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
            ...     writer.add_observer(lambda event, _: print(event.step, event.summary.value[0].tag))
            ...     writer.add_scalar("loss", 0.5, 3)
            3 loss
        """
        # What was logged before is not for it.
        self._finish_deferred()
        self._options.observers.add(callback)
        self._observers_changed()

    def remove_observer(self, callback: Observer) -> None:
        """Stop calling a function.

        Args:
            callback: What `add_observer` was given.

        Raises:
            ValueError: It is no observer of this writer.
        """
        self._options.observers.remove(callback)
        self._observers_changed()

    def _observers_changed(self) -> None:
        for writer in list((self.all_writers or {}).values()):
            if isinstance(writer, FileWriter):
                writer._select_path()
