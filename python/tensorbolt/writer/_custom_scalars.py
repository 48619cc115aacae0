"""Custom scalar charts: which scalars share a chart."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tensorbolt import _core
from tensorbolt._arguments import check_tag, mapping_of, shown
from tensorbolt._errors import ShapeError
from tensorbolt.writer._base import Layout, WriterBase

MARGIN, MULTILINE = "Margin", "Multiline"
UNTITLED = "untitled"
MARGIN_TAGS = 3


class ChartMethods(WriterBase):
    """The methods that lay out custom scalar charts."""

    def add_custom_scalars(
        self, layout: Mapping[str, Mapping[str, Sequence[Any]]]
    ) -> None:
        """Lay out charts of scalars on the dashboard of custom scalars.

        All layouts of a writer are one: categories of the same title share their charts, and a chart replaces an
        earlier one of its title. May be called before or after the scalars are logged.

        Args:
            layout: From category title to a mapping of chart title to a list of type and tags. Type `"Multiline"`: a
                line per tag; tags are regular expressions, matched at the start. Type `"Margin"`: three tags, of a
                line and of the lower and upper edge of the band around it; all three are logged at the same steps.

        Raises:
            TypeError: It is no mapping of mappings, or a title, type or tag is not a `str`. Nothing changes then.
            ValueError: A title or tag is not valid Unicode text. Nothing changes then.
            ShapeError: A chart is not a list of type and tags, or a margin chart has not three tags. Nothing changes
                then.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
            ...     writer.add_custom_scalars({"losses": {"both": ["Multiline", ["train/loss", "test/loss"]]}})
        """
        categories = mapping_of(layout, "layout")
        if categories is None:
            raise TypeError(
                f"layout must be a mapping of category titles to charts, not {type(layout).__name__}"
            )
        checked: Layout = {}
        for category, charts in categories.items():
            title = check_tag(category, "a category title of layout")
            named = mapping_of(charts, f"layout[{shown(title)}]")
            if named is None:
                raise TypeError(
                    f"layout[{shown(title)}] must be a mapping of chart titles to [type, tags], not {type(charts).__name__}"
                )
            checked[title] = [
                self._chart(chart, content, f"layout[{shown(title)}][{shown(chart)}]")
                for chart, content in named.items()
            ]
        self._add_layout(checked)

    def add_custom_scalars_multilinechart(
        self, tags: Iterable[str], category: str = "default", title: str = UNTITLED
    ) -> None:
        """Lay out one chart with a line per tag; see `add_custom_scalars`.

        Args:
            tags: Regular expressions, matched at the start of tags.
            category: Title of the group of charts.
            title: Title of the chart; untitled charts stay side by side.

        Raises:
            TypeError: `tags` is no list of `str`, or a title is not a `str`.
            ValueError: A title or tag is not valid Unicode text.
        """
        self._add_chart(False, tags, category, title)

    def add_custom_scalars_marginchart(
        self, tags: Iterable[str], category: str = "default", title: str = UNTITLED
    ) -> None:
        """Lay out one chart with a line and a band around it; see `add_custom_scalars`.

        Args:
            tags: Tag of the line, of the band's lower edge, and of its upper edge.
            category: Title of the group of charts.
            title: Title of the chart; untitled charts stay side by side.

        Raises:
            TypeError: `tags` is no list of `str`, or a title is not a `str`.
            ValueError: A title or tag is not valid Unicode text.
            ShapeError: There are not three tags.
        """
        self._add_chart(True, tags, category, title)

    def _add_chart(self, margin: bool, tags: Any, category: Any, title: Any) -> None:
        category = check_tag(category, "category")
        chart = (check_tag(title, "title"), margin, self._tags(tags, margin, "tags"))
        self._add_layout({category: [chart]})

    def _chart(
        self, title: Any, content: Any, name: str
    ) -> tuple[str, bool, list[str]]:
        check_tag(title, "a chart title of layout")
        if isinstance(content, (str, bytes)) or not isinstance(content, Sequence):
            raise TypeError(
                f'{name} must be a list such as ["Multiline", ["tag"]], not {type(content).__name__}'
            )
        if len(content) != len(("type", "tags")):
            raise ShapeError(
                f'{name} must have two items, such as ["Multiline", ["tag"]], not {len(content)}'
            )
        kind = check_tag(content[0], f"the type of {name}")
        margin = kind.lower() == MARGIN.lower()
        if not margin and kind.lower() != MULTILINE.lower():
            self._notices.once(
                f"chart type {kind}",
                f"{name}: chart type {shown(kind)} is taken for {MULTILINE!r}; the other one is {MARGIN!r}",
            )
        return check_tag(title), margin, self._tags(content[1], margin, f"{name}[1]")

    def _tags(self, tags: Any, margin: bool, name: str) -> list[str]:
        if isinstance(tags, (str, bytes)):
            tags = [tags]
        if isinstance(tags, Mapping) or not isinstance(tags, Iterable):
            raise TypeError(
                f"{name} must be a list of str, not {type(tags).__name__} ({shown(tags)})"
            )
        found = [check_tag(tag, f"a tag of {name}") for tag in tags]
        if margin and len(found) != MARGIN_TAGS:
            raise ShapeError(
                f"a margin chart needs {MARGIN_TAGS} tags (line, lower edge, upper edge), but {name} has {len(found)}"
            )
        for tag in found:
            if not (margin or _is_pattern(tag)):
                self._notices.once(
                    f"chart tag {tag}",
                    f"{name}: tag {shown(tag)} is no regular expression, and TensorBoard will show no line for it; "
                    "pass re.escape(tag)",
                )
        return found

    def _add_layout(self, layout: Layout) -> None:
        # Layouts must be written in the order in which they grow: readers use the last one.
        with self._files_lock:
            merged = {
                category: list(charts) for category, charts in self._layout.items()
            }
            for category, charts in layout.items():
                _merge(merged.setdefault(category, []), charts)
            self._layout = merged
            step = self._step_of(None, _core.CUSTOM_SCALARS_TAG)
            seconds = self._wall_time(None)
            outcome = self._write(
                lambda events: events.add_layout(list(merged.items()), step, seconds)
            )
        if outcome.alert:
            self._report_problems()


def _is_pattern(tag: str) -> bool:
    try:
        re.compile(tag)
    except re.error:
        return False
    return True


def _merge(
    charts: list[tuple[str, bool, list[str]]], added: list[tuple[str, bool, list[str]]]
) -> None:
    for chart in added:
        titles = [title for title, _, _ in charts]
        if chart in charts:
            continue
        if chart[0] in titles and chart[0] != UNTITLED:
            charts[titles.index(chart[0])] = chart
        else:
            charts.append(chart)
