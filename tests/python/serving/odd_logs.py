"""Runs at the edges of what a data provider has to read: names, steps, restarts, descriptions, data classes, several files."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_BLOB_SEQUENCE,
    DATA_CLASS_SCALAR,
    DATA_CLASS_TENSOR,
    SummaryMetadata,
)
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.util import tensor_util
from tests.python.support.summaries import write

from tensorbolt._core import encode_record

#: Of each data class, a plugin that no one knows.
UNKNOWN = {
    "number": (DATA_CLASS_SCALAR, np.float32(2.5)),
    "array": (DATA_CLASS_TENSOR, np.arange(6, dtype=np.int16).reshape(2, 3)),
    "files": (DATA_CLASS_BLOB_SEQUENCE, np.array([b"one", b"", b"\xff"], object)),
}


def at(step: int, wall_time: float | None = None) -> Event:
    """An event without a value."""
    return Event(wall_time=1.7e9 + step / 7 if wall_time is None else wall_time, step=step)  # fmt: skip


def simple(tag: str, value: float, step: int, **metadata: Any) -> Event:
    """An event with a scalar in the old form."""
    event = at(step)
    made = event.summary.value.add(tag=tag, simple_value=value)
    if metadata:
        made.metadata.CopyFrom(SummaryMetadata(**metadata))
    return event


def tensor(
    tag: str, plugin: str, value: Any, step: int, content: bytes = b"", **metadata: Any
) -> Event:
    """An event with a tensor and all of its description."""
    event = at(step)
    made = event.summary.value.add(tag=tag)
    made.metadata.CopyFrom(SummaryMetadata(**metadata))
    made.metadata.plugin_data.plugin_name = plugin
    made.metadata.plugin_data.content = content
    is_made = isinstance(value, TensorProto)
    made.tensor.CopyFrom(value if is_made else tensor_util.make_tensor_proto(value))
    return event


def write_all(top: Path) -> None:
    """Write every run below a directory, and some at the directory itself."""
    write(top, *(simple("at the root", step / 3, step) for step in range(3)))
    for name in ("sp ace", "dépôt/子", "a.b,c=1"):
        write(top / name, simple("t/ag é", 1.0, 1), simple("", 2.0, 1))
    write(
        top / "steps",
        *(simple("ends", step, step) for step in (-(2**63), -1, 0, 2**63 - 1)),
        *(simple("odd", one, at) for at, one in enumerate((math.nan, math.inf, -0.0))),
        simple("rounded", 1 / 3, 1),
    )
    write(top / "times", *(_timed("same", step, 5.0) for step in range(3)))
    write(top / "empty values", at(1), Event(wall_time=2.0, step=1, log_message={}))
    (top / "empty file").mkdir()
    (top / "empty file/events.out.tfevents.1.h").touch()
    (top / "other files").mkdir()
    (top / "other files/notes.txt").write_text("nothing of ours")
    _unknown(top / "unknown")
    _descriptions(top / "described")
    _graphs(top / "graphs")
    _blobs(top / "blobs")
    _forms(top / "forms")


def write_restarts(top: Path) -> None:
    """Runs that begin again, in all the ways that they do."""
    loss = [simple("loss", step, step) for step in range(10)]
    again = [simple("loss", 100 + step, step) for step in range(5, 15)]
    other = [simple("other", step, step) for step in range(10)]
    start = at(5)
    start.session_log.status = SessionLog.START
    first = at(0)
    first.session_log.status = SessionLog.START
    write(top / "one file", *loss, *again)
    write(top / "steps twice", *loss[:3], simple("loss", 7.0, 2), *loss[3:])
    write(top / "start in one file", first, *loss, *other, start, *again)
    write_file(top / "second file", 0, *loss, *other)
    write_file(top / "second file", 1, *again)
    write_file(top / "start in the second", 0, first, *loss, *other)
    write_file(top / "start in the second", 1, start, *again)


def write_file(directory: Path, number: int, *events: Event) -> None:
    """Write one of several files of a run, whose names are in order."""
    header = Event(wall_time=1.7e9, file_version="brain.Event:2")
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"events.out.tfevents.170000000{number}.h"
    records = [encode_record(one.SerializeToString()) for one in (header, *events)]
    path.write_bytes(b"".join(records))


def _timed(tag: str, step: int, wall_time: float) -> Event:
    event = simple(tag, step, step)
    event.wall_time = wall_time
    return event


def _unknown(directory: Path) -> None:
    """Of a plugin that no one knows, with a data class and without."""
    write(
        directory,
        *(
            tensor(name, "mine", value, step, b"content", data_class=data_class)
            for step in range(3)
            for name, (data_class, value) in UNKNOWN.items()
        ),
        *(tensor(f"{name} undeclared", "mine", value, 1) for name, (_, value) in UNKNOWN.items()),
    )  # fmt: skip


def _descriptions(directory: Path) -> None:
    """The first description counts."""
    about = {"display_name": "Shown", "summary_description": "**why**"}
    later = {"display_name": "Later", "summary_description": "later"}
    write(
        directory,
        tensor("tensor", "scalars", np.float32(1), 1, b"one", **about),
        tensor("tensor", "scalars", np.float32(2), 2, b"two", **later),
        simple("simple", 1.0, 1, **about),
        simple(
            "declared",
            1.0,
            1,
            data_class=DATA_CLASS_SCALAR,
            **about,
            plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"),
        ),
        simple("bare first", 1.0, 1),
        simple("bare first", 2.0, 2, **about),
    )


def _graphs(directory: Path) -> None:
    graph = GraphDef()
    graph.node.add(name="node", op="Op")
    plain = at(0)
    plain.graph_def = graph.SerializeToString()
    meta = at(0)
    meta.meta_graph_def = MetaGraphDef(graph_def=graph).SerializeToString()
    run = at(3)
    run.tagged_run_metadata.tag = "step3"
    run.tagged_run_metadata.run_metadata = b"\x0a\x00"
    write(directory / "graph", plain, run)
    write(directory / "meta", meta)
    write(directory / "both", meta, plain)


def _blobs(directory: Path) -> None:
    """Several images in a value, their number changes, and some are large."""
    large = bytes(range(256)) * (12 << 12)
    write(
        directory,
        *(
            tensor("images", "images", np.array([b"3", b"4", *images], object), step)
            for step, images in enumerate([[b"a"], [b"b", b"c"], [], [large]])
        ),
    )


def _forms(directory: Path) -> None:
    """The ways to put float32 into a tensor."""
    content = TensorProto(dtype=1, tensor_content=np.float32(1.5).tobytes())
    content.tensor_shape.SetInParent()
    listed = TensorProto(dtype=1, float_val=[2.5])
    listed.tensor_shape.SetInParent()
    bare = TensorProto(dtype=1, float_val=[3.5])
    text = np.array([["a", "b"], ["ä", ""]], object)
    write(
        directory,
        *(
            tensor(name, "scalars", one, 1)
            for name, one in (("content", content), ("listed", listed), ("bare", bare))
        ),
        tensor("table", "text", text, 1),
        tensor("empty", "histograms", np.zeros((0, 3)), 1),
        tensor("doubles", "histograms", np.arange(6.0).reshape(2, 3), 1),
    )
