"""Graphs as messages."""

from typing import Any

from tensorbolt import _core
from tensorbolt._warnings import warn
from tensorbolt.compat import _messages
from tensorbolt.writer.graphs import DEVICE, onnx, openvino, trace


def of_model(model: Any, args: Any, verbose: bool, strict: bool) -> tuple[Any, Any]:
    """Return the `GraphDef` and `RunMetadata` that `SummaryWriter.add_graph` logs."""
    found, notice = trace.nodes(model, args, bool(verbose), bool(strict))
    if notice is not None:
        warn(notice)
    metadata = _core.run_metadata(DEVICE)
    return (
        graph_def(_messages.TORCH, found),
        _messages.message(_messages.TORCH, "RunMetadata", metadata),
    )


def of_onnx(package: str, path: Any) -> Any:
    """Return the `GraphDef` that `SummaryWriter.add_onnx_graph` logs."""
    return graph_def(package, onnx.nodes(path))


def of_openvino(package: str, path: Any) -> Any:
    """Return the `GraphDef` that `SummaryWriter.add_openvino_graph` logs."""
    return graph_def(package, openvino.nodes(path))


def graph_def(package: str, nodes: Any) -> Any:
    """Return nodes as a message of the package."""
    return _messages.message(package, "GraphDef", _core.graph_def(nodes))
