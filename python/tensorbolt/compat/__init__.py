"""Modules with the names and signatures of `torch.utils.tensorboard` and `tensorboardX`, and of readers of their logs.

The readers stand in for those that scripts use, and return all points:

>>> from tensorbolt.compat import EventAccumulator, SummaryReader, summary_iterator
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorbolt.compat._summary_iterator import summary_iterator
    from tensorbolt.compat.event_accumulator import EventAccumulator
    from tensorbolt.compat.summary_reader import SummaryReader

__all__ = ["EventAccumulator", "SummaryReader", "summary_iterator"]

# The writers need none of it.
_MODULES = {
    "EventAccumulator": "event_accumulator",
    "SummaryReader": "summary_reader",
    "summary_iterator": "_summary_iterator",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        module = importlib.import_module(f"tensorbolt.compat.{_MODULES[name]}")
        return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
