"""A log that is followed: tables of what is new."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from tensorbolt import _core
from tensorbolt.reading import position
from tensorbolt.reading.column import times
from tensorbolt.reading.inputs import File
from tensorbolt.reading.scalars import Scalars, scalars


class Following:
    """Reads what is new in a log, and forgets it.

    Args:
        core: Reads the files; its policies keep all points.
        find: Lists the files as they are now.
        files: The files there were at the position.
        known: The position, as `position.marks` has it.
        time_form: `timestamp` or `float`.

    Attributes:
        files: The files that there were at the last look.
    """

    def __init__(
        self,
        core: _core.Log,
        find: Callable[[], list[File]],
        files: list[File],
        known: dict[str, tuple[Any, ...]],
        time_form: str,
    ) -> None:
        self._core = core
        self._find = find
        self.files = files
        self._time_form = time_form
        self._given = position.resumed(files, known)
        core.resume(self._given)
        core.set_files(position.named(files))
        self._is_ended = False

    @property
    def marks(self) -> list[tuple[Any, ...]]:
        """How far each file was given out; files that are gone have no mark."""
        here = {(file.run, file.name) for file in self.files}
        return [mark for mark in self._given if mark[:2] in here]

    def end(self) -> None:
        """End the iterator of `tables` at its next look."""
        self._is_ended = True

    def tables(self, interval: float) -> Iterator[Scalars]:
        """Tables of new points, with so many seconds between two looks."""
        while not self._is_ended:
            begin = time.monotonic()
            table, read = self._look()
            if table is None:
                self._given = read
            else:
                # Ctrl-C comes at calls and at jumps, so never between these two lines: the position counts the table exactly
                # if the caller gets it.
                self._given = read
                yield table
            time.sleep(max(0.0, begin + interval - time.monotonic()))

    def _look(self) -> tuple[Scalars | None, list[tuple[Any, ...]]]:
        """What is new, if there is anything, and how far each file was read for it."""
        self.files = self._find()
        self._core.set_files(position.named(self.files))
        if not self._core.read():
            return None, self._given
        parts = self._core.scalars()
        self._core.forget()
        table = scalars(parts, times(parts[6], self._time_form))
        return table if len(table) else None, self._core.positions()
