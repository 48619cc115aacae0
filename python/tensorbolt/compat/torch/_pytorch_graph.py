"""Graphs of models as messages."""

from typing import Any

from tensorbolt.compat import _graph_messages, _messages
from tensorbolt.compat.torch._proto_graph import node_proto

__all__ = ["graph", "node_proto"]


def graph(
    model: Any, args: Any, verbose: bool = False, use_strict_trace: bool = True
) -> tuple[Any, Any]:
    """Return the `GraphDef` of a model and the `RunMetadata` of its run; see `SummaryWriter.add_graph`."""
    return _graph_messages.of_model(model, args, verbose, use_strict_trace)


__getattr__ = _messages.types(
    _messages.TORCH,
    __name__,
    "DeviceStepStats",
    "GraphDef",
    "RunMetadata",
    "StepStats",
    "VersionDef",
)
