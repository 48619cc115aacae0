"""Default steps and wall times within `use_metadata` blocks."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from tensorbolt._arguments import check_step, check_wall_time

_T = TypeVar("_T")


class StepContext:
    """Step and wall time of the `use_metadata` blocks in force, for all files of one writer and all threads."""

    def __init__(self) -> None:
        # Blocks of two threads may end in any order, so each has a key of its own.
        self._blocks: dict[object, tuple[int | None, float | None]] = {}
        self._listener: Callable[[], Callable[[], None] | None] = lambda: None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener`, a bound method held weakly, whenever a block begins or ends."""
        self._listener = weakref.WeakMethod(listener)

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def step(self) -> int | None:
        """Return the step of the innermost block that gives one."""
        if not self._blocks:
            return None
        steps = [step for step, _ in list(self._blocks.values()) if step is not None]
        return steps[-1] if steps else None

    def wall_time(self) -> float | None:
        """Return the time of the innermost block that gives one."""
        if not self._blocks:
            return None
        times = [time for _, time in list(self._blocks.values()) if time is not None]
        return times[-1] if times else None

    def use(
        self, writer: _T, global_step: Any, walltime: Any
    ) -> AbstractContextManager[_T]:
        """Check the values and return the block; entering it returns `writer`."""
        if global_step is None and walltime is None:
            raise ValueError(
                "use_metadata needs global_step or walltime; pass at least one of them"
            )
        step = None if global_step is None else check_step(global_step)
        return self._block(writer, step, check_wall_time(walltime))

    @contextmanager
    def _block(
        self, writer: _T, step: int | None, wall_time: float | None
    ) -> Iterator[_T]:
        key = object()
        self._blocks[key] = (step, wall_time)
        self._changed()
        try:
            yield writer
        finally:
            del self._blocks[key]
            self._changed()

    def _changed(self) -> None:
        listener = self._listener()
        if listener is not None:
            listener()
