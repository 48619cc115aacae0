"""The table of text."""

from collections.abc import Mapping
from math import prod
from typing import Any

from tensorbolt.reading.column import Column, texts
from tensorbolt.reading.table import Table
from tensorbolt.reading.tensors import strings_of


class Text(Table):
    """Text of runs and tags, one row a value.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `value` (text, Markdown). A value of several
    strings is a Markdown table, as TensorBoard shows it.

    Attributes:
        replaced: Values with bytes that were not UTF-8, and have U+FFFD in their place.
    """

    def __init__(self, columns: Mapping[str, Column], replaced: int = 0) -> None:
        super().__init__(columns)
        self.replaced = replaced


def text_of(value: tuple[Any, ...]) -> tuple[str, bool] | None:
    """The text of a value, and whether any of its bytes was replaced; `None` if it is no text."""
    strings = strings_of(value)
    if strings is None:
        return None
    cells = [string.decode(errors="replace") for string in strings]
    # A text may have U+FFFD of its own; only bytes that are not UTF-8 become others.
    pairs = zip(cells, strings, strict=True)
    is_replaced = any(cell.encode() != string for cell, string in pairs)
    shape = value[2]
    if prod(shape) <= 1:
        return "".join(cells), is_replaced
    width = shape[-1] if len(shape) > 1 else 1
    rows = [cells[at : at + width] for at in range(0, len(cells), width)]
    return _table(rows), is_replaced


def _table(rows: list[list[str]]) -> str:
    """A Markdown table without a header."""
    width = len(rows[0])
    lines = ["| " * width + "|", "| --- " * width + "|"]
    for row in rows:
        cells = [cell.replace("|", r"\|").replace("\n", "<br>") for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def text(columns: Mapping[str, Column], values: list[tuple[str, bool]]) -> Text:
    """The table of these rows, each of whose values is what `text_of` gives."""
    column = texts([value for value, _ in values])
    replaced = sum(is_replaced for _, is_replaced in values)
    return Text({**columns, "value": column}, replaced)
