"""Streams of ranks in a log: the curves of a job, or its ranks as runs."""

import os
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from tensorbolt import _core
from tensorbolt.reading.inputs import File, Finder, unique
from tensorbolt.reading.stores import Stores, is_stream

#: Seconds between two looks for Ctrl-C.
_LOOK_SECONDS = 0.1
#: Values of the argument `ranks` of `tensorbolt.read`.
CHOICES = "reduce", "all"


class StreamFinder(Finder):
    """Lists the streams of ranks of what a caller names, each with the run of its job."""

    def files(self, source: Any) -> Iterator[File]:
        """The streams of a source; a file that is named or open has none."""
        return (file for file in super().files(source) if is_stream(file.name))

    def at_address(self, address: str) -> list[File]:
        """The streams below an address of a store."""
        found = self._stores.streams(address)
        return [File(run, name, place) for run, name, place in found]

    def in_directory(self, directory: Path) -> list[File]:
        """The streams below a local directory."""
        found = _core.rank_streams(directory)
        return [File(run, path, path) for run, path in found]


class RankStreams:
    """The streams of a log, as the argument `ranks` of `tensorbolt.read` asks for them.

    Args:
        source: As there.
        ranks: `"reduce"` or `"all"`.
        stores: Object stores, and others that are no local files.
        wants_run: Which runs are wanted; all if `None`.
        on_damage: As there.
        since: As there; it goes with event files only.

    Raises:
        ValueError: `ranks` is neither, or `since` is given.
    """

    def __init__(
        self,
        source: Any,
        ranks: object,
        stores: Stores,
        wants_run: Callable[[str], bool] | None,
        on_damage: str,
        since: str | None,
    ) -> None:
        if ranks not in CHOICES:
            raise ValueError(f'ranks must be "reduce", "all" or None, not {ranks!r}')
        if since is not None:
            raise ValueError("pass either since or ranks, not both")
        self._reduces = ranks == "reduce"
        self._finder = StreamFinder(stores, 1)
        self._source = source
        self._wants_run = wants_run
        self._on_damage = on_damage
        self._counts: dict[str, int] = {}

    def add_to(self, core: _core.Log) -> bool:
        """Add them to a log whose event files were read; whether they have other values than the last time."""
        wants, counts = self._wants_run, {}
        found = unique(self._finder.files(self._source))
        for run, files in groupby(found, lambda file: file.run):
            if self._reduces and wants is not None and not wants(run):
                continue
            streams = named_streams(list(files))
            counts[run] = _core.add_ranks(
                core,
                run,
                "ranks" if run == "." else f"{run}/ranks",
                streams,
                self._reduces,
                wants,
                self._on_damage,
                _LOOK_SECONDS,
            )
        before, self._counts = self._counts, counts
        return counts != before


def runs_with_streams(source: Any, stores: Stores) -> dict[str, list[File]]:
    """From run to its streams, of the runs that have some.

    Raises:
        FileNotFoundError: There is nothing of this name.
        OSError: A store cannot be asked, or refuses.
    """
    found = unique(StreamFinder(stores, 1).files(source))
    return {run: list(files) for run, files in groupby(found, lambda file: file.run)}


def named_streams(files: list[File]) -> list[tuple[str, Any]]:
    """Name and place of streams, for the core."""
    return [
        (file.name.replace(os.sep, "/").rpartition("/")[2], file.place)
        for file in files
    ]
