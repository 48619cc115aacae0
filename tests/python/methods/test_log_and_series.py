"""What only tensorbolt has: log and add_scalar_series."""

import collections
import decimal
import fractions
import types

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import TIME, events, scalars, values

import tensorbolt
from tensorbolt.writer._fast_path import NO_FAST_PATH

KEYS = st.text("abc/. üß", max_size=4)
NESTED = st.recursive(
    st.floats(width=32, allow_nan=False),
    lambda leaf: st.dictionaries(KEYS, leaf, max_size=4),
    max_leaves=30,
)


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def flat(values, prefix=""):
    for key, value in values.items():
        tag = (
            f"{prefix}{key}"
            if not prefix or prefix.endswith("/")
            else f"{prefix}/{key}"
        )
        if isinstance(value, dict):
            yield from flat(value, tag)
        else:
            yield tag, value


def found(writer):
    writer.flush()
    return scalars(writer.get_logdir())


@given(st.dictionaries(KEYS, NESTED, max_size=5), st.sampled_from(["", "p", "p/"]))
def test_nested_keys_join_with_slashes(tmp_path_factory, mapping, prefix):
    logdir = tmp_path_factory.mktemp("log")
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.log(mapping, 3, TIME, prefix)
    assert scalars(logdir) == [(tag, 3, value) for tag, value in flat(mapping, prefix)]
    assert {event.wall_time for event in events(logdir)} <= {TIME}


LEAVES = st.one_of(
    st.floats(width=32),
    st.integers(-(2**70), 2**70),
    st.floats(width=32).map(np.float32),
    st.floats(width=32).map(torch.tensor),
    st.floats(width=32).map(lambda value: np.array([value])),
    st.floats(width=32).map(lambda value: [value]),
    st.booleans(),
)
MAPPINGS = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=70),
    lambda leaf: st.dictionaries(KEYS, leaf | LEAVES, max_size=4),
    max_leaves=20,
)


@given(MAPPINGS, st.sampled_from(["", "p", "p/"]))
def test_the_fast_path_writes_the_bytes_of_the_other(tmp_path_factory, mapping, prefix):
    logdir = tmp_path_factory.mktemp("log")
    for run in ("fast", "slow"):
        with tensorbolt.SummaryWriter(logdir / run) as writer:
            assert writer._fast is not NO_FAST_PATH
            if run == "slow":
                writer._fast = NO_FAST_PATH
            writer.log(mapping, 3, TIME, prefix)
    fast, slow = (
        [event.SerializeToString() for event in events(logdir / run)]
        for run in ("fast", "slow")
    )
    assert fast == slow


@pytest.mark.parametrize("count", [1, 64, 65, 128, 129])
def test_events_of_at_most_64_values(writer, count):
    writer.log({str(key): key for key in range(count)}, 3)
    assert [tag for tag, _, _ in found(writer)] == [str(key) for key in range(count)]
    sizes = [len(event.summary.value) for event in events(writer.get_logdir())]
    assert sizes == [64] * (count // 64) + [count % 64] * (count % 64 > 0)


def test_values_of_every_kind(writer):
    writer.log(
        {
            "int": 1,
            "bool": True,
            "np": np.float16(0.5),
            "0d": np.array(2),
            "torch": torch.tensor([[3.0]], requires_grad=True),
            "bf16": torch.tensor(1e10, dtype=torch.bfloat16),
            "Decimal": decimal.Decimal("1.5"),
            "Fraction": fractions.Fraction(1, 4),
            "list": [7],
            "big": 2**100,
            "text": "2.5",
            "proxy": types.MappingProxyType({"x": 1}),
            "ordered": collections.OrderedDict(y=2),
        },
        step=5,
    )
    expected = [
        1,
        1,
        0.5,
        2,
        3,
        float(torch.tensor(1e10, dtype=torch.bfloat16)),
        1.5,
        0.25,
        7,
        2.0**100,
        2.5,
        1,
        2,
    ]
    assert [number for _, _, number in found(writer)] == expected
    assert [tag for tag, _, _ in found(writer)][-2:] == ["proxy/x", "ordered/y"]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "x",
        [1, 2],
        np.zeros(3),
        object(),
        1j,
        10**400,
        torch.empty(1, device="meta"),
        {1: 2.0},
        {"k": {"l": None}},
    ],
)
def test_all_or_nothing(writer, bad):
    with pytest.raises((TypeError, ValueError), match="values"):
        writer.log({"first": 1.0, "bad": bad, "last": 2.0})
    assert found(writer) == []
    assert writer.stats()["events"] == 0


