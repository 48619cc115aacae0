"""Keras models as nodes: those of TensorBoard's own conversion, and what it leaves out.

The descriptions have the form of Keras 3.15 `model.to_json()`, without settings that say nothing about the graph.
"""

import json
import sys
from typing import Any

import pytest
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def

from tensorbolt.reading.keras_nodes import nodes_of_keras

#: Name, op, and names of the nodes it reads.
Nodes = list[tuple[str, str, list[str]]]


def tensor(name: str, call: int = 0, output: int = 0) -> dict[str, Any]:
    config = {
        "shape": [None, 4],
        "dtype": "float32",
        "keras_history": [name, call, output],
    }
    return {"class_name": "__keras_tensor__", "config": config}


def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"args": list(args), "kwargs": kwargs}


def layer(op: str, name: str, *calls: Any, **config: Any) -> dict[str, Any]:
    """A layer of a functional model."""
    dtype = {"class_name": "DTypePolicy", "config": {"name": "float32"}}
    config = {"name": name, "dtype": dtype, **config}
    inbound = list(calls)
    return {"class_name": op, "config": config, "name": name, "inbound_nodes": inbound}


def ordered(*layers: dict[str, Any]) -> list[dict[str, Any]]:
    """Layers of a sequential model."""
    names = ("class_name", "config")
    return [{name: one[name] for name in names} for one in layers]


def sequential(name: str, *layers: dict[str, Any], calls: Any = ()) -> dict[str, Any]:
    return layer("Sequential", name, *calls, layers=ordered(*layers))


def functional(
    name: str, inputs: Any, outputs: Any, *layers: dict[str, Any], calls: Any = ()
) -> dict[str, Any]:
    parts = {"layers": layers, "input_layers": inputs, "output_layers": outputs}
    return layer("Functional", name, *calls, **parts)


def given(name: str) -> dict[str, Any]:
    return layer("InputLayer", name)


def dense(name: str, *calls: Any) -> dict[str, Any]:
    return layer("Dense", name, *calls)


TWO = [["a", 0, 0], ["b", 0, 0]]
ENCODER = functional(
    "encoder",
    ["x", 0, 0],
    ["deep", 0, 0],
    given("x"),
    dense("deep", call(tensor("x"))),
    calls=[call(tensor("a"), mask=None)],
)
#: Models that TensorBoard converts rightly.
MODELS = {
    "sequential": ordered(
        sequential("m", given("input"), dense("first"), dense("second"))
    )[0],
    "sequential without its input": ordered(sequential("m", dense("first")))[0],
    "several inputs and outputs, and a shared layer": functional(
        "m",
        TWO,
        [["one", 0, 0], ["two", 0, 0]],
        given("a"),
        given("b"),
        dense("shared", call(tensor("a")), call(tensor("b"))),
        layer("Concatenate", "cat", call([tensor("shared"), tensor("shared", 1)])),
        layer("Add", "twice", call([tensor("shared"), tensor("shared")])),
        dense("one", call(tensor("cat"))),
        dense("two", call(tensor("twice"))),
    ),
    "a layer with several outputs": functional(
        "m",
        ["a", 0, 0],
        ["add", 0, 0],
        given("a"),
        layer("LSTM", "lstm", call(tensor("a"))),
        layer("Add", "add", call([tensor("lstm", output=1), tensor("lstm", output=2)])),
    ),
    "functional in functional": functional(
        "m",
        ["a", 0, 0],
        ["head", 0, 0],
        given("a"),
        ENCODER,
        dense("head", call(tensor("encoder"))),
    ),
    "sequential in functional": functional(
        "m",
        ["a", 0, 0],
        ["add", 0, 0],
        given("a"),
        sequential("s", given("x"), dense("y"), calls=[call(tensor("a"), mask=None)]),
        layer("Add", "add", call([tensor("s"), tensor("a")])),
    ),
    "sequential in sequential": sequential(
        "m", given("a"), sequential("s", given("x"), dense("y")), dense("z")
    ),
    "several outputs of an inner model": functional(
        "m",
        ["a", 0, 0],
        ["c", 0, 0],
        given("a"),
        functional(
            "s",
            ["x", 0, 0],
            [["y", 0, 0], ["z", 0, 0]],
            given("x"),
            dense("y", call(tensor("x"))),
            dense("z", call(tensor("y"))),
            calls=[call(tensor("a"))],
        ),
        dense("c", call(tensor("s", output=1))),
        layer("Concatenate", "d", call([tensor("c"), tensor("s"), tensor("gone")])),
    ),
}


