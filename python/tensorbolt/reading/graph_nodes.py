"""Graphs taken apart: their nodes, and the edges between them."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tensorbolt.reading.column import integers, repeated, texts, truths
from tensorbolt.reading.messages import every, last, message
from tensorbolt.reading.table import Table

#: Fields of `GraphDef`, `NodeDef`, and of an entry of its map.
_NODE = 1
_NAME, _OP, _INPUT, _DEVICE, _ATTR = 1, 2, 3, 4, 5
_KEY, _VALUE = 1, 2
#: Fields of `AttrValue`, of its list, of a shape, and of one of its sizes.
_LIST, _SHAPES, _DIM, _UNKNOWN_RANK, _SIZE = 1, 7, 2, 3, 1
_OUTPUT_SHAPES = b"_output_shapes"


class Node(NamedTuple):
    """One node.

    Attributes:
        name: Its name, which inputs of other nodes have.
        op: Name of its operation.
        device: Where it ran; empty if the graph does not say.
        inputs: Names of the nodes it reads, as the graph has them.
        shapes: Sizes of each output, `None` for one that is not known, and for an output of which not even the rank is; `None` if the
            graph does not say.
    """

    name: str
    op: str
    device: str
    inputs: list[str]
    shapes: list[list[int | None] | None] | None


def nodes_of(graphs: Sequence[bytes]) -> list[Node]:
    """The nodes of messages of `GraphDef`; names of several graphs begin with `graph_1/` and so on, as on TensorBoard's page.

    Raises:
        ValueError: One is no message.
    """
    found: list[Node] = []
    for number, graph in enumerate(graphs, start=1):
        prefix = f"graph_{number}/" if len(graphs) > 1 else ""
        found.extend(_node(one, prefix) for one in every(message(graph), _NODE, bytes))
    return found


def _node(data: bytes, prefix: str) -> Node:
    of = message(data)

    def one(number: int) -> str:
        return last(of, number, b"").decode(errors="replace")

    inputs = [data.decode(errors="replace") for data in every(of, _INPUT, bytes)]
    attributes = [message(entry) for entry in every(of, _ATTR, bytes)]
    shapes = None
    for attribute in attributes:
        if last(attribute, _KEY, b"") == _OUTPUT_SHAPES:
            shapes = _shapes(last(attribute, _VALUE, b""))
    return Node(
        prefix + one(_NAME),
        one(_OP),
        one(_DEVICE),
        [_renamed(name, prefix) for name in inputs],
        shapes,
    )


def _renamed(name: str, prefix: str) -> str:
    return f"^{prefix}{name[1:]}" if name.startswith("^") else prefix + name


def _shapes(data: bytes) -> list[list[int | None] | None]:
    shapes: list[list[int | None] | None] = []
    for shape in every(message(last(message(data), _LIST, b"")), _SHAPES, bytes):
        of = message(shape)
        if last(of, _UNKNOWN_RANK, 0):
            shapes.append(None)
            continue
        sizes = [last(message(dim), _SIZE, 0) for dim in every(of, _DIM, bytes)]
        shapes.append([size if size >= 0 else None for size in sizes])
    return shapes


def node_table(nodes: Sequence[Node]) -> Table:
    """The table of nodes."""
    known = [node.shapes is not None for node in nodes]
    return Table(
        {
            "name": texts([node.name for node in nodes]),
            "op": repeated([node.op for node in nodes]),
            "device": repeated([node.device for node in nodes]),
            "inputs": texts([_json(node.inputs) for node in nodes]),
            "shapes": texts(
                [_json(node.shapes or []) for node in nodes],
                valid=np.array(known, bool),
            ),
        }
    )


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)


def edge_table(nodes: Sequence[Node]) -> Table:
    """The table of edges."""
    names = {node.name for node in nodes}
    edges = [
        (*_source(name, names), node.name) for node in nodes for name in node.inputs
    ]
    return Table(
        {
            "source": texts([source for source, _, _, _ in edges]),
            "target": texts([target for _, _, _, target in edges]),
            "output": integers([output for _, output, _, _ in edges]),
            "is_control": truths([is_control for _, _, is_control, _ in edges]),
        }
    )


def _source(name: str, names: set[str]) -> tuple[str, int, bool]:
    """Node and number of the output that an input names, and whether it only comes before."""
    if name.startswith("^"):
        return name[1:], 0, True
    node, _, number = name.rpartition(":")
    if name in names or not node or not number.isdecimal():
        return name, 0, False
    # Inside functions the output also has a name.
    outer = node.rpartition(":")[0]
    if node not in names and outer in names:
        node = outer
    return node, int(number), False
