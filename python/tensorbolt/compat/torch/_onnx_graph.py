"""Graphs of ONNX files as messages."""

from typing import Any

from tensorbolt.compat import _graph_messages, _messages

__all__ = ["load_onnx_graph"]


def load_onnx_graph(fname: Any) -> Any:
    """Return the `GraphDef` of a file; see `SummaryWriter.add_onnx_graph`."""
    return _graph_messages.of_onnx(_messages.TORCH, fname)


__getattr__ = _messages.types(
    _messages.TORCH,
    __name__,
    "AttrValue",
    "GraphDef",
    "NodeDef",
    "TensorShapeProto",
    "VersionDef",
)
