"""Graphs of OpenVINO models as messages."""

from typing import Any

from tensorbolt.compat import _graph_messages, _messages

__all__ = ["load_openvino_graph"]


def load_openvino_graph(fname: Any) -> Any:
    """Return the `GraphDef` of a file; see `SummaryWriter.add_openvino_graph`."""
    return _graph_messages.of_openvino(_messages.TENSORBOARDX, fname)


__getattr__ = _messages.types(
    _messages.TENSORBOARDX,
    __name__,
    "AttrValue",
    "GraphDef",
    "NodeDef",
    "TensorShapeProto",
    "VersionDef",
)
