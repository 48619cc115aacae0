"""Writes the labels of an embedding's points as a table for the projector."""

import sys
from collections.abc import Iterable
from typing import Any

from tensorbolt import _arrays, _foreign, _frames
from tensorbolt._arguments import check_tag, shown
from tensorbolt._errors import ShapeError

EMPTY = "(empty)"
"""Replaces an empty label, whose line the projector would skip."""

_BLANKS = str.maketrans("\t\n\r", "   ")


def table(metadata: Any, header: Any) -> tuple[str, int]:
    """Return the text of `metadata.tsv`, and how many labels it has.

    It has a line for each label, or, with a header, tabs between the cells of a row.

    Args:
        metadata: The labels, or rows of them; or a table that has names of columns, see `_frames.table_of`.
        header: Names of the columns; `None` or none for labels, or for all columns of a table. Of a table that has
            columns of these names, those; else they are new names for all of its columns.

    Raises:
        TypeError: An argument is no list, or with a header a row is none.
        ValueError: A label is not valid Unicode text, or a table has only some of the columns.
        ShapeError: There is not one cell for each name.
    """
    names = [] if header is None else _names(header)
    if _is_tensor(metadata):
        metadata = _arrays.plain(metadata, "metadata")
    named = _frames.table_of(metadata, "metadata")
    if named is not None:
        names, labels = _chosen(named, names)
    else:
        labels = _items(metadata, "metadata")
    if not names:
        lines = [_text(label) for label in labels]
    else:
        rows = [_row(label, names, number) for number, label in enumerate(labels)]
        if len(names) > 1:
            rows.insert(0, names)
        lines = ["\t".join(row) for row in rows]
    lines = [line if line.strip() else _filled(line) for line in lines]
    text = "".join(f"{line}\n" for line in lines)
    return check_tag(text, "metadata"), len(labels)


def _names(header: Any) -> list[str]:
    if isinstance(header, (str, bytes)):
        raise TypeError(
            f"metadata_header must be a list of names, not {shown(header)}; pass [{shown(header)}]"
        )
    return [_text(name) for name in _items(header, "metadata_header")]


def _chosen(named: _frames.Table, names: list[str]) -> tuple[list[str], list[Any]]:
    """Return names and rows of the columns that a header asks for."""
    own = [_text(name) for name in named.names]
    if not own:
        raise ShapeError("metadata has no column; pass a table with at least one")
    missing = [name for name in names if name not in own]
    if not names or (len(missing) == len(names) == len(own)):
        return names or own, named.rows
    if missing:
        raise ValueError(
            f"metadata_header has {shown(missing[0])}, but the columns of metadata are {shown(own)}; "
            "name some of these, or give all of them new names"
        )
    places = [own.index(name) for name in names]
    return names, [[row[place] for place in places] for row in named.rows]


def _row(row: Any, names: list[str], number: int) -> list[str]:
    cells = (
        [row]
        if isinstance(row, (str, bytes)) or not _is_iterable(row)
        else _items(row, "metadata")
    )
    if len(cells) != len(names):
        raise ShapeError(
            f"metadata must have a cell for each name of metadata_header, {len(names)} in all, but row {number} has "
            f"{len(cells)}"
        )
    return [_text(cell) for cell in cells]


def _items(values: Any, name: str) -> list[Any]:
    if _is_tensor(values):
        values = _arrays.plain(values, name)
    elif hasattr(values, "shape"):
        _foreign.check_has_whole(values, name)
    return _frames.in_order(values, name)


def _is_iterable(value: Any) -> bool:
    # Arrays and tensors without axes have the method and cannot.
    return isinstance(value, Iterable) and getattr(value, "shape", None) != ()


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _text(label: Any) -> str:
    if type(label) is not str and hasattr(label, "shape"):
        if _is_tensor(label):
            label = _arrays.plain(label, "metadata")[()]
        else:
            _foreign.check_has_whole(label, "metadata")
    text = str(label)
    # Most labels need no change, and this is ten times as fast.
    return text if text.isprintable() else text.translate(_BLANKS)


def _filled(line: str) -> str:
    """Return a blank line with a text in its first cell."""
    _, tab, rest = line.partition("\t")
    return f"{EMPTY}{tab}{rest}"
