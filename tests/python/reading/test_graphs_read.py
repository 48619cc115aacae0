"""Graphs: the bytes and nodes that TensorBoard's own plugin answers with."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars
import pytest
import tensorboardX
import torch
from google.protobuf import text_format
from tensorboard.backend.event_processing.data_provider import (
    MultiplexerDataProvider,
)
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.graph.graphs_plugin import GraphsPlugin
from tests.python.support import models
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.reading import Graph
from tensorbolt.reading.event_fields import bytes_field

#: A model as Keras describes it in JSON.
KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "model",
        "layers": [
            {"class_name": "Dense", "config": {"name": "first"}},
            {"class_name": "Dense", "config": {"name": "second"}},
        ],
    },
}
INPUTS = (torch.zeros(1, 3), torch.zeros(1, 3))


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        writer.add_graph(models.Shared(), INPUTS)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        writer.add_graph(models.Shared(), INPUTS)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_graph(models.Shared(), INPUTS)


def graph(names: str = "ab") -> GraphDef:
    """A node, and one that reads it twice and waits for it; with shapes that are known in part."""
    made = GraphDef()
    made.versions.producer = 22
    first = made.node.add(
        name=f"{names}/first", op="Placeholder", device="/device:GPU:0"
    )
    shapes = first.attr["_output_shapes"].list.shape
    shapes.add().dim.add(size=-1)
    shapes[0].dim.add(size=3)
    shapes.add().unknown_rank = True
    first.attr["other"].s = b"x"
    inputs = [first.name, f"{first.name}:1", f"^{first.name}", f"{first.name}:out:2"]
    made.node.add(name=f"{names}/zwei ä", op="Add", input=[*inputs, "gone:3"])
    return made


def run_metadata(*graphs: GraphDef) -> RunMetadata:
    made = RunMetadata()
    made.step_stats.dev_stats.add(device="/device:CPU:0")
    for one in graphs:
        made.function_graphs.add().pre_optimization_graph.CopyFrom(one)
    return made


def by_tensorflow(directory: Path) -> None:
    """As `tf.summary.graph`, `trace_export` and Keras do, and as version 1 did."""
    tagged = Event(wall_time=2.0, step=3)
    tagged.tagged_run_metadata.tag = "profile"
    tagged.tagged_run_metadata.run_metadata = run_metadata().SerializeToString()
    values = {
        "graph_run_metadata_graph": run_metadata(graph()).SerializeToString(),
        "graph_run_metadata": run_metadata(graph("x"), graph("y")).SerializeToString(),
        "graph_keras_model": json.dumps(KERAS).encode(),
    }
    events = []
    for plugin, data in values.items():
        event = of_plugin(plugin, plugin, np.array(data, object), 5)
        event.summary.value[0].metadata.plugin_data.content = b"1"
        events.append(event)
    events.append(Event(wall_time=1.0, graph_def=graph().SerializeToString()))
    write(directory, *events, tagged)


def plugin_of(directory: Path) -> GraphsPlugin:
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(directory)).Reload()
    provider = MultiplexerDataProvider(multiplexer, str(directory))
    return GraphsPlugin(TBContext(data_provider=provider))


def answered(plugin: GraphsPlugin, run: str, tag: str | None) -> GraphDef:
    text, _ = plugin.graph_impl(RequestContext(), run, tag, False, "")
    made = GraphDef()
    text_format.Parse(text, made)
    return made


def check_nodes(found: Graph, expected: GraphDef) -> None:
    nodes = found.nodes().to_dict()
    assert nodes["name"] == [node.name for node in expected.node]
    assert nodes["op"] == [node.op for node in expected.node]
    assert nodes["device"] == [node.device for node in expected.node]
    # In several graphs TensorBoard puts the name of the graph before the mark of a control edge.
    theirs = [
        [f"^{name.replace('^', '')}" if "^" in name else name for name in node.input]
        for node in expected.node
    ]
    assert [json.loads(inputs) for inputs in nodes["inputs"]] == theirs
    shapes = [
        [
            None
            if shape.unknown_rank
            else [None if dim.size < 0 else dim.size for dim in shape.dim]
            for shape in node.attr["_output_shapes"].list.shape
        ]
        if "_output_shapes" in node.attr
        else None
        for node in expected.node
    ]
    assert [text and json.loads(text) for text in nodes["shapes"]] == shapes


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us])
def test_graphs_are_those_of_tensorboard(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path / "run")
    graphs = tensorbolt.read(tmp_path, wall_time="float").graphs
    reader = EventAccumulator(str(tmp_path / "run")).Reload()
    (tag,) = reader.Tags()["run_metadata"]
    formats = sorted(zip(graphs["tag"], graphs["format"], strict=True))
    assert formats == [("__run_graph__", "graph_def"), (tag, "run_metadata")]
    found = next(one for one in graphs if one.format == "graph_def")
    assert (found.run, found.step) == ("run", 0)
    assert GraphDef.FromString(found.bytes) == reader.Graph()
    assert found.nbytes == len(found.bytes)
    profile = next(one for one in graphs if one.format == "run_metadata")
    assert RunMetadata.FromString(profile.bytes) == reader.RunMetadata(tag)
    assert len(profile.nodes()) == 0
    expected = answered(plugin_of(tmp_path), "run", None)
    assert len(expected.node) > 5
    check_nodes(found, expected)


def test_graphs_of_tensorflow_are_those_of_tensorboard(tmp_path: Path) -> None:
    by_tensorflow(tmp_path / "run")
    graphs = {one.tag: one for one in tensorbolt.read(tmp_path).graphs}
    plugin = plugin_of(tmp_path)
    info = plugin.info_impl(RequestContext(), "")["run"]
    assert info["run_graph"]
    assert set(graphs) == {"__run_graph__", *info["tags"]}
    for tag, about in info["tags"].items():
        assert about["conceptual_graph"] == (graphs[tag].format == "keras_model")
        if about["op_graph"]:
            check_nodes(graphs[tag], answered(plugin, "run", tag))
        if about["profile"]:
            text, _ = plugin.run_metadata_impl(RequestContext(), "", "run", tag)
            theirs = text_format.Parse(text, RunMetadata())
            assert RunMetadata.FromString(graphs[tag].bytes) == theirs
    assert graphs["__run_graph__"].bytes == graph().SerializeToString()
    names = graphs["graph_run_metadata"].nodes()["name"].tolist()
    assert names[0] == "graph_1/x/first"
    keras = graphs["graph_keras_model"]
    assert json.loads(keras.bytes) == KERAS
    assert keras.graph_defs == []
    text, _ = plugin.graph_impl(RequestContext(), "run", "graph_keras_model", True, "")
    theirs = text_format.Parse(text, GraphDef())
    assert keras.nodes()["name"].tolist() == [node.name for node in theirs.node]
    assert keras.edges()["source"].tolist() == ["model/first"]
    assert keras.edges()["target"].tolist() == ["model/second"]


def test_edges_name_nodes_and_outputs(tmp_path: Path) -> None:
    write(tmp_path, Event(wall_time=1.0, graph_def=graph().SerializeToString()))
    (found,) = tensorbolt.read(tmp_path).graphs
    assert polars.DataFrame(found.edges()).rows() == [
        ("ab/first", "ab/zwei ä", 0, False),
        ("ab/first", "ab/zwei ä", 1, False),
        ("ab/first", "ab/zwei ä", 0, True),
        ("ab/first", "ab/zwei ä", 2, False),
        ("gone", "ab/zwei ä", 3, False),
    ]
    found.save(tmp_path / "graph.pb")
    assert (tmp_path / "graph.pb").read_bytes() == found.bytes


def test_every_graph_is_a_row_whatever_its_step(tmp_path: Path) -> None:
    meta = MetaGraphDef(graph_def=graph("meta"))
    events = [
        Event(wall_time=1.0, graph_def=graph(n).SerializeToString()) for n in "ab"
    ]
    events.append(Event(wall_time=1.0, meta_graph_def=meta.SerializeToString()))
    write(tmp_path, *events)
    by_tensorflow(tmp_path / "tagged")
    graphs = tensorbolt.read(tmp_path, steps=(100, 200)).graphs
    of_run = [(one.tag, one.format) for one in graphs if one.run == "."]
    assert of_run == [
        ("__meta_graph__", "meta_graph_def"),
        *[("__run_graph__", "graph_def")] * 2,
    ]
    assert [one.nodes()["name"][0] for one in graphs[:3]] == [
        "meta/first",
        "a/first",
        "b/first",
    ]
    assert len(graphs) == 8
    some = tensorbolt.read(tmp_path, tags="prof*").graphs
    assert some["tag"].tolist() == ["profile"]
    runs = tensorbolt.read(tmp_path, tags="__run_graph__").graphs
    assert len(runs) == 3
    with pytest.raises(ValueError, match="read without graphs"):
        _ = tensorbolt.read(tmp_path, kinds="text").graphs


def test_what_is_no_graph_is_listed_or_an_error(tmp_path: Path) -> None:
    several = np.array([b"a", b"b"], object)
    write(
        tmp_path,
        Event(wall_time=1.0, graph_def=b"\x0a\x7fx"),
        of_plugin("numbers", "graph_run_metadata", np.zeros(3), 1),
        of_plugin("several", "graph_run_metadata_graph", several, 1),
        of_plugin("cut", "graph_run_metadata", np.array(b"\x22\x7fx", object), 1),
        of_plugin("json", "graph_keras_model", np.array(b"{}", object), 1),
    )
    with tensorbolt.RecordWriter(str(tmp_path / "events.out.tfevents.0.x")) as records:
        # Metadata of a run whose tag is longer than its message.
        records.write(bytes_field(8, b"\x0a\x7fx"))
    log = tensorbolt.read(tmp_path)
    whole, *others = log.graphs
    assert whole.bytes == b"\x0a\x7fx"
    assert [one.tag for one in others] == ["cut", "json"]
    for found in (whole, *others):
        with pytest.raises(ValueError, match="is malformed"):
            found.nodes()
        with pytest.raises(ValueError, match="is malformed"):
            found.edges()
    reason = "a value is not of the form of graphs"
    assert log.damage["reason"].tolist() == ["a value is malformed", *[reason] * 2]
    with pytest.raises(ValueError, match="a value is malformed"):
        _ = tensorbolt.read(tmp_path, on_damage="raise").graphs


def test_bytes_of_a_log_that_was_closed_or_replaced_are_not_there(
    tmp_path: Path,
) -> None:
    write(tmp_path / "log", Event(wall_time=1.0, graph_def=graph().SerializeToString()))
    (path,) = (tmp_path / "log").iterdir()
    log = tensorbolt.read(tmp_path / "log")
    (found,) = log.graphs
    write(
        tmp_path / "other",
        Event(wall_time=1.0, graph_def=graph("XY").SerializeToString()),
    )
    other = next((tmp_path / "other").iterdir()).read_bytes()
    assert len(other) == len(path.read_bytes())
    path.write_bytes(other)
    with pytest.raises(ValueError, match="was replaced"):
        _ = found.bytes
    log.close()
    with pytest.raises(ValueError, match="the log was closed"):
        _ = found.bytes
