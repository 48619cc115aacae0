"""The summaries that a call of a writer makes, without a log: for functions that return what others write."""

import os
from collections.abc import Callable
from typing import Any

from tensorbolt import _core
from tensorbolt.compat import _wire
from tensorbolt.interception import event_hooks
from tensorbolt.writer import SummaryWriter

EVENT_SUMMARY = 5
"""The field of an event that holds its summary."""

_kinds: dict[str, Callable[[], SummaryWriter]] = {}


class _Memory(event_hooks.Steps):
    """What a recorder has in place of a file: events that are taken out again, past everybody who watches files."""

    def __init__(self, session: _core.Session) -> None:
        self._events = _core.Writer.in_memory(session, os.curdir)

    def get_logdir(self) -> str:
        """Return a directory that is never written to."""
        return os.curdir

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


class _Recorder(SummaryWriter):
    """Keeps what it is given to log."""

    # Metrics are declared by the names they were given.
    _metric_tag = staticmethod(str)

    def __init__(self) -> None:
        super().__init__(os.curdir, hparams_run=os.curdir)

    def _open(
        self, directory: Any, purge_step: int | None = None, root: str | None = None
    ) -> Any:
        return _Memory(self._options.session)


def summaries(log: Callable[[Any], None], flavour: type[SummaryWriter]) -> list[bytes]:
    """Return the serialised summary of each event that `log(writer)` makes.

    Args:
        log: Calls methods of the writer it is given.
        flavour: Class of that writer.

    Raises:
        Exception: Whatever the methods raise.
    """
    with _kind(flavour)() as writer:
        log(writer)
        events = writer._get_file_writer()._events.take()
    return [
        summary for event in events for summary in _wire.fields(event, EVENT_SUMMARY)
    ]


def _kind(flavour: type[SummaryWriter]) -> Callable[[], SummaryWriter]:
    """Return the recorder of a flavour, made at its first use."""
    name = f"{flavour.__module__}.{flavour.__qualname__}"
    kind = _kinds.get(name)
    if kind is None:
        kind = type("Recorder", (_Recorder, flavour), {})
        _kinds[name] = kind
    return kind
