"""The fast path: the extension takes the arguments of a call as they are, and writes if they are of plain types.

`try_…` methods of the extension write, or return `ADAPT`: an argument is not of a plain type, a file is not open, or the call
needs more. Then the Python method adapts and checks the arguments, opens files, and writes. That is a second method, because
the variables of a function with lambdas cost more.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

from tensorbolt._core import ADAPT, Outcome, ScalarGroups, Writer

if TYPE_CHECKING:
    from tensorbolt.device_values import Queue

__all__ = ["NO_FAST_PATH", "FastPath", "NoFastPath", "TwoFiles", "WaitingPath"]


class NoFastPath:
    """Replaces the extension's `Writer` and `ScalarGroups` while no call may take the fast path.

    That is while the writer is closed, calls need a default step or time, or events must become messages.
    """

    def try_scalar(self, *_: Any) -> Outcome:
        """Write nothing."""
        return ADAPT

    try_scalar_mapping = try_scalars = try_histogram = try_text = try_scalar


class TwoFiles:
    """The extension's writers of one `SummaryWriter` that has a file for its scalars, and another for all else.

    Args:
        scalars: Takes the scalars.
        others: Takes all else.
    """

    __slots__ = ("try_histogram", "try_scalar", "try_scalar_mapping", "try_text")

    def __init__(self, scalars: Writer, others: Writer) -> None:
        self.try_scalar = scalars.try_scalar
        self.try_scalar_mapping = scalars.try_scalar_mapping
        self.try_histogram = others.try_histogram
        self.try_text = others.try_text


class WaitingPath:
    """Stands before the fast path while values of devices are on their way, and looks whether they have arrived.

    Values that the caller has are written at once, unless others of their tag wait: then they come behind them.

    Args:
        waiting: The events that wait.
        path: The fast path.
        groups: The fast path of `add_scalars`.
    """

    __slots__ = ("_groups", "_path", "_waiting")

    def __init__(
        self,
        waiting: "Queue",
        path: "FastPath",
        groups: "ScalarGroups | NoFastPath | WaitingPath",
    ) -> None:
        self._waiting = waiting
        self._path = path
        self._groups = groups

    def try_scalar(self, tag: Any, value: Any, step: Any, wall_time: Any) -> Outcome:
        """Write one scalar, unless others of its tag wait."""
        if self._has_to_wait(tag):
            return ADAPT
        return self._path.try_scalar(tag, value, step, wall_time)

    def try_scalar_mapping(
        self, values: Any, prefix: Any, step: Any, wall_time: Any
    ) -> Outcome:
        """Write a flat mapping of scalars, unless others of its tags wait."""
        self._waiting.look()
        if self._waiting:
            if type(values) is not dict or type(prefix) is not str:
                return ADAPT
            head = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
            for key, value in values.items():
                if type(value) is dict or (f"{head}{key}" in self._waiting.tags):
                    return ADAPT
        return self._path.try_scalar_mapping(values, prefix, step, wall_time)

    def try_scalars(self, main_tag: Any, *arguments: Any) -> Outcome:
        """Write the scalars of a chart, unless others of it wait."""
        if self._has_to_wait(("add_scalars", main_tag)):
            return ADAPT
        return self._groups.try_scalars(main_tag, *arguments)

    def try_histogram(
        self, tag: Any, values: Any, step: Any, wall_time: Any
    ) -> Outcome:
        """Write a histogram, after what waits of its tag."""
        if self._has_to_wait(tag):
            self._waiting.deliver(wait=True)
        return self._path.try_histogram(tag, values, step, wall_time)

    def try_text(self, tag: Any, text: Any, step: Any, wall_time: Any) -> Outcome:
        """Write a text, after what waits of its tag."""
        if self._has_to_wait(tag):
            self._waiting.deliver(wait=True)
        return self._path.try_text(tag, text, step, wall_time)

    def _has_to_wait(self, tag: Any) -> bool:
        self._waiting.look()
        try:
            return tag in self._waiting.tags
        except TypeError:
            return True  # it cannot be looked up, and is for the method to refuse


FastPath: TypeAlias = Writer | NoFastPath | TwoFiles | WaitingPath
"""What takes the calls of one writer."""

NO_FAST_PATH = NoFastPath()
