"""Summaries that calls of a writer make, kept in memory instead of written to a log."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from tensorbolt import _core
from tensorbolt.interception import event_hooks
from tensorbolt.writer import _wire
from tensorbolt.writer._base import WriterBase

_kinds: dict[str, Callable[[], WriterBase]] = {}


class _Memory(event_hooks.Hookable):
    """Stands for a `FileWriter`: keeps events in memory, and calls neither observers nor replaced methods."""

    def __init__(self, session: _core.Session) -> None:
        self._events = _core.Writer.in_memory(session, os.curdir)

    def get_logdir(self) -> str:
        """Return a directory that is never written to."""
        return os.curdir

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


class _Recorder(WriterBase):
    """Keeps in memory what it is given to log; comes before a class of writers, whose methods it has."""

    @staticmethod
    def _options_of(_: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def __init__(self) -> None:
        super().__init__(os.curdir, hparams_run=os.curdir)

    def _open(self, *_: Any, **__: Any) -> Any:
        return _Memory(self._options.session)


def summaries(log: Callable[[Any], None], flavour: type[WriterBase]) -> list[bytes]:
    """Return the serialised summary of each event that `log(writer)` makes.

    Args:
        log: Called with a writer, whose methods it calls.
        flavour: Class of that writer, one of this package.

    Raises:
        Exception: Whatever the methods raise.
    """
    with _kind(flavour)() as writer:
        log(writer)
        events = writer._get_file_writer()._events.take()
    return [
        summary
        for event in events
        for summary in _wire.fields(event, _wire.EVENT_SUMMARY)
    ]


def _kind(flavour: type[WriterBase]) -> Callable[[], WriterBase]:
    """Return the recorder of a flavour, made at its first use."""
    name = f"{flavour.__module__}.{flavour.__qualname__}"
    kind = _kinds.get(name)
    if kind is None:
        # The experiment lists metrics by the names that the caller gives.
        naming = flavour._naming._replace(metric_tag=str)
        kind = type("Recorder", (_Recorder, flavour), {"_naming": naming})
        _kinds[name] = kind
    return kind