def ours(model: Any) -> Nodes:
    nodes = nodes_of_keras(json.dumps(model).encode())
    assert all(node.shapes is None and node.device == "" for node in nodes)
    return [(node.name, node.op, node.inputs) for node in nodes]


def theirs(model: Any) -> Nodes:
    return [
        (node.name, node.attr["keras_class"].s.decode(), list(node.input))
        for node in keras_model_to_graph_def(json.loads(json.dumps(model))).node
    ]


@pytest.mark.parametrize("name", MODELS)
def test_nodes_are_those_of_tensorboard(name: str) -> None:
    expected = theirs(MODELS[name])
    assert any(inputs for _, _, inputs in expected) or len(expected) == 1
    assert ours(MODELS[name]) == expected


def inputs_of(nodes: Nodes) -> dict[str, list[str]]:
    return {name: inputs for name, _, inputs in nodes}


def test_an_inner_model_reads_all_that_its_calls_give_it() -> None:
    """TensorBoard has no edges into an inner model with several inputs, and one to a node that is not there behind it."""
    inner = functional(
        "s",
        [["x", 0, 0], ["y", 0, 0]],
        [["add", 0, 0], ["mul", 0, 0]],
        given("x"),
        given("y"),
        layer("Add", "add", call([tensor("x"), tensor("y")])),
        layer("Multiply", "mul", call([tensor("x"), tensor("y")])),
        calls=[
            call([tensor("a"), tensor("b")], mask=[None, None]),
            call([tensor("b"), tensor("a")], mask=[None, None]),
        ],
    )
    tower = sequential(
        "t", given("in"), dense("d"), calls=[call(tensor("s", output=1))]
    )
    last = layer(
        "Concatenate", "cat", call([tensor("s", 1, 0), tensor("t"), tensor("s", 1, 1)])
    )
    model = functional("m", TWO, ["cat", 0, 0], given("a"), given("b"), inner, tower)
    model["config"]["layers"] = [*model["config"]["layers"], last]
    expected = {
        "m/a": [],
        "m/b": [],
        "m/s/x": ["m/a", "m/b"],
        "m/s/y": ["m/b", "m/a"],
        "m/s/add": ["m/s/x", "m/s/y"],
        "m/s/mul": ["m/s/x", "m/s/y"],
        "m/t/in": ["m/s/mul"],
        "m/t/d": ["m/t/in"],
        "m/cat": ["m/s/add", "m/t/d", "m/s/mul"],
    }
    assert inputs_of(ours(model)) == expected
    wrong = {"m/s/x": [], "m/s/y": [], "m/t/in": ["m/s"]}
    assert inputs_of(theirs(model)) == {**expected, **wrong}


def test_a_functional_model_in_a_sequential_one_reads_the_layer_before() -> None:
    inner = functional(
        "s", ["x", 0, 0], ["y", 0, 0], given("x"), dense("y", call(tensor("x")))
    )
    model = sequential("m", given("a"), inner, dense("z"))
    assert inputs_of(ours(model)) == {
        "m/a": [],
        "m/s/x": ["m/a"],
        "m/s/y": ["m/s/x"],
        "m/z": ["m/s/y"],
    }
    with pytest.raises(UnboundLocalError):
        theirs(model)


def test_a_sequential_model_reads_all_of_its_calls() -> None:
    inner = sequential("s", dense("x"), calls=[call(tensor("a")), call(tensor("b"))])
    model = functional("m", TWO, ["s", 1, 0], given("a"), given("b"), inner)
    assert inputs_of(ours(model))["m/s/x"] == ["m/a", "m/b"]
    assert inputs_of(theirs(model))["m/s/x"] == ["m/a"]


