"""The fast path: calls whose arguments are plain go straight to the extension, which looks at them itself.

`try_…` methods of the extension write, or answer `ADAPT`: an argument is not of a plain type, a file is not open, or there
is something else to do. Then the method goes on as if it had not asked: it adapts, checks, explains and opens. It does so in a method of its
own, because the variables of a function that also makes lambdas cost more.
"""

from typing import Any

from tensorbolt._core import ADAPT, Outcome

__all__ = ["NO_FAST_PATH", "NoFastPath"]


class NoFastPath:
    """Stands where the extension's `Writer` and `ScalarGroups` stand, while no call may be fast.

    That is while the writer is closed, steps or times must be found for a call, or events must become messages.
    """

    def try_scalar(self, *_: Any) -> Outcome:
        """Write nothing."""
        return ADAPT

    try_scalar_mapping = try_scalars = try_histogram = try_text = try_scalar


NO_FAST_PATH = NoFastPath()
