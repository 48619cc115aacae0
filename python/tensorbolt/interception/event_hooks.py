"""Replaced methods and observers get every event as a protobuf message.

On the fast path the extension encodes and writes by itself. If other code has replaced `FileWriter.add_event`,
`add_summary` or the `EventFileWriter`, or has added an observer, the same calls take the message path: they encode into
memory, and their events go through the replaced methods before the call returns, in the thread that calls. Open files are
notified of a replacement, so that no call has to check for one.
"""

import sys
import weakref
from abc import ABCMeta
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from tensorbolt import _core
from tensorbolt._warnings import warn
from tensorbolt.interception.event_message import needed_message_type

HOOK_POINTS = frozenset({"add_event", "add_summary", "event_writer"})
"""Attributes whose replacement changes the path of events."""

MODULES = (
    "tensorbolt.file_writer",
    "tensorbolt.compat.torch.writer",
    "tensorbolt.compat.tensorboardx.writer",
)
"""Modules in which other code may replace the names `EventFileWriter` and `FileWriter`."""

OUR_MODULES = (
    "tensorbolt.event_file_writer",
    "tensorbolt.file_writer",
    "tensorbolt.compat.tensorboardx._writers",
)
"""Modules of this package that define classes of these names."""


Emission: TypeAlias = Callable[[_core.Writer], _core.Outcome]
"""Calls one method of the extension's `Writer` that it is given: that of a file, or one that keeps events in memory."""


if TYPE_CHECKING:
    from typing import ClassVar, Protocol

    # To make these classes would take a tenth of the time of `import tensorbolt`.
    class EventFile(Protocol):
        """A file of the extension, or a stand-in for one."""

        @property
        def closed(self) -> bool:
            """Whether the file is closed."""

        def flush(self) -> bool:
            """Flush the file; false if that failed."""

    class Emitter(EventFile, Protocol):
        """A stand-in for a file of the extension."""

        def emit(self, call: Emission, *, events: bool = True) -> _core.Outcome:
            """Have something written; see the function of this name."""

    class HookedWriter(Protocol):
        """A `FileWriter`, whose methods may be replaced."""

        _original_add_summary: ClassVar[dict[str, Any]]

        def get_logdir(self) -> str:
            """Return the directory."""

        def add_event(self, event: Any, step: Any = None, walltime: Any = None) -> None:
            """Append an `Event` message."""

        def add_summary(
            self, summary: Any, global_step: Any = None, walltime: Any = None
        ) -> None:
            """Append a `Summary` message."""

        def flush(self) -> None:
            """Flush the file."""

        def _select_path(self) -> None: ...


open_writers: "weakref.WeakValueDictionary[int, HookedWriter]" = (
    weakref.WeakValueDictionary()
)
"""The `FileWriter`s of this process."""


def _changed(name: str) -> None:
    if name in HOOK_POINTS:
        for writer in list(open_writers.values()):
            writer._select_path()


class HookableType(ABCMeta):
    """Metaclass of classes with hook points: a replacement on the class notifies open files. Works with abstract classes."""

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        _changed(name)

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        _changed(name)


class Hookable(metaclass=HookableType):
    """Base of classes with hook points, which may be replaced on the class or on one object."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self._changed(name)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._changed(name)

    def _changed(self, name: str) -> None:
        _changed(name)


def replaced(owner: Any, methods: dict[str, Any]) -> bool:
    """Return whether one of an object's methods is not the original function."""
    return any(
        getattr(getattr(owner, name, None), "__func__", None) is not function
        for name, function in methods.items()
    )


def current(name: str, original: Any) -> Any:
    """Return the first replacement of a name in `MODULES`, or `original`."""
    for module in MODULES:
        found = getattr(sys.modules.get(module), name, original)
        if found is not original:
            return found
    return original


def replacement(name: str) -> Any:
    """Return the first replacement of one of our classes in `MODULES`; `None` if there is none."""
    for module in MODULES:
        found = getattr(sys.modules.get(module), name, None)
        if found is not None and getattr(found, "__module__", None) not in OUR_MODULES:
            return found
    return None


