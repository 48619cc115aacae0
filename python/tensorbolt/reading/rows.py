"""Points of one kind with long values, and the values once they are asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from tensorbolt import _core
from tensorbolt.reading.column import Column, categories, times

#: Number of the file, offset and length of a value.
Place: TypeAlias = tuple[int, int, int]
#: Run, file, offset, length and reason of a value that is left out.
Fault: TypeAlias = tuple[str, str, int, int, str]

#: Bytes of values that are in memory at the same time, if none is longer.
BATCH_BYTES = 32 << 20


class Places:
    """Where values are, whose files may get other numbers when the log is read again."""

    def __init__(
        self,
        core: _core.Log,
        places: list[Place],
        names: dict[int, tuple[str, str] | None] | None = None,
    ) -> None:
        self._core = core
        self._places = places
        self._names = names or {number: core.file(number) for number, _, _ in places}

    def take(self, rows: list[int]) -> "Places":
        """Those of these rows."""
        return Places(self._core, [self._places[row] for row in rows], self._names)

    def value(self, row: int) -> tuple[Any, ...] | None:
        """The value of a row; `None` if it is malformed.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced or is gone, or the log was closed.
        """
        (value,) = self._core.values([self._now(row)])
        return value

    def message(self, row: int) -> bytes:
        """The bytes of a row.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced or is gone, or the log was closed.
        """
        (data,) = self._core.messages([self._now(row)])
        return data

    def _now(self, row: int) -> Place:
        """The place of a row among the files that there are now."""
        number, offset, length = self._places[row]
        name = self._names[number]
        if self._core.file(number) != name:
            number = 0
            while (found := self._core.file(number)) != name:
                if found is None:
                    raise ValueError(
                        "the log was closed, or the file of this value is gone"
                    )
                number += 1
        return number, offset, length


@dataclass
class Rows:
    """Points of one kind, in the order of runs, tags and steps.

    Attributes:
        columns: `run`, `tag`, `step`, `wall_time`.
        places: Where the value of each point is.
        plugins: Number of points, name of the plugin, and its bytes, of points of one tag that follow each other.
        faults: The values that were left out.
        kept: Where the values are that were not, once they were decoded.
    """

    columns: dict[str, Column]
    places: list[Place]
    plugins: list[tuple[int, str, bytes]]
    faults: list[Fault] = field(default_factory=list)
    kept: list[Place] = field(default_factory=list)

    def rows(self, rows: list[int]) -> dict[str, Column]:
        """The columns of these rows alone."""
        if len(rows) == len(self.places) and rows == list(range(len(rows))):
            return dict(self.columns)
        taken = np.array(rows, np.int64)
        return {name: column.take(taken) for name, column in self.columns.items()}


def read_rows(core: _core.Log, kind: str, time_form: str) -> Rows:
    """The points of a kind, without their values.

    Raises:
        ValueError: A step is there twice where none may be.
    """
    runs, tags, groups, run_codes, tag_codes, steps, seconds, places = core.rows(kind)
    count = len(places)
    columns = {
        "run": categories(np.frombuffer(run_codes, np.int32), runs),
        "tag": categories(np.frombuffer(tag_codes, np.int32), tags),
        "step": Column("int64", count, (steps,)),
        "wall_time": times(seconds, time_form),
    }
    plugins = [(points, plugin, content) for _, _, points, plugin, content in groups]
    return Rows(columns, places, plugins)


def batches(places: list[Place]) -> Iterator[tuple[int, list[Place]]]:
    """Places in batches whose values fit into memory, each with the number of its first row."""
    first, nbytes = 0, 0
    for row, (_, _, length) in enumerate(places):
        if row > first and nbytes + length > BATCH_BYTES:
            yield first, places[first:row]
            first, nbytes = row, 0
        nbytes += length
    if places:
        yield first, places[first:]


def decode(
    core: _core.Log, rows: Rows, kind: str, convert: Callable[[tuple[Any, ...]], Any]
) -> tuple[dict[str, Column], list[Any]]:
    """The columns of the rows whose value is one of the kind, and what `convert` makes of it.

    `convert` gives `None` for a value that has another form; it is left out, as is one that is malformed, and noted in
    `rows.faults`.

    Raises:
        OSError: A file cannot be read.
    """
    kept: list[int] = []
    values: list[Any] = []
    for first, places in batches(rows.places):
        for row, value in enumerate(core.values(places), first):
            made = None if value is None else convert(value)
            if made is not None:
                kept.append(row)
                values.append(made)
                continue
            number, offset, length = rows.places[row]
            run, name = core.file(number) or ("", "")
            what = "malformed" if value is None else f"not of the form of {kind}"
            rows.faults.append((run, name, offset, length, f"a value is {what}"))
    rows.kept = [rows.places[row] for row in kept]
    return rows.rows(kept), values
