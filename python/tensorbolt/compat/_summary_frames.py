"""Frames of pandas in the two shapes that tbparse has: a row an event, or a row a step with a column a tag."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tensorbolt.compat._summary_rows import FIELDS, Row
from tensorbolt.reading.frames import library

if TYPE_CHECKING:
    import pandas


def frame(
    rows: Iterable[tuple[str, str, Row]], kind: str, extra: frozenset[str], pivot: bool
) -> "pandas.DataFrame":
    """The frame of the rows of a kind, each with its directory and file.

    Raises:
        ImportError: pandas is not installed.
    """
    pandas = library("pandas", "SummaryReader")
    always, asked = FIELDS[kind]
    wanted = [
        (place, name)
        for place, name in enumerate((*always, *asked))
        if name in always or name in extra
    ]
    groups: list[str] = [name for name in ("dir_name", "file_name") if name in extra]
    made = _wide if pivot else _long
    return made(pandas, list(rows), wanted, groups, "wall_time" in extra)


def _key(groups: list[str], directory: str, file: str) -> tuple[str, ...]:
    named = {"dir_name": directory, "file_name": file}
    return tuple(named[group] for group in groups)


def _long(
    pandas: Any,
    rows: list[tuple[str, str, Row]],
    wanted: list[tuple[int, str]],
    groups: list[str],
    has_time: bool,
) -> Any:
    if not rows:
        return pandas.DataFrame()
    rows.sort(
        key=lambda row: (*_key(groups, row[0], row[1]), row[2].tag, row[2].step or 0)
    )
    has_step = rows[0][2].step is not None
    columns: dict[str, list[Any]] = {}
    if has_step:
        columns["step"] = [row.step for _, _, row in rows]
    columns["tag"] = [row.tag for _, _, row in rows]
    for place, name in wanted:
        columns[name] = [row.fields[place] for _, _, row in rows]
    if has_time and has_step:
        columns["wall_time"] = [row.wall_time for _, _, row in rows]
    keys = [_key(groups, directory, file) for directory, file, _ in rows]
    for at, name in enumerate(groups):
        columns[name] = [key[at] for key in keys]
    return pandas.DataFrame(columns)


def _wide(
    pandas: Any,
    rows: list[tuple[str, str, Row]],
    wanted: list[tuple[int, str]],
    groups: list[str],
    has_time: bool,
) -> Any:
    if not rows:
        return pandas.DataFrame()
    has_step = rows[0][2].step is not None
    lines: dict[tuple[Any, ...], dict[str, list[Any]]] = {}
    names: set[str] = set()
    for directory, file, row in rows:
        key = (*_key(groups, directory, file), row.step or 0)
        line = lines.setdefault(key, {})
        for place, name in wanted:
            column = row.tag if name == "value" else f"{row.tag}/{name}"
            names.add(column)
            line.setdefault(column, []).append(row.fields[place])
        # A tag may be called as this column is.
        line.setdefault("\0time", []).append(row.wall_time)
    order = sorted(lines)
    columns: dict[str, list[Any]] = (
        {"step": [key[-1] for key in order]} if has_step else {}
    )
    for name in sorted(names):
        columns[name] = [_merged(lines[key].get(name)) for key in order]
    if has_time and has_step:
        columns["wall_time"] = [_merged(lines[key]["\0time"]) for key in order]
    for at, name in enumerate(groups):
        columns[name] = [key[at] for key in order]
    return pandas.DataFrame(columns)


def _merged(values: list[Any] | None) -> Any:
    if values is None:
        return float("nan")
    return values[0] if len(values) == 1 else values
