"""From an ONNX model to nodes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tensorbolt.writer.graphs.names import edge, opened, unique
from tensorbolt.writer.graphs.node import Node

__all__ = ["nodes"]

DTYPES = {
    "FLOAT": 1, "DOUBLE": 2, "INT32": 3, "UINT8": 4, "INT16": 5, "INT8": 6, "STRING": 7, "COMPLEX64": 8, "INT64": 9,
    "BOOL": 10, "BFLOAT16": 14, "UINT16": 17, "COMPLEX128": 18, "FLOAT16": 19, "UINT32": 22, "UINT64": 23,
    "FLOAT8E5M2": 24, "FLOAT8E4M3FN": 25, "FLOAT8E4M3FNUZ": 26, "FLOAT8E5M2FNUZ": 28, "INT4": 29, "UINT4": 30,
    "INT2": 31, "UINT2": 32, "FLOAT4E2M1": 33,
}  # fmt: skip
"""From ONNX's names of element types to TensorFlow's numbers."""

LONGEST = 1000
"""Characters of an attribute; TensorBoard leaves longer ones out."""

FEW = 8
"""Elements of a constant that are shown."""


def nodes(file: Any) -> list[Node]:
    """Return the nodes of an ONNX file: inputs, outputs, then weights and operators.

    Raises:
        TypeError: `file` is no path.
        OSError: It cannot be read.
        ValueError: It is no ONNX file, or has no graph.
        ModuleNotFoundError: `onnx` is not installed.
    """
    with opened(file, "prototxt") as (stream, path):
        onnx = _package()
        try:
            graph = onnx.load(stream, load_external_data=False).graph
        except Exception as error:
            # Each build of protobuf has an exception of its own for this.
            raise ValueError(
                f"prototxt {path} is no ONNX file ({error}); pass what torch.onnx.export wrote"
            ) from error
    if not graph.node and not graph.output:
        raise ValueError(
            f"prototxt {path} has no graph; pass what torch.onnx.export wrote"
        )
    body = _Body(onnx, graph, "", {}, set())
    return [*body.inputs, *body.outputs(), *body.weights, *body.operators]


def _package() -> Any:
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "add_onnx_graph reads the file with the package onnx, which is not installed; pip install onnx",
            name=error.name,
        ) from error
    return onnx


class _Body:
    """A graph, the main one or one inside of an operator."""

    def __init__(
        self,
        onnx: Any,
        graph: Any,
        prefix: str,
        outer: Mapping[str, str],
        taken: set[str],
    ) -> None:
        self._onnx = onnx
        self._graph = graph
        self._prefix = prefix
        self._taken = taken
        # From values to the nodes they come from.
        self._sources = dict(outer)
        known = (*graph.value_info, *graph.output)
        self._shapes = {value.name: _shape(value.type) for value in known}
        # Files of the first versions list the weights among the inputs too.
        constants = {weight.name for weight in graph.initializer}
        self.inputs = [
            self._variable(self._name(value.name), value.type)
            for value in graph.input
            if value.name not in constants
        ]
        self.weights = [self._weight(weight) for weight in graph.initializer]
        self.operators = [
            node for operator in graph.node for node in self._operator(operator)
        ]

    def outputs(self) -> list[Node]:
        """Return a node for each output, with a name that no operator has."""
        return [
            self._variable(
                unique(f"output/{value.name.lstrip('/')}", self._taken),
                value.type,
                self._from([value.name]),
            )
            for value in self._graph.output
        ]

    def results(self) -> list[str]:
        """Return the nodes that the outputs come from."""
        return self._from([value.name for value in self._graph.output])

    def _name(self, value: str) -> str:
        """Return the name of the node that a value is called after."""
        self._sources[value] = unique(self._prefix + value.lstrip("/"), self._taken)
        return self._sources[value]

    def _from(self, values: Sequence[str]) -> list[str]:
        """Return the nodes of values; an optional one that is left out has no name."""
        return [self._sources.get(value, value) for value in values if value]

    def _variable(self, name: str, kind: Any, inputs: Sequence[str] = ()) -> Node:
        shape = _shape(kind)
        dtype = self._dtype(kind.tensor_type.elem_type)
        return Node(name, "Variable", inputs, (), _known([shape]), dtype, shape)

    def _weight(self, weight: Any) -> Node:
        shape = list(weight.dims)
        dtype = self._dtype(weight.data_type)
        return Node(self._name(weight.name), "Const", (), (), [shape], dtype, shape)

    def _operator(self, operator: Any) -> Iterator[Node]:
        outputs = list(operator.output)
        named = [value for value in outputs if value]
        inputs = self._from(operator.input)
        name = self._name(named[0]) if named else self._nameless(operator)
        for place, value in enumerate(outputs):
            self._sources[value] = edge(name, place if value != named[0] else 0)
        texts = []
        for attribute in operator.attribute:
            value = self._onnx.helper.get_attribute_value(attribute)
            texts.append(f"{attribute.name} = {self._text(attribute, value)}")
            bodies = [value] if attribute.type == attribute.GRAPH else []
            bodies = list(value) if attribute.type == attribute.GRAPHS else bodies
            for graph in bodies:
                prefix = f"{name}/{attribute.name}/"
                body = _Body(self._onnx, graph, prefix, self._sources, self._taken)
                inputs += body.results()
                yield from (*body.inputs, *body.weights, *body.operators)
        yield Node(
            name,
            operator.op_type,
            inputs,
            (("parameters", ", ".join(texts)[:LONGEST].encode("utf-8", "replace")),),
            _known([self._shapes.get(value) for value in outputs]),
        )

    def _nameless(self, operator: Any) -> str:
        return unique(self._prefix + (operator.name or operator.op_type), self._taken)

    def _text(self, attribute: Any, value: Any) -> str:
        if attribute.ref_attr_name:
            return f"@{attribute.ref_attr_name}"
        if attribute.type == attribute.TENSOR:
            return self._tensor(value)
        if attribute.type == attribute.GRAPH:
            return f"graph of {len(value.node)} nodes"
        if attribute.type in (attribute.INTS, attribute.FLOATS, attribute.STRINGS):
            return str([_decoded(item) for item in value])
        return " ".join(str(_decoded(value)).split())

    def _tensor(self, tensor: Any) -> str:
        if math.prod(tensor.dims) <= FEW and not tensor.external_data:
            return str(self._onnx.numpy_helper.to_array(tensor).tolist())
        kind = self._onnx.TensorProto.DataType.Name(tensor.data_type)
        return f"{kind} {list(tensor.dims)}"

    def _dtype(self, number: int) -> int | None:
        kinds = self._onnx.TensorProto.DataType
        return DTYPES.get(kinds.Name(number)) if number in kinds.values() else None


def _decoded(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _shape(kind: Any) -> list[int] | None:
    """Return the shape of a tensor's type; a size that is not fixed is unknown."""
    tensor = kind.tensor_type
    if not tensor.HasField("shape"):
        return None
    return [
        dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim
    ]


def _known(shapes: list[list[int] | None]) -> list[list[int] | None] | None:
    """Return shapes, or nothing if none of them is known."""
    return None if all(shape is None for shape in shapes) else shapes
