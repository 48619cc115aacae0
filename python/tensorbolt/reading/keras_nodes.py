"""Graphs of Keras models: their layers as nodes, which read each other as the JSON of `model.to_json` says.

A model is `{"class_name", "config": {"name", "layers"}}`, and so is each of its layers, which may be a model. A sequential
model has its layers in their order. The layers of a functional one have `inbound_nodes`, a list of calls with the tensors
that each of them reads; `input_layers` and `output_layers` name tensors of its own layers. Keras 3 and Keras 2 write a call
in different forms.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from tensorbolt.reading.graph_nodes import Node

#: Name of a layer, and number of its output.
Tensor: TypeAlias = tuple[str, int]
#: What Keras 2 writes for an argument that no layer made.
_CONSTANT = "_CONSTANT_VALUE"
#: Models in models that are followed. A count of our own: the interpreter's limit is whatever other libraries set it to.
_DEEPEST = 100


class _Layer(NamedTuple):
    """A layer or a model.

    Attributes:
        name: Its name behind those of the models that it is in.
        op: Its class.
        calls: The tensors that each call of it reads; `None` if its place in a sequential model says it.
        layers: What it consists of; `None` for a layer that is no model.
        inputs: Names of the layers that pass on what a call reads; empty for a sequential model.
        outputs: Names of the nodes that make its outputs.
    """

    name: str
    op: str
    calls: list[list[Tensor]] | None
    layers: "list[_Layer] | None"
    inputs: list[str]
    outputs: list[str]


def nodes_of_keras(data: bytes) -> list[Node]:
    """The layers of a model as nodes, in the order of the model, with those of inner models in the places of these.

    A name is that of the layer behind the names of its models, such as `model/encoder/dense`; the op is the layer's class.

    Raises:
        ValueError: It is no JSON of a Keras model.
    """
    try:
        model = _layer(json.loads(data), "", 0)
        nodes = [*_nodes(model, [])]
        for node in nodes:
            # JSON has halves of characters, which no table takes.
            "".join((node.name, node.op, *node.inputs)).encode()
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("this is no JSON of a Keras model") from error
    return nodes


def _layer(value: Mapping[str, Any], scope: str, depth: int) -> _Layer:
    if depth > _DEEPEST:
        raise ValueError("models are nested too deep")
    config = value["config"]
    op = value.get("class_name") or ""
    # A model of a class of its own has a config without a name.
    plain = config.get("name") or value.get("name") or op
    if not isinstance(op, str) or not isinstance(plain, str):
        raise TypeError("a name is no text")
    name = f"{scope}/{plain}" if scope else plain
    inbound = value.get("inbound_nodes")
    calls = None if inbound is None else [[*_of_call(call)] for call in inbound]
    if config.get("layers") is None:
        return _Layer(name, op, calls, None, [], [name])
    layers = [_layer(part, name, depth + 1) for part in config["layers"]]
    inputs = [layer for layer, _ in _triples(config.get("input_layers"))]
    ends = [*_triples(config.get("output_layers"))]
    if ends:
        outputs = _resolved(ends, name, {one.name: one for one in layers})
    else:
        outputs = layers[-1].outputs if layers else [name]
    return _Layer(name, op, calls, layers, inputs, outputs)


def _of_call(call: Any) -> Iterator[Tensor]:
    """The tensors that a call reads, in the order of its arguments."""
    if isinstance(call, dict) and "args" in call:
        for argument in (*call["args"], *(call.get("kwargs") or {}).values()):
            yield from _keras_tensors(argument)
    else:
        yield from _triples(call)


def _keras_tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in an argument as Keras 3 writes them; those of a mapping in the order of its keys, as Keras passes them on."""
    if isinstance(value, list):
        for one in value:
            yield from _keras_tensors(one)
    elif isinstance(value, dict):
        config = value.get("config")
        if isinstance(config, dict) and "keras_history" in config:
            yield from _triples(config["keras_history"])
        else:
            for key in sorted(value):
                yield from _keras_tensors(value[key])


def _triples(value: Any) -> Iterator[Tensor]:
    """The tensors in lists and mappings of `[layer, call, output]`, and in the keywords that Keras 2 puts behind them."""
    match value:
        case [str(layer), int(), int(output), *keywords]:
            if layer != _CONSTANT:
                yield layer, output
            yield from _triples(keywords)
        case list():
            for one in value:
                yield from _triples(one)
        case dict():
            for key in sorted(value):
                yield from _triples(value[key])


def _resolved(
    tensors: Iterable[Tensor], scope: str, by_name: Mapping[str, _Layer]
) -> list[str]:
    """The nodes that make these tensors: for a model, the one of its layers that makes the output."""
    found = []
    for plain, output in tensors:
        name = f"{scope}/{plain}"
        layer = by_name.get(name)
        if layer is None:
            found.append(name)
        elif 0 <= output < len(layer.outputs):
            found.append(layer.outputs[output])
        else:
            # A layer that is one node has one name for all outputs.
            found.append(layer.outputs[-1])
    return found


def _nodes(layer: _Layer, calls: list[list[str]]) -> Iterator[Node]:
    """The nodes of a layer, whose calls read the outputs of these nodes."""
    if layer.layers is None:
        inputs = [name for call in calls for name in call]
        yield Node(layer.name, layer.op, "", inputs, None)
        return
    # A sequential model gives its first layer what it is given, and each other one the outputs of the one before.
    before = [] if layer.inputs else calls
    by_name = {part.name: part for part in layer.layers}
    for part in layer.layers:
        if part.calls is None:
            its = before
        else:
            its = [_resolved(call, layer.name, by_name) for call in part.calls]
        for place, name in enumerate(layer.inputs):
            if part.name == f"{layer.name}/{name}":
                its = [*its, *(call[place : place + 1] for call in calls)]
        yield from _nodes(part, its)
        before = [part.outputs]
