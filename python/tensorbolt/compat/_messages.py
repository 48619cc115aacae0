"""Messages of the protobuf package that a caller expects, or stand-ins where it is not installed."""

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

TORCH = "tensorboard.compat.proto"
TENSORBOARDX = "tensorbolt.compat.tensorboardx.proto"

_PLUGIN = "tensorboard.plugins.{}.plugin_data_pb2"
_MODULES = {
    "AttrValue": ("{}.attr_value_pb2",),
    "DeviceStepStats": ("{}.step_stats_pb2",),
    "EmbeddingInfo": ("tensorboard.plugins.projector.projector_config_pb2",),
    "Event": ("{}.event_pb2",),
    "GraphDef": ("{}.graph_pb2",),
    "HParamsPluginData": ("{}.plugin_hparams_pb2", _PLUGIN.format("hparams")),
    "HistogramProto": ("{}.histogram_pb2", "{}.summary_pb2"),
    "MeshPluginData": ("{}.plugin_mesh_pb2", _PLUGIN.format("mesh")),
    "MetaGraphDef": ("{}.meta_graph_pb2",),
    "NodeDef": ("{}.node_def_pb2",),
    "PrCurvePluginData": ("{}.plugin_pr_curve_pb2", _PLUGIN.format("pr_curve")),
    "ProjectorConfig": ("tensorboard.plugins.projector.projector_config_pb2",),
    "RunMetadata": ("{}.config_pb2",),
    "SessionLog": ("{}.event_pb2",),
    "StepStats": ("{}.step_stats_pb2",),
    "Summary": ("{}.summary_pb2",),
    "SummaryMetadata": ("{}.summary_pb2",),
    "TensorProto": ("{}.tensor_pb2",),
    "TensorShapeProto": ("{}.tensor_shape_pb2",),
    "TextPluginData": ("{}.plugin_text_pb2", _PLUGIN.format("text")),
    "VersionDef": ("{}.versions_pb2",),
}
"""From a type of message to the modules that may define it; `{}` is the package."""


class Encoded:
    """A serialised message that `FileWriter` takes without the protobuf package.

    Args:
        data: The serialised message.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def SerializeToString(self) -> bytes:
        """Return the bytes."""
        return self._data


def kind(package: str, name: str) -> Any:
    """Return the type of a message.

    Args:
        package: `TORCH` or `TENSORBOARDX`.
        name: The type, such as `"Summary.Image"`.

    Raises:
        ImportError: The package is not installed, or has no such type.
    """
    first, *rest = name.split(".")
    for module in _MODULES[first]:
        try:
            found: Any = importlib.import_module(module.format(package))
        except ImportError:
            continue
        if hasattr(found, first):
            for part in (first, *rest):
                found = getattr(found, part)
            return found
    raise ImportError(
        f"{name} is a message of the package {package}, which is not installed; pip install tensorboard"
    )


def any_kind(name: str) -> Any:
    """Return the type of a message, of whichever package is installed.

    Raises:
        ImportError: None is.
    """
    with suppress(ImportError):
        return kind(TORCH, name)
    with suppress(ImportError):
        return kind("tensorboardX.proto", name)
    raise ImportError(
        f"messages such as {name} need a protobuf package: pip install tensorboard; tensorbolt.read has the data without one"
    )


def message(package: str, name: str, data: bytes) -> Any:
    """Return a message of the type `name`; `Encoded` where the package is not installed."""
    try:
        found = kind(package, name)
    except ImportError:
        return Encoded(data)
    return found.FromString(data)


def types(package: str, module: str, *names: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a module that has these types and imports them at their first use."""

    def get(name: str) -> Any:
        if name in names:
            return kind(package, name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get
