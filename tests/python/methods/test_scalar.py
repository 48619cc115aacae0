"""add_scalar: the same messages as both reference writers."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import (
    TIME,
    messages,
    on_all,
    only,
    same_on_all,
    values,
)

import tensorbolt

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
NUMBERS = st.one_of(
    FLOATS,
    st.floats(width=32),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    FLOATS.map(np.float64),
    st.floats(width=32).map(np.float32),
    st.floats(width=16).map(np.float16),
    st.integers(-(2**31), 2**31 - 1).map(np.int32),
    st.integers(0, 2**64 - 1).map(np.uint64),
    FLOATS.map(lambda number: np.full((1, 1, 1), number)),
)
STEPS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(-1e15, 1e15),
    st.integers(-1000, 1000).map(str),
    st.integers(-1000, 1000).map(np.int16),
)
TIMES = st.one_of(
    st.floats(-1e12, 1e12), st.integers(0, 2**40), st.just(0), st.booleans()
)
# Letters that tensorboardX leaves alone.
TAGS = st.text("abcXYZ019-_./äß日本", min_size=1).filter(
    lambda tag: not tag.startswith("/")
)
CALLS = st.lists(st.tuples(TAGS, NUMBERS, STEPS, TIMES), min_size=1, max_size=20)


@given(CALLS)
def test_plain_scalars_are_those_of_both(calls):
    def log(writer):
        for call in calls:
            writer.add_scalar(*call)

    same_on_all(log)


@given(CALLS, st.booleans())
def test_new_style_scalars_are_those_of_torch(calls, double):
    def log(writer):
        for call in calls:
            writer.add_scalar(*call, True, double)

    with (
        np.errstate(over="ignore"),
        pytest.warns(RuntimeWarning) if double else np.errstate(),
    ):
        same_on_all(log, only_with=("ours", "torch"))


def test_new_style_by_keyword():
    same_on_all(
        lambda w: w.add_scalar("t", 0.1, 3, TIME, new_style=True),
        only_with=("ours", "torch"),
    )


def test_double_precision_alone_is_ignored_with_a_warning(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.warns(RuntimeWarning, match="together with new_style"),
    ):
        writer.add_scalar("t", 0.1, 3, TIME, double_precision=True)
    theirs = on_all(
        lambda w: w.add_scalar("t", 0.1, 3, TIME, double_precision=True),
        only_with=("torch",),
    )["torch"]
    assert [str(event.summary) for event in theirs["."]] == [str(value_only(logdir))]


def value_only(logdir):
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[only(logdir)])


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        (("Title", "Text"), {}),
        (("Title",), {}),
        (("", "Text"), {}),
        ((), {"display_name": "Title", "summary_description": "*Text*"}),
        ((), {"display_name": "Title"}),
        ((), {"summary_description": "Text"}),
        (("Title",), {"summary_description": "Text"}),
    ],
)
def test_titles_are_those_of_tensorboardx_plus_plugin(arguments, keywords):
    """Difference D31: the texts get what TensorBoard needs to show them."""
    results = on_all(
        lambda w: w.add_scalar("t", 0.5, 3, TIME, *arguments, **keywords),
        only_with=("ours", "tbx"),
    )
    (ours,), (theirs,) = results["ours"]["."], results["tbx"]["."]
    metadata = ours.summary.value[0].metadata
    assert metadata.plugin_data.plugin_name == "scalars"
    assert metadata.data_class == 1
    metadata.ClearField("plugin_data")
    metadata.ClearField("data_class")
    assert ours == theirs


def test_empty_titles_write_a_plain_scalar():
    same_on_all(
        lambda w: w.add_scalar(
            "t", 0.5, 3, TIME, display_name="", summary_description=""
        ),
        only_with=("ours", "tbx"),
    )
    same_on_all(
        lambda w: w.add_scalar("t", 0.5, 3, TIME, "", ""), only_with=("ours", "tbx")
    )


def test_none_as_title_is_no_title(logdir):
    """Difference P1: tensorboardX writes an empty metadata message."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar(
            "t", 0.5, 3, TIME, display_name=None, summary_description=None
        )
    assert not only(logdir).HasField("metadata")


def test_tags_are_never_cleaned():
    """Difference D12: as torch; tensorboardX's cleaning is for its own facade."""
    tags = [
        "a b/c:d",
        "///a",
        "x[0]",
        "back\\slash",
        "日本 語",
        "/",
        " ",
        "\n",
        "a\0b",
        "🙂",
        "",
    ]

    def log(writer):
        for tag in tags:
            writer.add_scalar(tag, 1.0, 1, TIME)

    ours = same_on_all(log, only_with=("ours", "torch"))
    assert [event.summary.value[0].tag for event in ours["."]] == tags


def test_bytes_are_utf_8_tags(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("ü".encode(), 1)
    assert only(logdir).tag == "ü"


def test_steps_and_times_at_their_limits():
    def log(writer):
        for step in (
            2**63 - 1,
            -(2**63),
            2.9,
            -1.9,
            True,
            "7",
            np.uint8(3),
            np.float32(4.5),
        ):
            writer.add_scalar("t", 1.0, step, -1.5)

    ours = same_on_all(log)
    assert [event.step for event in ours["."]] == [
        2**63 - 1,
        -(2**63),
        2,
        -1,
        1,
        7,
        3,
        4,
    ]


@pytest.mark.parametrize(
    "number", [math.nan, math.inf, -math.inf, 1e39, -1e39, 1e-46, 2**200, -0.0]
)
def test_numbers_at_the_limits_of_float32(number):
    ours = on_all(
        lambda w: w.add_scalar("t", number, 0, TIME), only_with=("ours", "torch")
    )
    assert messages(ours["ours"]) == messages(ours["torch"])


def test_float32_rounds_to_nearest(logdir):
    numbers = [0.1, 1 + 2**-24, 1 + 3 * 2**-24, 3.4028235677973366e38, 16777217, 1e-45]
    with tensorbolt.SummaryWriter(logdir) as writer:
        for number in numbers:
            writer.add_scalar("t", number)
    expected = [
        np.float64(number).astype(np.float32) for number in numbers[:3] + numbers[4:]
    ]
    found = [value.simple_value for _, _, value in values(logdir)]
    assert [struct.pack("<f", f) for f in found[:3] + found[4:]] == [
        struct.pack("<f", f) for f in expected
    ]
    assert math.isinf(found[3])


def test_attributes_fit_where_python_looks_first(tmp_path):
    """CPython keeps 30 attributes of an object in the object itself. With more, it looks up every method in a dictionary first,
    and a call takes a sixth longer. A subclass may have a few of its own."""
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1.0, 0)
        writer.add_scalars("b", {"c": 1.0}, 0)
        writer.add_histogram("d", [1.0], 0)
        writer.add_text("e", "f", 0)
        writer.add_image("g", np.zeros((3, 2, 2), np.uint8), 0)
        writer.flush()
        assert len(vars(writer)) <= 28
