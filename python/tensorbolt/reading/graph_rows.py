"""Graphs of a log: of events without a tag, and of tags."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tensorbolt import _core
from tensorbolt.reading.column import integers, repeated, times
from tensorbolt.reading.graphs import Graphs
from tensorbolt.reading.messages import last, message
from tensorbolt.reading.rows import Fault, Place, Places, batches
from tensorbolt.reading.tensors import strings_of

#: Fields of an event, and of `TaggedRunMetadata`.
_GRAPH_DEF, _TAGGED_RUN_METADATA, _META_GRAPH_DEF = 4, 8, 9
_TAG, _RUN_METADATA = 1, 2
#: Bytes of a message that are compared when it is read again.
_HEAD = 64
#: The tag that TensorBoard gives the graph of a run.
RUN_GRAPH = "__run_graph__"
_META_GRAPH = "__meta_graph__"
#: What the values of a plugin are; of all others metadata of a run.
_FORMATS = {"graphs": "graph_def", "graph_keras_model": "keras_model"}


class _Found(NamedTuple):
    """One row, with its number among those of its form."""

    run: str
    tag: str
    step: int
    number: int
    seconds: float
    format: str
    nbytes: int
    load: Callable[[], bytes]


def graphs(
    core: _core.Log, wants_tag: Callable[[str], bool] | None, time_form: str
) -> tuple[Graphs, list[Fault]]:
    """The table, and values that are left out of it.

    Raises:
        OSError: A file cannot be read.
    """
    faults: list[Fault] = []

    def note(place: Place, reason: str) -> None:
        number, offset, length = place
        faults.append((*(core.file(number) or ("", "")), offset, length, reason))

    found = _untagged(core, note)
    if wants_tag is not None:
        found = [one for one in found if wants_tag(one.tag)]
    found += _tagged(core, len(found), note)
    found.sort(key=lambda one: (one.run, one.tag, one.step, one.number))
    columns = {
        "run": repeated([one.run for one in found]),
        "tag": repeated([one.tag for one in found]),
        "step": integers([one.step for one in found]),
        "wall_time": times(
            np.array([one.seconds for one in found], np.float64), time_form
        ),
        "format": repeated([one.format for one in found]),
        "nbytes": integers([one.nbytes for one in found]),
    }
    return Graphs(columns, [one.load for one in found]), faults


def _untagged(core: _core.Log, note: Callable[[Place, str], None]) -> list[_Found]:
    """Graphs of events, in the order of the files."""
    all_graphs = core.graphs()
    heads = core.messages(
        [(file, at, min(n, _HEAD)) for (file, at, n), _, _, _ in all_graphs]
    )
    found = []
    for number, (place, field, step, seconds) in enumerate(all_graphs):
        run, _ = core.file(place[0]) or ("", "")
        places = Places(core, [place])
        load = partial(_message, places, heads[number])
        row = run, RUN_GRAPH, step, number, seconds, "graph_def", place[2]
        if field == _META_GRAPH_DEF:
            row = run, _META_GRAPH, step, number, seconds, "meta_graph_def", place[2]
        if field == _TAGGED_RUN_METADATA:
            try:
                parts = message(load())
            except ValueError:
                note(place, "a value is malformed")
                continue
            tag = last(parts, _TAG, b"").decode(errors="replace")
            nbytes = len(last(parts, _RUN_METADATA, b""))
            row = run, tag, step, number, seconds, "run_metadata", nbytes
            load = partial(_run_metadata, places, heads[number])
        found.append(_Found(*row, load))
    return found


def _message(places: Places, head: bytes) -> bytes:
    """The bytes at a place that begin as they did."""
    data = places.message(0)
    if not data.startswith(head):
        raise ValueError("the file of this value was replaced")
    return data


def _run_metadata(places: Places, head: bytes) -> bytes:
    return last(message(_message(places, head)), _RUN_METADATA, b"")


def _tagged(
    core: _core.Log, first: int, note: Callable[[Place, str], None]
) -> list[_Found]:
    """Graphs that are values of a tag."""
    runs, tags, groups, _, _, steps, seconds, places = core.rows("graphs")
    names = [
        (runs[run], tags[tag], _FORMATS.get(plugin, "run_metadata"))
        for run, tag, count, plugin, _ in groups
        for _ in range(count)
    ]
    of_steps = np.frombuffer(steps, np.int64).tolist()
    of_seconds = np.frombuffer(seconds, np.float64).tolist()
    found = []
    for before, batch in batches(places):
        for row, value in enumerate(core.values(batch), before):
            if value is None:
                note(places[row], "a value is malformed")
                continue
            data = _only(value)
            if data is None:
                note(places[row], "a value is not of the form of graphs")
                continue
            run, tag, form = names[row]
            load = partial(_value, Places(core, [places[row]]))
            step, time = of_steps[row], of_seconds[row]
            made = _Found(run, tag, step, first + row, time, form, len(data), load)
            found.append(made)
    return found


def _only(value: tuple[Any, ...]) -> bytes | None:
    """The one string of a tensor; `None` for anything else."""
    strings = strings_of(value)
    return strings[0] if strings and len(strings) == 1 else None


def _value(places: Places) -> bytes:
    value = places.value(0)
    data = None if value is None else _only(value)
    if data is None:
        raise ValueError("the file of this value was replaced")
    return data
