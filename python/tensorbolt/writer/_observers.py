"""Watching what is logged."""

from tensorbolt.file_writer import FileWriter
from tensorbolt.interception.observers import Observer
from tensorbolt.writer._base import WriterBase


class ObserverMethods(WriterBase):
    """The methods that let others watch."""

    def add_observer(self, callback: Observer) -> None:
        """Have a function called with every event from now on, sub-runs and `file_writer` included.

        It is called as `callback(event, directory)` after the event has been handed on, before the call that logs it
        returns, and in the same thread: `event` is the protobuf message `Event`, with `wall_time`, `step` and `summary`,
        `directory` the one of its run. Pictures are then compressed within the call, too. If it fails, that is told
        once, and logging goes on. Copies of the writer and `write_to_disk=False` call nobody.

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
        self._options.observers.add(callback)
        self._observers_changed()

    def remove_observer(self, callback: Observer) -> None:
        """Call a function no more.

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
