"""`FileWriter`, which writes one event file, and the objects that it gives access to."""

import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar

from tensorbolt import _core, _paths
from tensorbolt._arguments import check_step, check_wall_time
from tensorbolt._options import Options
from tensorbolt._step_context import StepContext
from tensorbolt.event_file_writer import EventFileWriter
from tensorbolt.interception import event_hooks, event_message, private_attributes

__all__ = ["DummyFileWriter", "EventFileWriter", "FileWriter", "Options"]

_Self = TypeVar("_Self", bound="FileWriter")


class FileWriter(private_attributes.FileWriterAttributes, event_hooks.Hookable):
    """Writes protobuf messages to one new event file in a directory.

    The file, with its first record, is there when the constructor returns.

    Args:
        log_dir: Directory of the run; made if missing.
        max_queue: Kept for compatibility; the limit is in bytes, see `SummaryWriter`.
        flush_secs: Kept for compatibility; bytes reach the operating system within 100 ms anyway.
        filename_suffix: End of the file's name, appended as it is.
        logdir: Another name of `log_dir`.

    Raises:
        TypeError: No directory is given.
        OSError: The directory or the file cannot be made.
    """

    # Its methods as defined below, to detect a replacement.
    _original_add_event: ClassVar[dict[str, Any]]
    _original_add_summary: ClassVar[dict[str, Any]]
    # The tag under which TensorBoard lists the run of a graph; tensorboardX has another.
    _graph_tag = "step1"

    def __init__(
        self,
        log_dir: Any = None,
        max_queue: int | None = 10,
        flush_secs: float | None = 120,
        filename_suffix: str | None = "",
        *,
        logdir: Any = None,
        options: Options | None = None,
        purge_step: int | None = None,
        retry_open: bool = False,
        root: str | None = None,
        events: "_core.Writer | None" = None,
        opener: Callable[..., _core.Writer] | None = None,
        resume: "_core.Resume | None" = None,
    ) -> None:
        directory = logdir if logdir is not None else log_dir
        if directory is None:
            raise TypeError("log_dir is missing: pass the directory of the run")
        self._options = options or Options.of_variables()
        self._listener: Callable[[], Callable[[], None] | None] = lambda: None
        self._finisher: Callable[[], Callable[[], None] | None] = lambda: None
        # Looked up now, because other code may have replaced the class. What `opener` opens is no event file.
        kind = (
            event_hooks.current("EventFileWriter", _OURS) if opener is None else _OURS
        )
        ours = isinstance(kind, type) and issubclass(kind, _OURS)
        keywords: dict[str, Any] = {
            "options": self._options,
            "purge_step": purge_step,
            "retry_open": retry_open,
            "root": root,
            "events": events,
            "opener": opener,
            "resume": resume,
        }
        self.event_writer: EventFileWriter | Any = kind(
            _paths.resolve(directory, None),
            max_queue,
            flush_secs,
            filename_suffix,
            **(keywords if ours else {}),
        )
        event_hooks.open_writers[id(self)] = self
        self._select_path()

    def _changed(self, name: str) -> None:
        if name in event_hooks.HOOK_POINTS and id(self) in event_hooks.open_writers:
            self._select_path()

    def _on_path_change(self, listener: Callable[[], None]) -> None:
        """Call `listener`, a bound method held weakly, whenever the path of events changes."""
        self._listener = weakref.WeakMethod(listener)

    def _on_flush(self, finisher: Callable[[], None]) -> None:
        """Call `finisher`, a bound method held weakly, before each flush: it logs what waits for a device."""
        self._finisher = weakref.WeakMethod(finisher)

    def _finish(self) -> None:
        finisher = self._finisher()
        if finisher is not None:
            finisher()

    def _select_path(self) -> None:
        """Select the fast path, or the message path if a replacement or an observer needs events as messages."""
        native = (
            self.event_writer._events if isinstance(self.event_writer, _OURS) else None
        )
        wanted = self._options.write_to_disk and (
            native is None
            or bool(self._options.observers)
            or event_hooks.replaced(
                self, self._original_add_summary | self._original_add_event
            )
            or event_hooks.replaced(self.event_writer, _OURS._original_add_event)
        )
        if wanted and native is not None and event_message.message_type() is None:
            event_message.no_messages()
            wanted = False
        before = self.__dict__.get("_events")
        self._events: Any = (
            event_hooks.MessageWriter(self, native) if wanted else native
        )
        if before is not None and self._events is not before:
            _core.routes_changed()
        listener = self._listener()
        if listener is not None:
            listener()

    @property
    def _step_context(self) -> StepContext:
        return self._options.step_context

    def get_logdir(self) -> str:
        """Return the directory, always as a string."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: Any = None, walltime: Any = None) -> None:
        """Append an `Event` message of any protobuf package.

        Sets its `wall_time`, and its `step` if one is given, as both reference writers do.

        Args:
            event: The message; serialised within the call.
            step: Global step, or `None` to keep the message's.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `event` has no `SerializeToString()`.
            OSError: The writer is closed.
        """
        if not hasattr(event, "SerializeToString"):
            event_message.serialised(event, "event")
        seconds = self._seconds(walltime)
        event.wall_time = _core.now() if seconds is None else seconds
        if step is None:
            step = self._step_context.step()
        if step is not None:
            event.step = check_step(step, "step")
        self.event_writer.add_event(event)

    def add_summary(
        self, summary: Any, global_step: Any = None, walltime: Any = None
    ) -> None:
        """Append a `Summary` message of any protobuf package as an event.

        Args:
            summary: The message; serialised within the call.
            global_step: Global step.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `summary` has no `SerializeToString()`.
            OSError: The writer is closed.
        """
        data = event_message.serialised(summary, "summary")
        if global_step is None:
            global_step = self._step_context.step()
        step, seconds = check_step(global_step), self._seconds(walltime)

        def call(events: _core.Writer) -> _core.Outcome:
            return events.add_summary(data, step, seconds)

        if isinstance(self._events, event_hooks.MessageWriter):
            # Calls add_event, because the caller may be the replacement of add_summary.
            _, messages = self._events.encode(call)
            for event in messages:
                self.add_event(event, event.step, event.wall_time)
        elif event_hooks.emit(self._events, call).alert:
            self._options.report_problems()

    def use_metadata(
        self: _Self, *, global_step: Any = None, walltime: float | None = None
    ) -> AbstractContextManager[_Self]:
        """Give `add_summary` and `add_event` a step and a time within a `with` block, where a call gives none.

        The file of a `SummaryWriter` does so for that whole writer; see `SummaryWriter.use_metadata`.

        Args:
            global_step: Step of calls that give none.
            walltime: Seconds since the epoch, for calls that give none.

        Returns:
            A context manager; entering it returns the writer.

        Raises:
            ValueError: Neither is given, or one is out of range.
            TypeError: One of them is not a number.
        """
        return self._step_context.use(self, global_step, walltime)

    def add_graph(self, graph_profile: Any, walltime: Any = None) -> None:
        """Append a `GraphDef` message of any protobuf package, and the `RunMetadata` of its run.

        Args:
            graph_profile: The two messages; serialised within the call.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: They are not two, or have no `SerializeToString()`.
            OSError: The writer is closed.
        """
        try:
            graph, metadata = graph_profile
        except (TypeError, ValueError):
            raise TypeError(
                f"graph_profile must be a pair of GraphDef and RunMetadata, not {type(graph_profile).__name__}"
            ) from None
        graph = event_message.serialised(graph, "graph_profile[0]")
        metadata = event_message.serialised(metadata, "graph_profile[1]")
        self._add_graph_def(graph, (self._graph_tag, metadata), walltime)

    def add_onnx_graph(self, graph: Any, walltime: Any = None) -> None:
        """Append a `GraphDef` message of any protobuf package.

        Args:
            graph: The message; serialised within the call.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `graph` has no `SerializeToString()`.
            OSError: The writer is closed.
        """
        self._add_graph_def(event_message.serialised(graph, "graph"), None, walltime)

    def add_openvino_graph(self, graph: Any, walltime: Any = None) -> None:
        """Append a `GraphDef` message; the same as `add_onnx_graph`."""
        self.add_onnx_graph(graph, walltime)

    def _seconds(self, walltime: Any) -> float | None:
        seconds = check_wall_time(walltime)
        return self._step_context.wall_time() if seconds is None else seconds

    def _add_graph_def(
        self, graph: bytes, metadata: tuple[str, bytes] | None, walltime: Any
    ) -> None:
        seconds = self._seconds(walltime)
        outcome = event_hooks.emit(
            self._events, lambda events: events.add_graph_def(graph, metadata, seconds)
        )
        if outcome.alert:
            self._options.report_problems()

    def flush(self, *, remote: bool = False) -> None:
        """Wait until all that was logged before is handed to the operating system.

        Args:
            remote: Of a file in an object store: wait until all is there.
        """
        self._finish()
        if remote:
            self.event_writer.flush(remote=True)
        else:
            # As it stands, for event writers of other packages.
            self.event_writer.flush()

    def close(self) -> None:
        """Flush and close the file. May be called again."""
        self._finish()
        self.event_writer.close()

    def reopen(self) -> None:
        """End the file and begin a new one in the same directory."""
        self.event_writer.reopen()
        # A file in an object store is another object then.
        self._select_path()


# Other code may replace the name `EventFileWriter`.
_OURS = EventFileWriter
FileWriter._original_add_event = {"add_event": FileWriter.add_event}
FileWriter._original_add_summary = {"add_summary": FileWriter.add_summary}


class DummyFileWriter(FileWriter):
    """A `FileWriter` that checks its arguments and writes nothing, for `write_to_disk=False`."""

    _logdir = private_attributes.Computed(FileWriter.get_logdir)

    def __init__(
        self,
        logdir: Any,
        *arguments: Any,
        options: Options | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(
            logdir,
            *arguments,
            options=options or Options(write_to_disk=False),
            **keywords,
        )