def test_a_mapping_that_contains_itself(writer):
    mapping = {"a": 1}
    mapping["b"] = mapping
    with pytest.raises(ValueError, match="deep"):
        writer.log(mapping)
    assert found(writer) == []


def test_a_mapping_that_changes_while_it_is_read(writer):
    mapping = {"a": 1.0}

    class Trap:
        def __float__(self):
            mapping["new"] = 2.0
            return 1.0

    mapping["trap"] = Trap()
    mapping["b"] = 3.0
    writer.log(mapping)
    assert [tag for tag, _, _ in found(writer)] == ["a", "trap", "b"]


def test_an_empty_mapping_writes_nothing(writer):
    writer.log({})
    writer.log({"a": {}})
    assert found(writer) == []


def test_a_thousand_values_in_one_call(writer):
    mapping = {f"layer{number}/weight": float(number) for number in range(1000)}
    writer.log(mapping, 1)
    assert found(writer) == [(tag, 1, value) for tag, value in mapping.items()]


@given(
    st.lists(
        st.tuples(
            st.floats(width=32, allow_nan=False), st.integers(-(2**63), 2**63 - 1)
        ),
        max_size=50,
    )
)
def test_a_series_is_what_add_scalar_writes(tmp_path_factory, points):
    root = tmp_path_factory.mktemp("series")
    numbers, steps = [point[0] for point in points], [point[1] for point in points]
    times = [TIME + number for number in range(len(points))]
    with (
        tensorbolt.SummaryWriter(root / "one") as one,
        tensorbolt.SummaryWriter(root / "many") as many,
    ):
        for number, step, time in zip(numbers, steps, times, strict=True):
            one.add_scalar("t", number, step, time)
        many.add_scalar_series(
            "t", np.array(numbers), np.array(steps, np.int64), np.array(times)
        )
    assert events(root / "one") == events(root / "many")


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 50_000])
def test_series_of_many_points(writer, size):
    numbers = torch.arange(size, dtype=torch.float32)
    writer.add_scalar_series(
        "t", numbers, range(size) if size < 2 else np.arange(size, dtype=np.uint16)
    )
    assert [number for _, _, number in found(writer)] == numbers.tolist()
    assert [step for _, step, _ in found(writer)] == list(range(size))


def test_series_of_lists_and_views(writer):
    writer.add_scalar_series("t", [1, 2], [3, 4], [5, 6])
    writer.add_scalar_series(
        "t", np.arange(6.0)[::3], np.arange(6)[::-3], np.arange(6)[::3]
    )
    assert found(writer) == [("t", 3, 1), ("t", 4, 2), ("t", 5, 0), ("t", 2, 3)]


def test_a_series_without_times_is_now(writer):
    import time

    before = time.time()
    writer.add_scalar_series("t", [1, 2], [3, 4])
    writer.flush()
    times = {event.wall_time for event in events(writer.get_logdir())}
    assert len(times) == 1
    assert before <= times.pop() <= time.time()


@pytest.mark.parametrize(
    ("arguments", "kind", "name"),
    [
        (([1, 2], [1]), ValueError, "equally long"),
        (([1], [1], [1, 2]), ValueError, "equally long"),
        (([[1]], [1]), ValueError, "values must be one-dimensional"),
        ((1, [1]), ValueError, "values must be one-dimensional"),
        (([1], [1.5]), TypeError, "steps must be integers"),
        (([1], [float("nan")]), (TypeError, ValueError), "steps"),
        (([1], [2**63]), ValueError, "steps must fit"),
        (([1], ["a"]), TypeError, "steps"),
        (([1], [None]), TypeError, "steps"),
        ((["a"], [1]), TypeError, "values"),
        ((None, [1]), TypeError, "values"),
        (([1, 2], [1, 2], [1, float("nan")]), ValueError, "walltimes must be finite"),
    ],
)
def test_series_that_cannot_be(writer, arguments, kind, name):
    with pytest.raises(kind, match=name):
        writer.add_scalar_series("t", *arguments)
    assert values(writer.get_logdir()) == []
