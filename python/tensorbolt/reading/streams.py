"""Logs that are larger than the memory: their events one by one, and tables of parts of them."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from tensorbolt import _core
from tensorbolt.reading import position
from tensorbolt.reading.column import times
from tensorbolt.reading.event import NO_METADATA, Event, Value
from tensorbolt.reading.index import damage_table
from tensorbolt.reading.inputs import File
from tensorbolt.reading.kinds import LongKinds
from tensorbolt.reading.options import Selection
from tensorbolt.reading.rows import Fault
from tensorbolt.reading.scalars import Scalars, scalars
from tensorbolt.reading.table import Table

#: Events, and bytes of a file, that are read at a time.
MOST_EVENTS, MOST_BYTES = 4096, 1 << 20
#: Items of a tuple that is a damaged place.
GAP = 4
#: Kinds with a row a point.
LONG_KINDS = (
    "histograms",
    "images",
    "audio",
    "text",
    "tensors",
    "pr_curves",
    "meshes",
)
_KINDS_OF_FORMS = {
    "number": "scalars",
    "image": "images",
    "histogram": "histograms",
    "audio": "audio",
}
_SUMMARY = 5
_GRAPHS = (4, 8, 9)


class Events(Iterator[Event]):
    """The events of a log. `Log.events` makes it."""

    def __init__(
        self, files: list[File], selection: Selection, marks: dict[Any, Any]
    ) -> None:
        self._selection = selection
        self._faults: list[Fault] = []
        self._runs = groupby(files, lambda file: file.run)
        self._marks = marks
        self._iterator = self._all()

    def __next__(self) -> Event:
        return next(self._iterator)

    @property
    def damage(self) -> Table:
        """The places that were passed over so far, with the columns of `Log.damage`."""
        return damage_table(self._faults)

    def _all(self) -> Iterator[Event]:
        for run, files in self._runs:
            tags: dict[str, tuple[bool, tuple[str, bytes, str, str]]] = {}
            for file in files:
                mark = self._marks.get((run, file.name))
                if mark is not None:
                    described = [
                        (raw.decode(errors="replace"), tuple(rest))
                        for raw, *rest in mark[6]
                    ]
                    tags.update(
                        (tag, (self._wants(tag), metadata))
                        for tag, metadata in described
                    )
                yield from self._of_file(run, file, mark, tags)

    def _wants(self, tag: str) -> bool:
        wants = self._selection.wants_tag
        return wants is None or wants(tag)

    def _of_file(
        self, run: str, file: File, mark: Any, tags: dict[str, Any]
    ) -> Iterator[Event]:
        for record, load in records(file, mark, self._selection):
            if len(record) == GAP:
                self._faults.append((run, file.name, *record[:3]))
                continue
            event = Event(run, file.name, record, load)
            what, values = record[5], record[7]
            if what == _SUMMARY:
                event.values = self._values(event, values, tags)
                if values and not event.values:
                    continue
            elif what in _GRAPHS and "graphs" not in self._selection.kinds:
                continue
            yield event

    def _values(
        self, event: Event, records: list[Any], tags: dict[str, Any]
    ) -> list[Value]:
        first, last = self._selection.steps
        values = []
        for record in records:
            tag, form, number, _, _, own = record
            known = tags.get(tag)
            if known is None:
                known = tags[tag] = (self._wants(tag), own or NO_METADATA)
            elif own and known[1] is NO_METADATA:
                known = tags[tag] = (known[0], own)
            is_wanted, metadata = known
            if not (is_wanted and first <= event.step <= last):
                continue
            kind = kind_of(form, metadata[0], number)
            if kind in self._selection.kinds:
                values.append(Value(event, record, kind, own or metadata))
        return values


def event_reader(
    file: File, mark: tuple[Any, ...] | None, selection: Selection
) -> _core.EventReader:
    """A reader of the events of a file, from a mark on if there is one."""
    return _core.EventReader(
        file.name,
        file.place,
        file.start,
        mark,
        selection.checksum,
        selection.on_damage,
    )


def records(
    file: File, mark: tuple[Any, ...] | None, selection: Selection
) -> Iterator[tuple[tuple[Any, ...], Callable[[int, int], bytes]]]:
    """The records and damaged places of a file, and what reads its bytes; none if it is gone."""
    reader, is_last = event_reader(file, mark, selection), False
    while not is_last:
        try:
            items, is_last, _ = reader.read(MOST_EVENTS, MOST_BYTES)
        except FileNotFoundError:
            return
        for item in items:
            yield item, reader.bytes


def kind_of(form: str, plugin: str, number: float | None) -> str:
    """The kind of a value of this form, of a tag with this plugin."""
    if form in _KINDS_OF_FORMS:
        return _KINDS_OF_FORMS[form]
    kind = _core.kind_of_plugin(plugin)
    return (
        "tensors" if form == "tensor" and kind == "scalars" and number is None else kind
    )


class Part(LongKinds):
    """A part of a log, which makes the same tables as all of it."""

    def __init__(self, core: _core.Log, selection: Selection, time_form: str) -> None:
        self._kinds = selection.kinds
        self._time_form = time_form
        self._raises = selection.on_damage == "raise"
        self._made: dict[str, Any] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._read = lambda: core

    @property
    def scalars(self) -> Scalars:
        """The scalars of the part."""
        return self._all_scalars()

    def _all_scalars(self) -> Scalars:
        parts = self._read().scalars()
        return scalars(parts, times(parts[6], self._time_form))

    @property
    def faults(self) -> list[Fault]:
        """The damaged places of the part."""
        return self._read().damage() + [
            fault for faults in self._faults.values() for fault in faults
        ]


class Batches(Iterator[Table]):
    """Tables of parts of a log. `Log.batches` makes it."""

    def __init__(
        self,
        files: list[File],
        selection: Selection,
        marks: dict[Any, Any],
        kind: str,
        nbytes: int,
        time_form: str,
    ) -> None:
        self._runs = groupby(files, lambda file: file.run)
        self._selection = selection
        self._marks = marks
        self._kind = kind
        self._nbytes = nbytes
        self._time_form = time_form
        self._faults: list[Fault] = []
        self._iterator = self._all()

    def __next__(self) -> Table:
        return next(self._iterator)

    @property
    def damage(self) -> Table:
        """The places that were passed over so far, with the columns of `Log.damage`."""
        return damage_table(self._faults)

    def _all(self) -> Iterator[Table]:
        for _, group in self._runs:
            files = list(group)
            core = self._selection.core("keep", "all")
            core.resume(
                [
                    self._marks[one]
                    for one in ((file.run, file.name) for file in files)
                    if one in self._marks
                ]
            )
            core.set_files(position.named(files))
            while core.read_part(self._nbytes):
                part = Part(core, self._selection, self._time_form)
                table: Table = getattr(part, self._kind)
                self._faults += part.faults
                core.forget()
                if len(table):
                    yield table
            # Of a file that cannot be read at all.
            self._faults += core.damage()


class Streams:
    """The part of a log that gives these out."""

    _files: list[File]
    _since: dict[str, tuple[Any, ...]]
    _selection: Selection
    _time_form: str
    _wanted: Callable[[str], None]

    def events(self) -> Events:
        """All events, one by one, in the order of runs, files and records; memory for a megabyte of them is needed.

        This is what stands in the files: restarts and repeated steps are the caller's. `kinds`, `tags` and `steps` choose among the values of
        summaries, and an event of which none is left does not come; `kinds` without graphs leaves out their events too. The version of a
        file, starts of sessions and messages always come. Every call begins from the start, or after `since`. A file that is gone is left out;
        one that is replaced meanwhile is given out from its start.

        Returns:
            An iterator of `Event`. Its `damage` lists the places that it passed over.

        Raises:
            OSError: When an event is asked for: its file cannot be read.
            ValueError: When an event is asked for: there is damage before it, and it is to be an error.
        """
        return Events(self._files, self._selection, self._marks())

    def batches(self, kind: str = "scalars", *, nbytes: int = 8 << 20) -> Batches:
        """Tables of one kind, each of a part of a file, so that a log of any size passes through little memory.

        The tables come in the order of runs and files. In each, rows are in the order of tags and of the file, so the points of one tag
        stay in their order from table to table. All points come: restarts and repeated steps are the caller's, as what follows is not
        known yet. Every call begins from the start, or after `since`.

        Args:
            kind: `scalars`, `histograms`, `images`, `audio`, `text`, `tensors`, `pr_curves` or `meshes`.
            nbytes: Bytes of a file that one table is made of; more only where a record is longer. About three times as many are needed in
                memory for scalars.

        Returns:
            An iterator of tables like that of the log, none of them empty. Its `damage` lists the places that it passed over.

        Raises:
            ValueError: There is no such kind, the log was read without it, or `nbytes` is less than 1. When a table is asked for: there is
                damage in it, and it is to be an error.
        """
        kinds = ("scalars", *(one for one in LONG_KINDS if hasattr(LongKinds, one)))
        if kind not in kinds:
            names = ", ".join(map(repr, kinds))
            raise ValueError(f"kind must be one of {names}, not {kind!r}")
        self._wanted(kind)
        if nbytes < 1:
            raise ValueError(f"nbytes must be at least 1, not {nbytes!r}")
        return Batches(
            self._files,
            self._selection,
            self._marks(),
            kind,
            int(nbytes),
            self._time_form,
        )

    def _marks(self) -> dict[Any, Any]:
        """The positions of `since`, by the run and the file's name."""
        resumed = position.resumed(self._files, self._since)
        return {mark[:2]: mark for mark in resumed}
