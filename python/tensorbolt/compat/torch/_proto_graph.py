"""Messages that graphs consist of. Needs the package `tensorboard`."""

from collections.abc import Sequence
from typing import Any

from tensorbolt.compat import _messages

__all__ = ["attr_value_proto", "node_proto", "tensor_shape_proto"]


def tensor_shape_proto(outputsize: Sequence[int]) -> Any:
    """Return a `TensorShapeProto` with these sizes."""
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    return TensorShapeProto(dim=[{"size": size} for size in outputsize])


def attr_value_proto(
    dtype: object,
    shape: Sequence[int] | None,
    s: str | None,
) -> dict[str, Any]:
    """Return the attributes of a node: `attr` with the text, `_output_shapes` with the shape."""
    from tensorboard.compat.proto.attr_value_pb2 import AttrValue

    attributes = {}
    if s is not None:
        attributes["attr"] = AttrValue(s=s.encode())
    if shape is not None:
        attributes["_output_shapes"] = AttrValue(
            list={"shape": [tensor_shape_proto(shape)]}
        )
    return attributes


def node_proto(
    name: str,
    op: str = "UnSpecified",
    input: list[str] | str | None = None,
    dtype: object = None,
    shape: tuple[int, ...] | None = None,
    outputsize: Sequence[int] | None = None,
    attributes: str = "",
) -> Any:
    """Return a `NodeDef`."""
    from tensorboard.compat.proto.node_def_pb2 import NodeDef

    inputs = [] if input is None else input if isinstance(input, list) else [input]
    attr = attr_value_proto(dtype, outputsize, attributes)
    return NodeDef(name=name, op=op, input=inputs, attr=attr)


__getattr__ = _messages.types(
    _messages.TORCH, __name__, "AttrValue", "NodeDef", "TensorShapeProto"
)
