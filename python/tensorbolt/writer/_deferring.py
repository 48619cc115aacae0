"""Events whose values a device is still computing: the call returns, and they are written when the values have arrived."""

import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tensorbolt import _arrays, _core
from tensorbolt._arguments import shown
from tensorbolt._choices import DEVICE_VALUES
from tensorbolt.file_writer import FileWriter
from tensorbolt.interception import event_hooks
from tensorbolt.writer._files import WriterFiles

if TYPE_CHECKING:
    from tensorbolt.device_values import Queue, Snapshot

Numbers: TypeAlias = "list[float] | Snapshot[list[float]]"
"""Numbers that are known, or on their way."""

_FRAMEWORKS = frozenset(("jax", "torch"))
_BY_DEFAULT = frozenset(("jax",))
"""Frameworks whose devices no call waits for unless an option says so: those with which this has been tried."""

TORCH_DEVICES = {"cuda", "xpu", "mps"}
"""Kinds of devices of torch whose values calls need not wait for."""


class DeferringWriter(WriterFiles):
    """Takes numbers of devices, and writes events in the order of their calls all the same."""

    # Frameworks whose devices no call waits for.
    _asynchronous: frozenset[str] = frozenset()

    def _choose_device_values(self, choice: Any) -> None:
        if choice is not None and choice not in DEVICE_VALUES:
            known = " or ".join(f'"{one}"' for one in DEVICE_VALUES)
            raise ValueError(
                f"device_values must be {known}, or None, not {shown(choice)}"
            )
        self.device_values = choice
        if choice is None:
            self._asynchronous = _BY_DEFAULT
        else:
            self._asynchronous = _FRAMEWORKS if choice == "async" else frozenset()
        if "torch" in self._asynchronous:
            _core.leave_device_tensors()

    def _framework(self, value: Any) -> str | None:
        """Return the framework on whose device a value is, if no call waits for that."""
        if "jax" in self._asynchronous and type(value).__module__.startswith("jax"):
            return None if _is_here(value) else "jax"
        if "torch" not in self._asynchronous:
            return None
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(value, torch.Tensor):
            return None
        try:
            return "torch" if value.device.type in TORCH_DEVICES else None
        except Exception:
            return (
                None  # a subclass that refuses to answer, for the usual way to explain
            )

    def _may_have_device_values(self) -> bool:
        """Whether a framework is loaded whose devices no call waits for."""
        return any(name in sys.modules for name in self._asynchronous)

    def _numbers(self, values: Sequence[Any], name_of: Callable[[int], str]) -> Numbers:
        """Return the numbers that values are, or a snapshot if some are still being computed.

        Args:
            values: As for `add_scalar`.
            name_of: Returns the name of the value at a place, for error texts.
        """
        if self._may_have_device_values():
            frameworks = [self._framework(value) for value in values]
            if any(frameworks) and self._can_defer():
                # Imported here: most programs need none of it.
                from tensorbolt.device_values import numbers_of

                names = [name_of(place) for place in range(len(values))]
                return numbers_of(values, names, frameworks)
        return [
            value if type(value) is float else _arrays.number(value, name_of(place))
            for place, value in enumerate(values)
        ]

    def _can_defer(self) -> bool:
        """Whether events go to the files from the extension alone: other code gets them within the call."""
        file: Any = self._file_writer
        if file is None:
            return not self._options.observers
        return isinstance(file, FileWriter) and isinstance(
            event_hooks.events_of(file), _core.Writer
        )

    def _is_deferred(self, tags: Iterable[Hashable]) -> bool:
        """Whether events of one of these tags wait for values of a device."""
        return self._deferred is not None and self._deferred.holds(tags)

    def _emit_numbers(
        self,
        tags: Sequence[Hashable],
        numbers: Numbers,
        write: Callable[[list[float]], bool],
        count: int = 1,
    ) -> bool:
        """Write numbers, or have them written when they and all others before them have arrived.

        Args:
            tags: The tags of what is written.
            numbers: What `_numbers` has returned.
            write: Writes them, and says whether there are problems to report; called from any thread.
            count: The number of events that they are.

        Returns:
            Whether there are problems to report.
        """
        if isinstance(numbers, list):
            if not self._is_deferred(tags):
                return write(numbers)
            self._queue().append(tags, numbers, write, is_known=True, count=count)
        else:
            self._queue().append(tags, numbers, write, is_known=False, count=count)
        return False

    def _queue(self) -> "Queue":
        """Return the queue of events that wait, made at the first one."""
        from tensorbolt.device_values import Queue

        with self._files_lock:
            if self._deferred is None:
                session = self._options.session
                self._deferred = Queue(
                    self._select_path,
                    lambda count, tag, error: _report_lost(session, count, tag, error),
                )
            return self._deferred

    def _wait_for(self, tags: Iterable[Hashable]) -> None:
        """Have written what waits, if some of it has one of these tags: arrays can be logged in the call only."""
        if self._is_deferred(tags):
            self._finish_deferred()


def _is_here(array: Any) -> bool:
    """Whether an array of JAX is in main memory, computed; or there is something else to be said about it."""
    try:
        # A deleted array is asked nothing more: it has no buffer, and `is_ready` reads it all the same.
        if not array.is_deleted() and not array.is_ready():
            return False
        for device in array.devices():
            if device.platform != "cpu":
                return False
    except Exception:
        pass  # deleted, or a value of a trace: the usual way explains
    return True


def _report_lost(
    session: _core.Session, count: int, tag: Hashable, error: Exception
) -> None:
    lines = [line.strip()[:200] for line in str(error).splitlines() if line.strip()]
    # In between are the lines of a traceback.
    failure = " … ".join(dict.fromkeys(lines[:1] + lines[-1:]))
    kind = type(error).__name__
    session.drop_unread(
        count,
        f"device value: {kind}",
        f"the value of {shown(tag)} was not logged, because its computation or its device failed: {kind}: {failure}",
    )
