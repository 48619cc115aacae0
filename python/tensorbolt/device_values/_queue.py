"""The events of a writer whose values have not arrived, in the order of calls.

Each later call asks whether the first of them has arrived, and a thread does so ten times a second for programs that
log nothing more for a while. It is a thread of Python: what a framework offers to native code without the interpreter (the
events of CUDA, buffers of PJRT) can be asked through C interfaces only, which take `unsafe` code and differ from version to
version, while the question itself takes a microsecond at most. `flush`, `close` and the end of the process wait.
"""

import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from tensorbolt.device_values._snapshot import Snapshot

MAX_HELD_BYTES = 2**20
"""Bytes on devices that may be held for values on their way, over all writers of the process."""
MAX_HERE_BYTES = 64 * 2**20
"""The same of main memory: pinned memory that devices copy to, and what is copied of devices that are the processor."""
MAX_EVENTS = 10_000
"""Events of one writer that may wait, those included whose values are known and which come behind others of their tag."""

_INTERVAL = 0.1
_IDLE_LOOKS = 20
"""Looks without anything to look for after which the thread ends."""
_FIRST_PAUSE, _LONGEST_PAUSE = 20e-6, 2e-3


class _Event(NamedTuple):
    tags: tuple[Hashable, ...]
    values: Any
    """A `Snapshot`, or values that are known."""
    is_known: bool
    held: int
    here: int
    lost: int
    """The number of events that are lost if the values cannot be read."""
    write: Callable[[Any], Any]


class Queue:
    """Events that wait; made by a writer at its first one.

    Args:
        changed: A bound method, held weakly, that is called when the first event begins to wait and when none does any more.
        lost: Called with the number of events whose values cannot be read, their first tag, and the failure.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        lost: Callable[[int, Hashable, Exception], None],
    ) -> None:
        self._changed = weakref.WeakMethod(changed)
        self._lost = lost
        self._events: deque[_Event] = deque()
        self._tags: dict[Hashable, int] = {}
        self._renew_locks()

    def _renew_locks(self) -> None:
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        self._deliverer: int | None = None

    def __bool__(self) -> bool:
        return bool(self._events)

    def holds(self, tags: Iterable[Hashable]) -> bool:
        """Whether an event of one of these tags waits, behind which another one has to."""
        return bool(self._tags) and any(tag in self._tags for tag in tags)

    @property
    def tags(self) -> dict[Hashable, int]:
        """The tags of events that wait, with the number of these."""
        return self._tags

    def append(
        self,
        tags: Iterable[Hashable],
        values: "Snapshot[Any] | Any",
        write: Callable[[Any], Any],
        *,
        is_known: bool,
        count: int = 1,
    ) -> None:
        """Have an event written when its values have arrived, and all events before it.

        Args:
            tags: What it has values of.
            values: A snapshot, or with `is_known` the values.
            write: Called with the values, from any thread.
            is_known: The event waits for others of its tags only.
            count: Number of events that are lost if the values cannot be read.
        """
        held, here = (0, 0) if is_known else (values.held, values.here)
        event = _Event(tuple(tags), values, is_known, held, here, count, write)
        with self._lock:
            begins = not self._events
            self._events.append(event)
            for tag in event.tags:
                self._tags[tag] = self._tags.get(tag, 0) + 1
        _process.hold(self, held, here)
        if begins:
            self._call_changed()

    def look(self) -> None:
        """Write what has arrived, and wait for all if too much waits."""
        self.deliver(wait=len(self._events) > MAX_EVENTS)

    def deliver(self, *, wait: bool) -> None:
        """Write the events whose turn it is: all that have arrived, or with `wait` all.

        What fails is counted and reported, never raised.
        """
        me = threading.get_ident()
        if self._deliverer == me or not self._delivering.acquire(blocking=wait):
            # A call within a delivery, as of a signal handler, or another thread is at it.
            return
        self._deliverer = me
        try:
            while self._events:
                event = self._events[0]
                if not _is_due(event, wait=wait):
                    return
                self._write(event)
                self._remove(event)
        finally:
            self._deliverer = None
            self._delivering.release()

    def _write(self, event: _Event) -> None:
        try:
            event.write(event.values if event.is_known else event.values.read())
        except Exception as error:
            self._lost(event.lost, event.tags[0] if event.tags else "", error)

    def _remove(self, event: _Event) -> None:
        with self._lock:
            self._events.popleft()
            for tag in event.tags:
                left = self._tags[tag] - 1
                if left:
                    self._tags[tag] = left
                else:
                    del self._tags[tag]
            ends = not self._events
        _process.hold(self, -event.held, -event.here)
        if ends:
            self._call_changed()

    def _call_changed(self) -> None:
        changed = self._changed()
        if changed is not None:
            changed()

    def forget(self) -> None:
        """In a forked child: leave what waits to the parent."""
        self._renew_locks()
        self._events, self._tags = deque(), {}
        self._call_changed()


def _is_due(event: _Event, *, wait: bool) -> bool:
    pause = _FIRST_PAUSE
    while not event.is_known:
        try:
            if event.values.arrived():
                break
        except Exception:
            # Reading it raises the same, and is where failures are handled.
            break
        if not wait:
            return False
        # Not by the framework's own wait, in which Ctrl-C has no effect.
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return True


class _Process:
    """The queues of this process in which events wait, and the thread that looks after them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: set[Queue] = set()
        self._thread: threading.Thread | None = None
        self._has_exit_hook = False
        self.held = self.here = 0
        self.has_ended = False

    def hold(self, queue: Queue, held: int, here: int) -> None:
        """Count bytes on devices and here, and look after a queue for as long as events wait in it."""
        with self._lock:
            self.held += held
            self.here += here
            if not queue:
                self._active.discard(queue)
                return
            self._active.add(queue)
            if not self._has_exit_hook:
                # Now, so that it comes before the framework's own hook, which was there before any value of it.
                atexit.register(end)
                self._has_exit_hook = True
            if self._thread is None and not self.has_ended:
                thread = threading.Thread(
                    target=self._look, name="tensorbolt-device-values", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:
                    return  # none can be had; later calls look, and `flush`, `close` and the end
                self._thread = thread

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(_INTERVAL)
            with self._lock:
                queues = list(self._active)
                idle = 0 if queues else idle + 1
                if idle > _IDLE_LOOKS or self._thread is not threading.current_thread():
                    self._thread = None
                    return
            while queues:
                # Neither a queue nor its writer may live on in a variable here.
                queues.pop().deliver(wait=False)

    def end(self) -> None:
        """Wait for all values; from now on each event waits for its own."""
        self.has_ended = True
        for queue in list(self._active):
            queue.deliver(wait=True)

    def forget(self) -> None:
        """In a forked child: begin again, without threads and with nothing that waits."""
        queues, hook = self._active, self._has_exit_hook
        self.__init__()  # type: ignore[misc]
        self._has_exit_hook = hook
        for queue in queues:
            queue.forget()


_process = _Process()


def end() -> None:
    """Wait for all values that are on their way, at the end of the process."""
    _process.end()


def room() -> tuple[int, int]:
    """Return the number of bytes on devices, and here, that may still be held; none while the process ends."""
    if _process.has_ended:
        return 0, 0
    return MAX_HELD_BYTES - _process.held, MAX_HERE_BYTES - _process.here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.forget)