class MessageWriter:
    """Stands where the extension's `Writer` stands; what is written goes through a `FileWriter`'s methods as messages.

    Args:
        writer: The file writer.
        native: The extension's writer of that file; `None` if another package's event writer has replaced it.
    """

    def __init__(
        self, writer: "HookedWriter", native: "_core.Writer | Emitter | None"
    ) -> None:
        # Weak, so that a writer without references is closed at once.
        self._writer = weakref.ref(writer)
        self._native = native
        # The budget takes any event, so that no call waits.
        self._session = _core.Session(
            2**62, "block", _core.DEFAULT_STALL_TIMEOUT, False, True
        )
        self._flushed_before = False

    def emit(self, call: Emission, *, events: bool = True) -> _core.Outcome:
        """Pass on the events that a call makes; one that makes none goes to the file, as does one of a closed file."""
        native = self._native
        if native is not None and (not events or native.closed):
            return emit(native, call)
        return self._pass_on(call)

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._native is not None and self._native.closed

    def flush(self) -> bool:
        """Flush the file."""
        if self._native is not None:
            return self._native.flush()
        writer = self._writer()
        if writer is not None:
            writer.flush()
        return True

    def _pass_on(self, call: Emission) -> _core.Outcome:
        writer = self._writer()
        if writer is None:
            raise OSError("the writer is gone; make a new one to go on")
        outcome, events = self.encode(call)
        if not self._flushed_before:
            # Events of the fast path come first.
            self._flushed_before = self.flush()
        for event in events:
            step, seconds = event.step, event.wall_time
            if event.WhichOneof("what") == "summary" and replaced(
                writer, writer._original_add_summary
            ):
                writer.add_summary(event.summary, step, seconds)
            else:
                writer.add_event(event, step, seconds)
        return outcome

    def encode(self, call: Emission) -> tuple[_core.Outcome, list[Any]]:
        """Return the outcome of a call, and the events that it would have written."""
        writer = self._writer()
        directory = "" if writer is None else str(writer.get_logdir())
        kind = needed_message_type("the replacement of EventFileWriter")
        # A new one for each call, so that threads do not mix their events, and no lock is held at a fork.
        memory = _core.Writer.in_memory(self._session, directory)
        outcome = call(memory)
        events = [kind.FromString(data) for data in memory.take()]
        for problem in self._session.take_problems():
            warn(f"tensorbolt: {problem}. Training goes on.")
        return outcome, events


class _Passing(MessageWriter):
    """Stands where the extension's `Writer` stands, for a file of another package: a mock, or a reference writer's."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, None)

    def _pass_on(self, call: Emission) -> _core.Outcome:
        outcome, events = self.encode(call)
        file: Any = self._writer()
        for event in events:
            if event.WhichOneof("what") == "summary":
                file.add_summary(event.summary, event.step, event.wall_time)
            else:
                file.add_event(event, event.step, event.wall_time)
        return outcome


def emit(
    writer: "_core.Writer | Emitter",
    call: Emission,
    *,
    events: bool = True,
) -> _core.Outcome:
    """Have something written.

    Args:
        writer: Where it goes; see `events_of`.
        call: What is written.
        events: False if the call writes files other than event files.

    Raises:
        OSError: The writer is closed.
    """
    if isinstance(writer, _core.Writer):
        return call(writer)
    return writer.emit(call, events=events)


def events_of(file: Any) -> Any:
    """Return the object that takes the events of a `FileWriter` of any origin; see `emit`."""
    ours: Any = file if isinstance(file, Hookable) else None
    return _Passing(file) if ours is None else ours._events


def opened(kind: Any, arguments: tuple[Any, ...], purge_step: int | None) -> Any:
    """Open a file of another package's class, as the reference writers do: a purge goes through its `add_event`."""
    file = kind(*arguments)
    if purge_step is not None:
        event = needed_message_type("the replacement of FileWriter")
        start = {"status": "START"}
        file.add_event(event(step=purge_step, file_version=_core.FILE_VERSION))
        file.add_event(event(step=purge_step, session_log=start))
    return file
