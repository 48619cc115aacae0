"""Reads event files into tables; finds, follows, checks and repairs them, and starts TensorBoard for them.

`tensorbolt.read` is where reading begins; the classes of what it returns are here:

>>> import tempfile, tensorbolt
>>> logdir = tempfile.mkdtemp()
>>> with tensorbolt.SummaryWriter(logdir) as writer:
...     writer.add_scalar("loss", 0.5, global_step=3)
>>> tensorbolt.read(logdir).scalars.to_dict()["value"]
[0.5]
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorbolt.reading.audio import Audio, Clip
    from tensorbolt.reading.event import Event, Value
    from tensorbolt.reading.graphs import Graph, Graphs
    from tensorbolt.reading.histograms import Histograms
    from tensorbolt.reading.hparams import HParams, Metric
    from tensorbolt.reading.layout import Layout
    from tensorbolt.reading.log import Log, open_log, read
    from tensorbolt.reading.media import Image, Images
    from tensorbolt.reading.meshes import Mesh, Meshes
    from tensorbolt.reading.pr_curves import PrCurves
    from tensorbolt.reading.run import Run
    from tensorbolt.reading.scalars import Scalars
    from tensorbolt.reading.streams import Batches, Events
    from tensorbolt.reading.table import Table
    from tensorbolt.reading.tensors import Tensors
    from tensorbolt.reading.text import Text

__all__ = [
    "Audio",
    "Batches",
    "Clip",
    "Event",
    "Events",
    "Graph",
    "Graphs",
    "HParams",
    "Histograms",
    "Image",
    "Images",
    "Layout",
    "Log",
    "Mesh",
    "Meshes",
    "Metric",
    "PrCurves",
    "Run",
    "Scalars",
    "Table",
    "Tensors",
    "Text",
    "Value",
    "open_log",
    "read",
]

# The commands that check and repair files need none of it.
_MODULES = {
    "Audio": "audio",
    "Clip": "audio",
    "Batches": "streams",
    "Event": "event",
    "Events": "streams",
    "Graph": "graphs",
    "Graphs": "graphs",
    "HParams": "hparams",
    "Histograms": "histograms",
    "Image": "media",
    "Images": "media",
    "Layout": "layout",
    "Log": "log",
    "Mesh": "meshes",
    "Meshes": "meshes",
    "Metric": "hparams",
    "PrCurves": "pr_curves",
    "Run": "run",
    "Scalars": "scalars",
    "Table": "table",
    "Tensors": "tensors",
    "Text": "text",
    "Value": "event",
    "open_log": "log",
    "read": "log",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        module = importlib.import_module(f"tensorbolt.reading.{_MODULES[name]}")
        return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