def test_keywords_and_nested_arguments_are_inputs() -> None:
    attention = layer(
        "MultiHeadAttention",
        "mha",
        call(
            tensor("a"),
            0.5,
            None,
            {"z": tensor("a"), "k": [[tensor("b")]]},
            value=tensor("b"),
        ),
    )
    model = functional("m", TWO, ["mha", 0, 0], given("a"), given("b"), attention)
    assert inputs_of(ours(model))["m/mha"] == ["m/a", "m/b", "m/a", "m/b"]
    with pytest.raises(AttributeError):
        theirs(model)


def test_inputs_and_outputs_may_have_names() -> None:
    """In the order of the names, as Keras passes them on, whatever the order in the JSON is."""
    inner = functional(
        "s",
        {"q": ["x", 0, 0], "p": ["y", 0, 0]},
        {"sum": ["x", 0, 0], "add": ["y", 0, 0]},
        given("x"),
        given("y"),
        calls=[call({"q": tensor("a"), "p": tensor("b")})],
    )
    head = dense("head", call(tensor("s", output=0)))
    model = functional("m", TWO, ["head", 0, 0], given("a"), given("b"), inner, head)
    found = inputs_of(ours(model))
    assert (found["m/s/x"], found["m/s/y"]) == (["m/a"], ["m/b"])
    assert found["m/head"] == ["m/s/y"]
    with pytest.raises(UnboundLocalError):
        theirs(model)


def test_models_of_keras_2_have_edges_too() -> None:
    cat = layer(
        "Concatenate", "cat", [["shared", 0, 0, {}], ["shared", 1, 0, {"axis": -1}]]
    )
    add = layer(
        "AddV2",
        "tf.add",
        [["cat", 0, 0, {"y": ["a", 0, 0], "name": None}]],
        [["_CONSTANT_VALUE", -1, 2.0, {}], ["b", 0, 0]],
    )
    model = functional(
        "m",
        TWO,
        [["tf.add", 0, 0]],
        given("a"),
        given("b"),
        dense("shared", [["a", 0, 0, {}]], [["b", 0, 0, {}]]),
        cat,
        add,
        dense("named", {"first": ["b", 0, 0], "also": ["a", 0, 0]}),
    )
    expected = theirs(model)
    found = ours(model)
    assert [node[:2] for node in found] == [node[:2] for node in expected]
    assert inputs_of(found) == {
        "m/a": [],
        "m/b": [],
        "m/shared": ["m/a", "m/b"],
        "m/cat": ["m/shared", "m/shared"],
        "m/tf.add": ["m/cat", "m/a", "m/b"],
        "m/named": ["m/a", "m/b"],
    }
    assert not any(inputs for _, _, inputs in expected)


def test_models_without_layers_or_names() -> None:
    assert ours(sequential("m")) == []
    assert ours({"class_name": "Mine", "config": {}}) == [("Mine", "Mine", [])]
    assert ours(dense("alone")) == theirs(dense("alone")) == [("alone", "Dense", [])]
    same = sequential("m", dense("x"), dense("x"))
    assert ours(same) == theirs(same)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"config": []}',
        '{"config": {"layers": 3}}',
        '{"config": {"layers": [{}]}}',
        '{"config": {"name": 3}}',
        '{"config": {"name": "\\ud800"}}',
        '{"config": {"name": "m", "layers": [{"config": {"name": "a"}, "inbound_nodes": 3}]}}',
        '{"config": {"layers": [' * 100_000,
        '{"class_name": "a", "config": {"layers": [' * 5000 + "]}}" * 5000,
    ],
    ids=range(11),
)
def test_what_is_no_model_is_an_error(text: str) -> None:
    _fails(text)


def test_depth_is_limited_where_the_interpreter_allows_more() -> None:
    def nested(models: int) -> str:
        inner = '{"class_name": "a", "config": {"name": "m", "layers": ['
        return inner * models + "]}}" * models

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        nodes_of_keras(nested(100).encode())
        _fails(nested(5000))
    finally:
        sys.setrecursionlimit(before)


def _fails(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON of a Keras model"):
        nodes_of_keras(text.encode())
