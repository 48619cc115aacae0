"""Custom scalar charts."""

import copy
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tests.python.support.helpers import events, on_all

import tensorbolt

WORDS = st.text("abc/ .*日", max_size=6)
CHARTS = st.tuples(
    st.just("Multiline"), st.lists(st.text("abc/ .日"), max_size=4)
) | st.tuples(st.just("Margin"), st.lists(WORDS, min_size=3, max_size=3))
LAYOUTS = st.dictionaries(
    WORDS, st.dictionaries(WORDS, CHARTS.map(list), max_size=3), max_size=3
)


def timeless(result):
    """The events of the main run without their times, of which the methods take none."""
    for event in result["."]:
        event.wall_time = 0
    return [str(event) for event in result["."]]


def same(call):
    results = on_all(call)
    ours, torchs, tbxs = (timeless(results[name]) for name in ("ours", "torch", "tbx"))
    assert ours == torchs == tbxs


def last(logdir):
    """The titles, kinds and tags of the layout that readers use."""
    newest = max(events(logdir), key=lambda event: event.wall_time)
    (value,) = newest.summary.value
    assert value.tag == "custom_scalars__config__"
    found = Layout.FromString(value.tensor.string_val[0])
    return [
        (category.title, chart.title, chart.WhichOneof("content"), _tags(chart))
        for category in found.category
        for chart in category.chart
    ]


def _tags(chart):
    if chart.HasField("margin"):
        return [(s.value, s.lower, s.upper) for s in chart.margin.series]
    return list(chart.multiline.tag)


@given(LAYOUTS)
def test_layouts_are_those_of_both(layout):
    same(lambda w: w.add_custom_scalars(layout))


@given(st.lists(st.text("abc/ .日"), max_size=5), WORDS, WORDS)
def test_multiline_charts_are_those_of_both(tags, category, title):
    same(lambda w: w.add_custom_scalars_multilinechart(tags, category, title))
    same(lambda w: w.add_custom_scalars_multilinechart(tags))


@given(st.lists(WORDS, min_size=3, max_size=3), WORDS, WORDS)
def test_margin_charts_are_those_of_both(tags, category, title):
    same(
        lambda w: w.add_custom_scalars_marginchart(tags, category=category, title=title)
    )
    same(lambda w: w.add_custom_scalars_marginchart(tags))


def test_all_layouts_of_a_writer_are_one(logdir):
    """Difference D39: with the reference writers only the last is shown."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_custom_scalars_multilinechart(["a"], "x", "one")
        writer.add_custom_scalars_marginchart(["a", "b", "c"], "x", "two")
        writer.add_custom_scalars({"y": {"one": ["Multiline", ["b"]]}, "z": {}})
        writer.add_custom_scalars({"x": {"one": ("Multiline", ("c", "d"))}})
    assert last(logdir) == [
        ("x", "one", "multiline", ["c", "d"]),
        ("x", "two", "margin", [("a", "b", "c")]),
        ("y", "one", "multiline", ["b"]),
    ]
    assert len(events(logdir)) == 4


def test_untitled_charts_stay_side_by_side(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for _ in range(2):
            writer.add_custom_scalars_multilinechart(["a"])
            writer.add_custom_scalars_multilinechart(["b"])
    assert last(logdir) == [
        ("default", "untitled", "multiline", ["a"]),
        ("default", "untitled", "multiline", ["b"]),
    ]


def test_charts_are_remembered_after_close_and_by_copies(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.add_custom_scalars_multilinechart(["a"], "x", "one")
    writer.close()
    writer.add_custom_scalars_multilinechart(["b"], "x", "two")
    with copy.copy(writer) as other:
        other.add_custom_scalars_multilinechart(["c"], "x", "three")
    assert [title for _, title, *_ in last(logdir)] == ["one", "two", "three"]
    writer.add_custom_scalars({})
    writer.close()
    assert [title for _, title, *_ in last(logdir)] == ["one", "two"]


def test_a_text_is_one_tag(logdir):
    """Difference P40: with the reference writers each letter is a tag."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_custom_scalars_multilinechart("loss/.*", "x", "one")
        writer.add_custom_scalars({"x": {"two": ["Multiline", "loss"]}})
    assert [tags for *_, tags in last(logdir)] == [["loss/.*"], ["loss"]]


def test_types_in_any_case(logdir):
    """Difference P41: with the reference writers all but `Margin` are multiline charts."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_custom_scalars(
            {"x": {"1": ["margin", ["a", "b", "c"]], "2": ["MULTILINE", ["a"]]}}
        )
    assert [kind for _, _, kind, _ in last(logdir)] == ["margin", "multiline"]


def test_other_types_are_multiline_charts_with_a_warning(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.warns(RuntimeWarning, match="'Lines' is taken for 'Multiline'"):
            writer.add_custom_scalars({"x": {"1": ["Lines", ["a"]]}})
        writer.add_custom_scalars({"x": {"2": ["Lines", ["a"]]}})
    assert [kind for _, _, kind, _ in last(logdir)] == ["multiline", "multiline"]


def test_tags_that_are_no_patterns_warn(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.warns(RuntimeWarning, match=r"re\.escape"):
            writer.add_custom_scalars_multilinechart(["loss("])
        writer.add_custom_scalars_marginchart(["loss(", "a", "b"])
    assert last(logdir)[0][3] == ["loss("]


def test_a_layout_that_fails_changes_nothing(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(AssertionError, match="margin chart needs 3 tags"):
            writer.add_custom_scalars(
                {"x": {"one": ["Multiline", ["a"]], "two": ["Margin", ["a"]]}}
            )
        writer.add_custom_scalars_multilinechart(["a"], "y", "one")
    assert last(logdir) == [("y", "one", "multiline", ["a"])]


def test_threads_lose_no_chart(logdir):
    def log(thread):
        for number in range(10):
            writer.add_custom_scalars_multilinechart(["a"], str(thread), str(number))

    with tensorbolt.SummaryWriter(logdir) as writer:
        threads = [threading.Thread(target=log, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(last(logdir)) == 40
