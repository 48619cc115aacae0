"""Layouts of charts: the charts that TensorBoard's own plugin answers with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
from tensorboard.backend.event_processing.data_provider import (
    MultiplexerDataProvider,
)
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar.custom_scalars_plugin import (
    CustomScalarsPlugin,
)
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt

LAYOUT = {
    "Tai wan": {
        "twse": ["Multiline", ["twse/0050", "twse/2330", "ä.*"]],
        "band": ["Margin", ["mean", "low", "high"]],
    },
    "USA": {"dow": ["Margin", ["dow/a", "dow/b", "dow/c"]]},
}
COLUMNS = ("category", "is_closed", "index", "chart", "kind", "line", "lower", "upper")


def by_torch(directory: Path) -> None:
    with TorchWriter(directory / "run") as writer:
        writer.add_custom_scalars(LAYOUT)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory / "run")) as writer:
        writer.add_custom_scalars(LAYOUT)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory / "run") as writer:
        writer.add_custom_scalars(LAYOUT)
        writer.add_custom_scalars_multilinechart([".*/loss"], "USA")
        writer.add_custom_scalars_multilinechart(["one", "two"], "USA")


def event(layout: layout_pb2.Layout, step: int = 0) -> Event:
    data = np.array(layout.SerializeToString(), object)
    return of_plugin("custom_scalars__config__", "custom_scalars", data, step)


def layout(*charts: str, category: str = "c", is_closed: bool = False) -> Any:
    made = layout_pb2.Layout()
    group = made.category.add(title=category, closed=is_closed)
    for title in charts:
        group.chart.add(title=title).multiline.tag.append(f"{title}/.*")
    return made


def by_tensorflow(directory: Path) -> None:
    """As `custom_scalar.summary.pb` does; several runs whose categories are put together, and empty ones."""
    several = layout("a", "a", "b")
    several.category.add(title="empty", closed=True)
    several.category[0].chart.add(title="nothing")
    several.category[0].chart.add(title="no lines").margin.SetInParent()
    band = several.category[0].chart.add(title="bands").margin
    band.series.add(value="v", lower="l", upper="u")
    band.series.add(value="w")
    write(directory / "1", event(layout("old")), event(several, 1))
    write(directory / "2", event(layout("a", "c", is_closed=True)))
    write(directory / "3", event(layout("x", category="other")))


def rows_of(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of TensorBoard's answer, a JSON object of its message."""
    rows: list[tuple[Any, ...]] = []
    for category in answer.get("category", []):
        head = category.get("title", ""), category.get("closed", False)
        charts = category.get("chart", [])
        for index, chart in enumerate(charts):
            title = chart.get("title", "")
            if "multiline" in chart:
                kind, content = "multiline", chart["multiline"].get("tag", [])
                lines = [(tag, None, None) for tag in content]
            else:
                kind = "margin" if "margin" in chart else ""
                lines = [
                    tuple(one.get(name, "") for name in ("value", "lower", "upper"))
                    for one in chart.get("margin", {}).get("series", [])
                ]
            rows += [
                (*head, index, title, kind, *line)
                for line in lines or [(None, None, None)]
            ]
        if not charts:
            rows.append((*head, -1, "", "", None, None, None))
    return rows


def rows(table: tensorbolt.reading.Table) -> list[tuple[Any, ...]]:
    columns = table.to_dict()
    return list(zip(*(columns[name] for name in COLUMNS), strict=True))


@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us, by_tensorflow])
def test_charts_are_those_of_tensorboard(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload()
    provider = MultiplexerDataProvider(multiplexer, str(tmp_path))
    plugin = CustomScalarsPlugin(TBContext(data_provider=provider))
    expected = rows_of(json.loads(plugin.layout_impl(RequestContext(), "")))
    assert len(expected) >= 5
    assert rows(tensorbolt.read(tmp_path).layout.shown()) == expected


def test_each_layout_has_its_run_and_step(tmp_path: Path) -> None:
    by_tensorflow(tmp_path)
    table = tensorbolt.read(tmp_path, runs=["1", "2"]).layout
    heads = dict.fromkeys(zip(table["run"], table["step"], strict=True))
    assert list(heads) == [("1", 0), ("1", 1), ("2", 0)]
    assert set(table["tag"]) == {"custom_scalars__config__"}
    assert rows(table)[0] == ("c", False, 0, "old", "multiline", "old/.*", None, None)
    assert rows(table)[-1] == ("c", True, 1, "c", "multiline", "c/.*", None, None)
    assert table["is_closed"].dtype == bool


def test_a_category_of_three_runs_has_the_charts_of_all(tmp_path: Path) -> None:
    """TensorBoard loses those of the third where the first does not have the category."""
    names = (layout("x", category="first"), layout("a"), layout("b"), layout("a", "c"))
    for number, one in enumerate(names):
        write(tmp_path / f"{number}", event(one))
    table = tensorbolt.read(tmp_path).layout.shown()
    assert table["chart"].tolist() == ["x", "a", "b", "c"]
    assert table["category"].tolist() == ["first", "c", "c", "c"]


def test_what_is_no_layout_is_listed_as_damage(tmp_path: Path) -> None:
    for number, data in enumerate(
        (np.zeros(2), np.array([b"", b""], object), np.array(b"\x12\x7fx", object))
    ):
        made = of_plugin("custom_scalars__config__", "custom_scalars", data, 1)
        write(tmp_path / f"{number}", made)
    log = tensorbolt.read(tmp_path)
    assert len(log.layout) == 0
    assert len(log.layout.shown()) == 0
    wrong = "a value is not of the form of layout"
    assert log.damage["reason"].tolist() == [wrong] * 3
    assert log.layout.column_names[4:] == list(COLUMNS)
