"""add_hparams: the messages of both reference writers, and every kind of value."""

import argparse
import collections
import dataclasses
import decimal
import enum
import functools
import math
import pathlib
import types

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tests.python.support.helpers import (
    event_files,
    label,
    on_all,
    records,
    runs,
    without_head,
)

import tensorbolt

WORDS = st.text("abcxyz_-. /日", min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats()
METRICS = st.dictionaries(WORDS, st.floats(width=32), max_size=4)


def session(events):
    """Tag, step and content of every value of a run, as comparable text."""
    found = []
    for event in events:
        for value in event.summary.value:
            plugin = value.metadata.plugin_data
            content = (
                HParamsPluginData.FromString(plugin.content)
                if plugin.plugin_name == "hparams"
                else value.simple_value
            )
            assert not value.HasField("tensor")
            found.append((value.tag, event.step, str(content)))
    return found


def start_info(logdir):
    """The hyperparameters of the only row of a directory."""
    ((_, found),) = [(run, row) for run, row in runs(logdir).items() if row]
    (content,) = [
        value.metadata.plugin_data.content
        for event in found
        for value in event.summary.value
        if value.tag == "_hparams_/session_start_info"
    ]
    hparams = HParamsPluginData.FromString(content).session_start_info.hparams
    return {
        name: getattr(value, value.WhichOneof("kind"))
        for name, value in hparams.items()
    }


def logged(logdir, hparams):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams(hparams, {})
    return start_info(logdir)


@given(
    st.dictionaries(WORDS, NUMBERS | TEXTS | st.none(), max_size=4),
    METRICS,
    st.none() | st.integers(0, 2**31 - 1),
)
def test_rows_are_those_of_torch(hparams, metrics, step):
    """Difference D14: without the experiment summary, which hides columns of other runs."""
    results = on_all(
        lambda w: w.add_hparams(hparams, metrics, None, "run", step),
        only_with=("ours", "torch"),
    )
    ours, theirs = (session(results[name]["run"]) for name in ("ours", "torch"))
    assert sorted(results["ours"]) == sorted(results["torch"]) == [".", "run"]
    assert theirs[0][0] == "_hparams_/experiment"
    assert ours == theirs[1:]


@given(st.dictionaries(WORDS, NUMBERS | TEXTS | st.none() | st.booleans(), max_size=4))
def test_rows_are_those_of_tensorboardx(hparams):
    results = on_all(
        lambda w: w.add_hparams(hparams, {"m": 0.5}, "run", 0),
        only_with=("ours", "tbx"),
    )
    ours, theirs = (session(results[name]["run"]) for name in ("ours", "tbx"))
    assert sorted(results["ours"]) == sorted(results["tbx"]) == [".", "run"]
    assert ours == theirs[1:]


@given(st.dictionaries(WORDS, st.floats() | TEXTS, min_size=1, max_size=4), METRICS)
def test_domains_are_those_of_torch(hparams, metrics):
    domains = {name: [value, value] for name, value in hparams.items()}
    domains.popitem()
    hparams["last"] = 1
    domains["last"] = [1, 2, 3]
    results = on_all(
        lambda w: w.add_hparams(hparams, metrics, domains, "run", 3),
        only_with=("ours", "torch"),
    )
    assert session(results["ours"]["run"]) == session(results["torch"]["run"])


def test_domains_of_bools_are_bools(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams(
            {"b": True, "n": 2.0, "inner": {"s": "x"}},
            {},
            {"b": (True, False), "n": np.array([1, 2]), "inner": {"s": {"x"}}},
        )
    ((_, found),) = [(run, row) for run, row in runs(logdir).items() if row]
    content = found[0].summary.value[0].metadata.plugin_data.content
    infos = HParamsPluginData.FromString(content).experiment.hparam_infos
    assert [(info.name, info.type) for info in infos] == [
        ("b", 2),
        ("n", 3),
        ("inner/s", 1),
    ]
    assert [value.bool_value for value in infos[0].domain_discrete.values] == [
        True,
        False,
    ]
    assert [value.number_value for value in infos[1].domain_discrete.values] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "keywords", "run", "step"),
    [
        (("r",), {}, "r", 0),
        (("r", 3), {}, "r", 3),
        (("r",), {"global_step": 3}, "r", 3),
        ((None, 3), {"name": "r"}, "r", 3),
        ((None, np.int64(3)), {"name": "r"}, "r", 3),
        ((None, "r"), {}, "r", 0),
        ((None, "r", 3), {}, "r", 3),
        (({}, "r", 3), {}, "r", 3),
        ((), {"run_name": "r", "global_step": 3}, "r", 3),
        ((), {"name": "r", "global_step": 3}, "r", 3),
        ((), {"name": pathlib.PurePath("r/s")}, "r/s", 0),
        ((None, "", 3), {"name": "r"}, "r", 3),
    ],
)
def test_both_orders_of_arguments(logdir, arguments, keywords, run, step):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams({"a": 1}, {"m": 0.5}, *arguments, **keywords)
    found = runs(logdir)
    assert sorted(found) == sorted({".", run})
    assert {event.step for event in found[run]} == {step}


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class Mode(str, enum.Enum):
    FAST = "fast"


