"""`timed`: the seconds that a section of the program takes."""

from time import perf_counter
from types import TracebackType
from typing import Any

from tensorbolt._arguments import INT64_MAX, INT64_MIN, check_step, check_tag
from tensorbolt.writer._fast_path import NO_FAST_PATH
from tensorbolt.writer._scalars import ScalarMethods

PREFIX = "seconds/"
"""Beginning of the curves' tags."""


class TimedMethods(ScalarMethods):
    """The method that times sections."""

    def timed(self, section: str, global_step: Any = None) -> "Section":
        """Log how many seconds a `with` block takes, as the curve `seconds/<section>`.

        Nothing is logged of a block that raises. Work that a block only starts, on a GPU or in another thread, is not
        waited for: the time is that of starting it, unless the block ends with `torch.cuda.synchronize()` or its like.

        With `ranks="reduce"` the curve shows the mean over the ranks, further curves score the slowest rank, and a warning names a rank
        that takes longer than the others.

        Args:
            section: Name of the section; a slash makes a group.
            global_step: Step; `None` is that of `use_metadata`, or else counts the uses of this section, from 0 on.

        Returns:
            A context manager for one block.

        Raises:
            TypeError: `section` is no text, or `global_step` is no number.
            ValueError: `global_step` does not fit 64 bits.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
            ...     for step in range(3):
            ...         with writer.timed("forward", step):
            ...             total = sum(range(1000))
        """
        if type(section) is not str or not section.isascii():
            section = check_tag(section, "section")
        tag = PREFIX + section
        if global_step is None:
            # A block of `use_metadata` closes the fast path; asking for its step costs more.
            is_plain = self._fast is not NO_FAST_PATH
            if is_plain or self._options.step_context.step() is None:
                with self._files_lock:
                    global_step = self._next_steps.get(tag)
                    if global_step is None:
                        global_step = self._first_number()
                    self._next_steps[tag] = global_step + 1
        elif type(global_step) is not int or not INT64_MIN <= global_step <= INT64_MAX:
            global_step = check_step(global_step)
        return Section(self, tag, global_step)


class Section:
    """A `with` block whose seconds are logged.

    Args:
        writer: Where to.
        tag: The curve.
        global_step: Its step.
    """

    __slots__ = ("_began", "_step", "_tag", "_writer")

    def __init__(self, writer: ScalarMethods, tag: str, global_step: Any) -> None:
        self._writer = writer
        self._tag = tag
        self._step = global_step

    def __enter__(self) -> "Section":
        """Begin the block."""
        self._began = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log the seconds, unless the block has raised; exceptions propagate."""
        seconds = perf_counter() - self._began
        if kind is None:
            self._writer.add_scalar(self._tag, seconds, self._step)
