"""The fast path: the extension takes the arguments of a call as they are, and writes if they are of plain types.

`try_…` methods of the extension write, or return `ADAPT`: an argument is not of a plain type, a file is not open, or the call
needs more. Then the Python method adapts and checks the arguments, opens files, and writes. That is a second method, because
the variables of a function with lambdas cost more.
"""

from typing import Any

from tensorbolt._core import ADAPT, Outcome, Writer

__all__ = ["NO_FAST_PATH", "NoFastPath", "TwoFiles"]


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


NO_FAST_PATH = NoFastPath()