def activation():
    """A function."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (np.bool_(False), False),
        (torch.tensor(True), True),
        (np.array([True]), True),
        (3, 3.0),
        (2**70, 2.0**70),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.array(0.5), 0.5),
        (np.array([[2]]), 2.0),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([0.5]), 0.5),
        (torch.tensor(0.5, requires_grad=True), 0.5),
        (torch.tensor(2.0**33, dtype=torch.bfloat16), 2.0**33),
        (decimal.Decimal("0.5"), 0.5),
        (math.inf, math.inf),
        ("text", "text"),
        (np.str_("text"), "text"),
        (b"text", "text"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (Colour.RED, "RED"),
        (Level.HIGH, 3.0),
        (Mode.FAST, "fast"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (pathlib.PurePosixPath("a\udcff"), "a?"),
        ([1, "a", None], "[1, 'a', None]"),
        ((0.9, 0.999), "(0.9, 0.999)"),
        ([], "[]"),
        (np.array([1, 2]), "[1 2]"),
        (torch.tensor([1, 2]), "tensor([1, 2])"),
        (torch.float16, "torch.float16"),
        (np.dtype("f4"), "float32"),
        (np.float32, "float32"),
        (activation, "activation"),
        (torch.nn.ReLU, "ReLU"),
        (torch.nn.ReLU(), "ReLU()"),
        (1 + 2j, "(1+2j)"),
        (np.datetime64("2020-01-01"), "2020-01-01"),
        (torch.device("cpu"), "cpu"),
    ],
    ids=label,
)
def test_every_value_is_a_bool_a_number_or_a_text(logdir, value, expected):
    """Difference D14: the reference writers refuse most of these, or write no value."""
    (found,) = logged(logdir, {"v": value}).values()
    assert type(found) is type(expected)
    assert found == expected


def test_none_is_left_out(logdir):
    assert logged(logdir, {"a": None, "b": 1, "c": {"d": None}, "e": {}}) == {"b": 1}


@dataclasses.dataclass
class Optimizer:
    lr: float
    betas: tuple
    unset: int = dataclasses.field(init=False)


@pytest.mark.parametrize(
    "config",
    [
        {"lr": 0.1, "optimizer": {"lr": 0.2, "betas": (1, 2)}},
        collections.OrderedDict(lr=0.1, optimizer=Optimizer(0.2, (1, 2))),
        types.MappingProxyType({"lr": 0.1, "optimizer/lr": 0.2, "optimizer/betas": (1, 2)}),
        argparse.Namespace(lr=0.1, optimizer=Optimizer(0.2, (1, 2))),
        types.SimpleNamespace(lr=0.1, optimizer={"lr": 0.2, "betas": (1, 2)}),
        dataclasses.make_dataclass("Config", ["lr", "optimizer"])(0.1, Optimizer(0.2, (1, 2))),
    ],
    ids=lambda config: type(config).__name__,
)  # fmt: skip
def test_every_kind_of_configuration(logdir, config):
    assert logged(logdir, config) == {
        "lr": 0.1,
        "optimizer/lr": 0.2,
        "optimizer/betas": "(1, 2)",
    }


def test_partial_functions_are_their_text(logdir):
    (found,) = logged(logdir, {"f": functools.partial(activation)}).values()
    assert found.startswith("functools.partial(")


def test_metrics_are_scalars(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        metrics = {"a": torch.tensor([0.5]), "b": {"c": np.float16(2)}, "n": math.nan}
        writer.add_hparams({}, metrics, "run", 7)
    (file,) = event_files(f"{logdir}/run")
    _, _, *scalars = without_head(records(file))
    assert [
        (e.step, e.summary.value[0].tag, str(e.summary.value[0].simple_value))
        for e in scalars
    ] == [(7, "a", "0.5"), (7, "b/c", "2.0"), (7, "n", "nan")]


def test_a_bad_metric_writes_nothing_at_all(logdir):
    """Difference D14: the reference writers have written the row before it."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(TypeError, match=r"metric_dict\['m'\]"):
            writer.add_hparams({"a": 1}, {"k": 1, "m": None})
        writer.flush()
        assert list(runs(logdir)) == ["."]


def test_steps_beyond_32_bits_warn(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.warns(RuntimeWarning, match="32 bits"):
            writer.add_hparams({"a": 1}, {"m": 1}, global_step=2**31)
        writer.add_hparams({"a": 1}, {"m": 1}, global_step=2**31)


def test_auto_step_counts_each_metric(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        for _ in range(2):
            writer.add_hparams({"a": 1}, {"m": 1}, "run")
    steps = [e.step for e in runs(logdir)["run"] if e.summary.value[0].tag == "m"]
    assert steps == [0, 1]
