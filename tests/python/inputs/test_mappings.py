"""Mappings that do not say that they are one: whatever has `keys` and `items`, in every method that takes one."""

import multiprocessing
import types

import numpy as np
import pandas
import pytest
import torch
from tests.python.inputs.value_calls import outcome

from tensorbolt import insight


class Bare:
    """No more than a mapping needs."""

    def __init__(self, content):
        self.content = content

    def keys(self):
        return iter(self.content)

    def items(self):
        return iter(self.content.items())


@pytest.fixture(scope="module")
def manager():
    with multiprocessing.Manager() as manager:
        yield manager


def parameters(content):
    return torch.nn.ParameterDict(
        {key: torch.tensor(value) for key, value in content.items()}
    )


def row(content):
    return pandas.DataFrame([content, content]).iloc[1]


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)


MAPPINGS = {
    "proxy of a manager": lambda content, manager: manager.dict(content),
    "bare": lambda content, _: Bare(content),
    "mapping proxy": lambda content, _: types.MappingProxyType(content),
    "row of pandas": lambda content, _: row(content),
    "parameters": lambda content, _: parameters(content),
}
NUMBERS = {"a": 1.0, "b": 2.0}
CHARTS = {"c": {"both": ["Multiline", ["a", "b"]]}}
METHODS = {
    "log": (NUMBERS, lambda w, m: w.log(m, 1, 2.0)),
    "log, nested": (NUMBERS, lambda w, m: w.log({"x": m}, 1, 2.0)),
    "add_scalars": (NUMBERS, lambda w, m: w.add_scalars("g", m, 1, 2.0)),
    "add_histograms": (NUMBERS, lambda w, m: w.add_histograms(m, 1, 2.0)),
    "add_hparams": (NUMBERS, lambda w, m: w.add_hparams(m, {}, run_name="r")),
    "add_hparams, nested": (
        NUMBERS,
        lambda w, m: w.add_hparams({"x": m}, {}, run_name="r"),
    ),
    "add_hparams, metrics": (
        NUMBERS,
        lambda w, m: w.add_hparams({"x": 1}, m, run_name="r"),
    ),
    "add_hparams, domains": (
        {"a": [1.0, 2.0]},
        lambda w, m: w.add_hparams({"a": 1.0}, {}, m, run_name="r"),
    ),
    "add_custom_scalars": (CHARTS, lambda w, m: w.add_custom_scalars(m)),
    "add_custom_scalars, category": (
        CHARTS["c"],
        lambda w, m: w.add_custom_scalars({"c": m}),
    ),
    "add_mesh": (
        {"camera": {"cls": "PerspectiveCamera", "fov": 75}},
        lambda w, m: w.add_mesh("t", np.ones((1, 4, 3)), None, None, m, 1, 2.0),
    ),
    "add_mesh, nested": (
        {"cls": "PerspectiveCamera", "fov": 75},
        lambda w, m: w.add_mesh("t", np.ones((1, 3, 3)), None, None, {"camera": m}, 1),
    ),
    "add_learning_rate": (
        {"one": optimizer(), "two": optimizer()},
        lambda w, m: insight.add_learning_rate(w, m, step=1),
    ),
}


@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_method_takes_it(kind, manager):
    for name, (content, call) in METHODS.items():
        if content is not NUMBERS and kind in ("parameters", "row of pandas"):
            continue  # They hold numbers only.
        if name == "add_learning_rate" and kind == "proxy of a manager":
            continue  # Its tensors would come from another process.
        found = outcome(call, MAPPINGS[kind](content, manager))
        assert not isinstance(found, Exception), (name, found)
        assert found == outcome(call, content), name
        print(f"{kind}: {name}")


@pytest.mark.parametrize(
    "other", [[("a", 1.0)], "ab", 3, None, {"a"}, np.ones(2), torch.ones(2), dict]
)
def test_what_is_none_is_an_error(other):
    for name, (_, call) in METHODS.items():
        if name in ("log", "add_scalars", "add_histograms", "add_custom_scalars"):
            error = outcome(call, other)
            assert isinstance(error, TypeError), (name, error)
            assert "mapping" in str(error)


def test_a_column_of_pandas_is_an_array(logdir):
    """It has keys, too: the numbers of its rows."""
    column = pandas.Series([1.0])
    for call in (
        lambda w, v: w.add_scalar("t", v, 1, 2.0),
        lambda w, v: w.log({"t": v}, 1, 2.0),
        lambda w, v: w.add_hparams({"t": v}, {}, run_name="r"),
    ):
        assert outcome(call, column) == outcome(call, 1.0)
    for call in (METHODS["log"][1], METHODS["add_scalars"][1]):
        assert isinstance(outcome(call, column), TypeError)


def test_two_values_for_one_key():
    """One of them would be lost."""
    twice = pandas.Series([1.0, 2.0], ["a", "a"])
    for name in ("log", "log, nested", "add_scalars", "add_histograms", "add_hparams"):
        error = outcome(METHODS[name][1], twice)
        assert isinstance(error, ValueError), name
        assert "'a'" in str(error)


def test_a_frame_is_a_mapping_of_its_columns():
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    call = METHODS["add_histograms"][1]
    assert outcome(call, frame) == outcome(call, {"a": [1.0, 2.0], "b": [3.0, 4.0]})
