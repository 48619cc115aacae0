"""Meshes of their parts, each of which has a tag of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from tensorbolt.reading.column import Column, integers, repeated, texts
from tensorbolt.reading.meshes import Meshes, Parts
from tensorbolt.reading.messages import last, message
from tensorbolt.reading.rows import Fault, Places, Rows

#: Fields of `MeshPluginData`.
_NAME, _CONTENT_TYPE, _CONFIG = 2, 3, 5
#: Numbers of the parts, as the content type has them.
_VERTICES, _FACES, _COLORS = 1, 2, 3

#: Run and name of a mesh, and its step.
_Key: TypeAlias = tuple[str, str, int]
#: From the number of a part to its rows.
_RowsOfParts: TypeAlias = dict[int, list[int]]


class _Part(NamedTuple):
    """What the metadata of a tag says."""

    name: str
    content_type: int
    config: str


def _part(tag: str, content: bytes) -> _Part | None:
    """What the metadata of a tag says; the tag is the name of a mesh that has none."""
    try:
        data = message(content)
    except ValueError:
        return None
    name = last(data, _NAME, b"").decode(errors="replace")
    config = last(data, _CONFIG, b"").decode(errors="replace")
    content_type = last(data, _CONTENT_TYPE, 0)
    if content_type not in (_VERTICES, _FACES, _COLORS):
        return None
    return _Part(name or tag, content_type, config)


def _parts_of_tags(rows: Rows) -> dict[tuple[str, str], _Part | None]:
    """By run and tag."""
    runs, tags = (rows.columns[name].to_numpy() for name in ("run", "tag"))
    made = {}
    at = 0
    for count, _, content in rows.plugins:
        made[runs[at], tags[at]] = _part(tags[at], content)
        at += count
    return made


def meshes(
    rows: Rows,
    columns: Mapping[str, Column],
    shapes: list[tuple[int, int]],
    places: Places,
    file: Callable[[int], tuple[str, str] | None],
) -> tuple[Meshes, list[Fault]]:
    """The table of these rows, each of which is a part of this shape, and the parts that belong to no mesh."""
    known = _parts_of_tags(rows)
    faults: list[Fault] = []

    def note(row: int, reason: str) -> None:
        number, offset, length = rows.kept[row]
        faults.append((*(file(number) or ("", "")), offset, length, reason))

    groups: dict[_Key, _RowsOfParts] = {}
    configs: dict[int, str] = {}
    runs, tags, steps = (columns[name].to_numpy() for name in ("run", "tag", "step"))
    for row, (run, tag) in enumerate(zip(runs, tags, strict=True)):
        part = known[run, tag]
        if part is None:
            note(row, "a value is not of the form of meshes")
            continue
        configs[row] = part.config
        group = groups.setdefault((run, part.name, int(steps[row])), {})
        group.setdefault(part.content_type, []).append(row)
    times = columns["wall_time"].values
    found: list[tuple[_Key, Parts]] = []
    for key, group in groups.items():
        made = list(_paired(group, times.tolist()))
        found.extend((key, parts) for parts in made)
        used = {row for parts in made for row in parts}
        for row in (row for part in group.values() for row in part):
            if row not in used:
                note(row, "a part of a mesh is without its points")
    found.sort(key=lambda one: (one[0], one[1].vertices))
    return _table(columns, found, shapes, configs, places), faults


def _paired(group: _RowsOfParts, times: list[object]) -> Iterator[Parts]:
    """The meshes of one step: parts in their order, and by their times where there are more of one part than of another."""
    points = group.get(_VERTICES, [])
    others: list[dict[int, int]] = []
    for part in (_FACES, _COLORS):
        rows = group.get(part, [])
        if len(rows) == len(points):
            others.append(dict(zip(points, rows, strict=True)))
        else:
            at = {times[row]: row for row in rows}
            others.append({row: at[times[row]] for row in points if times[row] in at})
    for row in points:
        yield Parts(row, others[0].get(row), others[1].get(row))


def _table(
    columns: Mapping[str, Column],
    found: list[tuple[_Key, Parts]],
    shapes: list[tuple[int, int]],
    configs: Mapping[int, str],
    places: Places,
) -> Meshes:
    def has(row: int | None, index: int) -> bool:
        return row is not None and index < shapes[row][0]

    each = [
        (
            key[1],
            Parts(
                parts.vertices,
                parts.faces if has(parts.faces, index) else None,
                parts.colors if has(parts.colors, index) else None,
            ),
            index,
        )
        for key, parts in found
        for index in range(shapes[parts.vertices][0])
    ]
    rows = np.array([parts.vertices for _, parts, _ in each], np.int64)

    def counts(part_rows: list[int | None]) -> Column:
        return integers([0 if row is None else shapes[row][1] for row in part_rows])

    return Meshes(
        {
            "run": columns["run"].take(rows),
            "tag": repeated([name for name, _, _ in each]),
            "step": columns["step"].take(rows),
            "wall_time": columns["wall_time"].take(rows),
            "index": integers([index for _, _, index in each]),
            "points": counts([parts.vertices for _, parts, _ in each]),
            "triangles": counts([parts.faces for _, parts, _ in each]),
            "colors": counts([parts.colors for _, parts, _ in each]),
            "config": texts([configs[row] for row in rows.tolist()]),
        },
        [parts for _, parts, _ in each],
        places,
    )
