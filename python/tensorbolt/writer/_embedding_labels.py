"""Labels of an embedding's points, as the projector reads them."""

import sys
from collections.abc import Iterable
from typing import Any

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag, shown
from tensorbolt._errors import ShapeError

EMPTY = "(empty)"
"""For a line without a label, which the projector would skip."""

_BLANKS = str.maketrans("\t\n\r", "   ")


def table(metadata: Any, header: Any) -> tuple[str, int]:
    """Return the text of `metadata.tsv`, and how many labels it has.

    It has a line for each label, or, with a header, tabs between the cells of a row.

    Args:
        metadata: The labels, or rows of them.
        header: Names of the columns; `None` or none for labels.

    Raises:
        TypeError: An argument is no list, or with a header a row is none.
        ValueError: A label is not valid Unicode text.
        ShapeError: There is not one cell for each name.
    """
    labels = _items(metadata, "metadata")
    names = [] if header is None else _names(header)
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
    if not _is_iterable(values):
        raise TypeError(f"{name} must be a list, not {type(values).__name__}")
    return list(values)


def _is_iterable(value: Any) -> bool:
    # Arrays and tensors without axes have the method and cannot.
    return isinstance(value, Iterable) and getattr(value, "shape", None) != ()


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _text(label: Any) -> str:
    if type(label) is not str and _is_tensor(label):
        label = _arrays.plain(label, "metadata")[()]
    text = str(label)
    # Most labels need no change, and this is ten times as fast.
    return text if text.isprintable() else text.translate(_BLANKS)


def _filled(line: str) -> str:
    """Return a blank line with a text in its first cell."""
    _, tab, rest = line.partition("\t")
    return f"{EMPTY}{tab}{rest}"
