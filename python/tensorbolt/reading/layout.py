"""The table of charts of the Custom Scalars dashboard."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorbolt.reading.column import Column, integers, repeated, texts, truths
from tensorbolt.reading.messages import Message, every, last, message
from tensorbolt.reading.table import Table
from tensorbolt.reading.tensors import strings_of

#: Fields of `Layout`, `Category`, `Chart`, of its two contents, and of a series of the second.
_CATEGORY = 2
_CATEGORY_TITLE, _CHART, _CLOSED = 1, 2, 3
_CHART_TITLE, _MULTILINE, _MARGIN = 1, 2, 3
_TAG, _SERIES = 1, 1
_LINE, _LOWER, _UPPER = 1, 2, 3


class Line(NamedTuple):
    """A line of a chart: a tag or a regular expression, and the tags of the edges of its band."""

    tag: str | None = None
    lower: str | None = None
    upper: str | None = None


class Chart(NamedTuple):
    """A chart: its title, `multiline` or `margin`, or nothing for one without content, and its lines."""

    title: str
    kind: str
    lines: tuple[Line, ...]


class Category(NamedTuple):
    """A group of charts: its title, whether it is folded at first, and its charts."""

    title: str
    is_closed: bool
    charts: tuple[Chart, ...]


class Layout(Table):
    """Charts of the Custom Scalars dashboard, one row a line, in the order of the page.

    Columns: `run`, `tag` (text, categorical; the tag of the layout), `step` (int64), `wall_time`; `category` (text, categorical, a
    title), `is_closed` (bool: the category is folded at first), `index` (int64, place of the chart in its category), `chart` (text,
    categorical, a title), `kind` (text, categorical: `multiline`, or `margin` for lines in bands), `line` (text: with `multiline` a regular
    expression, matched at the start of tags, with `margin` a tag), `lower`, `upper` (text, tags of the band's edges; null with `multiline`). A
    chart without lines has a row without one, and a category without charts a row whose `index` is -1.
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        newest: Sequence[tuple[Category, ...]],
    ) -> None:
        super().__init__(columns)
        self._newest = newest

    def shown(self) -> Table:
        """The charts of all runs together, as TensorBoard's page has them.

        The newest layout of each run counts. A category of several runs has the charts of all of them, and those that are equal once.

        Returns:
            The columns from `category` on.
        """
        merged: dict[str, Category] = {}
        categories: list[Category] = []
        for number, layout in enumerate(self._newest):
            for category in layout:
                known = merged.get(category.title)
                if number == 0 or known is None:
                    categories.append(category)
                    merged[category.title] = category
                    continue
                new = [chart for chart in category.charts if chart not in known.charts]
                whole = known._replace(charts=(*known.charts, *new))
                place = next(at for at, one in enumerate(categories) if one is known)
                categories[place] = merged[category.title] = whole
        return Table(_columns(_rows(categories)))


def layout_of(value: tuple[Any, ...]) -> tuple[Category, ...] | None:
    """The groups of charts of a layout; `None` for anything else."""
    strings = strings_of(value)
    if strings is None or len(strings) != 1:
        return None
    try:
        found = every(message(strings[0]), _CATEGORY, bytes)
        return tuple(_category(message(one)) for one in found)
    except ValueError:
        return None


def _category(of: Message) -> Category:
    charts = [_chart(message(one)) for one in every(of, _CHART, bytes)]
    is_closed = bool(last(of, _CLOSED, 0))
    return Category(_text(of, _CATEGORY_TITLE), is_closed, tuple(charts))


def _chart(of: Message) -> Chart:
    title = _text(of, _CHART_TITLE)
    # Of the two contents, the one that came last counts.
    for number in reversed(of):
        if number == _MULTILINE:
            tags = every(message(last(of, number, b"")), _TAG, bytes)
            lines = [Line(tag.decode(errors="replace")) for tag in tags]
            return Chart(title, "multiline", tuple(lines))
        if number == _MARGIN:
            series = every(message(last(of, number, b"")), _SERIES, bytes)
            bands = [_band(message(one)) for one in series]
            return Chart(title, "margin", tuple(bands))
    return Chart(title, "", ())


def _band(of: Message) -> Line:
    return Line(_text(of, _LINE), _text(of, _LOWER), _text(of, _UPPER))


def _text(of: Message, number: int) -> str:
    return last(of, number, b"").decode(errors="replace")


class _Row(NamedTuple):
    """A row of the table."""

    category: Category
    place: int
    chart: Chart
    line: Line


def _rows(categories: Sequence[Category]) -> list[_Row]:
    nothing = Chart("", "", ())
    return [
        _Row(category, place, chart, line)
        for category in categories
        for place, chart in (*enumerate(category.charts),) or ((-1, nothing),)
        for line in chart.lines or [Line()]
    ]


def _columns(rows: Sequence[_Row]) -> dict[str, Column]:
    return {
        "category": repeated([row.category.title for row in rows]),
        "is_closed": truths([row.category.is_closed for row in rows]),
        "index": integers([row.place for row in rows]),
        "chart": repeated([row.chart.title for row in rows]),
        "kind": repeated([row.chart.kind for row in rows]),
        "line": _optional([row.line.tag for row in rows]),
        "lower": _optional([row.line.lower for row in rows]),
        "upper": _optional([row.line.upper for row in rows]),
    }


def _optional(values: list[str | None]) -> Column:
    there = np.array([value is not None for value in values], bool)
    return texts([value or "" for value in values], valid=there)


def layout(columns: Mapping[str, Column], values: list[tuple[Category, ...]]) -> Layout:
    """The table of these rows, each of whose values is what `layout_of` gives."""
    parts = [_rows(value) for value in values]
    taken = np.repeat(np.arange(len(values)), [len(part) for part in parts])
    runs = columns["run"].to_numpy().tolist()
    newest = dict(zip(runs, values, strict=True))
    return Layout(
        {
            **{name: column.take(taken) for name, column in columns.items()},
            **_columns([row for part in parts for row in part]),
        },
        list(newest.values()),
    )
