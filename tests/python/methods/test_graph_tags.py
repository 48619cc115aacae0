"""Several models in the one graph that TensorBoard shows of a run."""

import copy
import pickle
import warnings

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tests.python.support import models
from tests.python.support.helpers import events
from torch import nn

import tensorbolt

ROW = torch.zeros(1, 3)


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def shown(writer):
    """The graph that TensorBoard shows: of each node its name and what it reads."""
    writer.flush()
    graphs = [GraphDef.FromString(event.graph_def) for event in events(writer.log_dir) if event.graph_def]  # fmt: skip
    return {node.name: list(node.input) for node in graphs[-1].node}


def alone(tmp_path, model, name):
    with tensorbolt.SummaryWriter(tmp_path / name) as writer:
        writer.add_graph(model, ROW)
    return shown(writer)


def inside(tag, nodes):
    return {f"{tag}/{name}": [f"{tag}/{source}" for source in sources] for name, sources in nodes.items()}  # fmt: skip


def test_each_tag_is_a_box_in_one_graph(writer, tmp_path):
    linear, total = models.Linear(), models.Sum()
    first, second = alone(tmp_path, linear, "linear"), alone(tmp_path, total, "sum")
    writer.add_graph(linear, ROW, tag="generator")
    assert shown(writer) == inside("generator", first)
    writer.add_graph(total, ROW, tag="gan/discriminator/")
    both = inside("generator", first) | inside("gan/discriminator", second)
    assert shown(writer) == both
    # A graph without a tag stands next to the boxes.
    writer.add_graph(total, ROW)
    assert shown(writer) == both | second
    # The same tag again replaces its box.
    writer.add_graph(total, ROW, tag="generator")
    assert shown(writer) == inside("generator", second) | inside("gan/discriminator", second) | second  # fmt: skip


def test_tensorboard_has_one_graph_of_both(writer):
    writer.add_graph(models.Linear(), ROW, tag="a")
    writer.add_graph(models.Linear(), ROW, tag="b")
    writer.flush()
    loaded = EventAccumulator(writer.log_dir).Reload()
    graph = loaded.Graph()
    assert {node.name.partition("/")[0] for node in graph.node} == {"a", "b"}
    assert graph.versions.producer == 22
    assert loaded.RunMetadata("step1").step_stats.dev_stats


def test_a_second_graph_without_a_tag_is_warned_of_once(writer):
    writer.add_graph(models.Linear(), ROW)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The same again hides nothing.
        writer.add_graph(models.Linear(), ROW)
        writer.add_graph(models.Sum(), ROW, tag="sum")
    with pytest.warns(RuntimeWarning, match="hides the one before; pass tag="):
        writer.add_graph(models.Sum(), ROW)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_graph(models.Linear(), ROW)


@pytest.mark.parametrize("again", [copy.copy, lambda w: pickle.loads(pickle.dumps(w))], ids=["copied", "pickled"])  # fmt: skip
def test_a_writer_that_is_copied_or_reopened_knows_its_graphs(writer, again):
    writer.add_graph(models.Linear(), ROW, tag="w")
    writer.close()
    writer.add_graph(models.Linear(), ROW, tag="x")
    # Of a copy the boxes are its own.
    other = again(writer)
    other.add_graph(models.Linear(), ROW, tag="y")
    other.close()
    writer.add_graph(models.Linear(), ROW, tag="z")
    writer.flush()
    graphs = [GraphDef.FromString(event.graph_def) for event in events(writer.log_dir) if event.graph_def]  # fmt: skip
    boxes = ["".join(dict.fromkeys(node.name[0] for node in graph.node)) for graph in graphs]  # fmt: skip
    assert sorted(boxes) == ["w", "wx", "wxy", "wxz"]


def test_files_of_models_have_tags_too(writer, tmp_path):
    onnx = pytest.importorskip("onnx")
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, 1, [1]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "small", ends[:1], ends[1:])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "small.onnx")
    (tmp_path / "small.xml").write_text(models.OPENVINO)
    writer.add_onnx_graph(tmp_path / "small.onnx", tag="exported")
    writer.add_openvino_graph(tmp_path / "small.xml", tag="converted")
    writer.add_graph(models.Linear(), ROW, tag="trained")
    nodes = shown(writer)
    assert {name.partition("/")[0] for name in nodes} == {"exported", "converted", "trained"}  # fmt: skip
    missing = {source.partition(":")[0] for sources in nodes.values() for source in sources} - set(nodes)  # fmt: skip
    # Edges to modules that have no node, which torch writes as well.
    assert {name.partition("/")[0] for name in missing} <= {"trained"}


WRONG = [
    ("", ValueError, "at least one character"),
    ("//", ValueError, "at least one character"),
    (3, TypeError, "tag must be a str"),
    ("input", ValueError, "'input'.*choose another tag"),
    ("Linear/again", ValueError, "'Linear'.*choose another tag"),
    ("a/b", ValueError, "lies inside of another"),
]


@pytest.mark.parametrize(("tag", "kind", "says"), WRONG)
def test_tags_that_are_refused(writer, tag, kind, says):
    writer.add_graph(models.Linear(), ROW)
    writer.add_graph(models.Linear(), ROW, tag="a")
    before = shown(writer)
    with pytest.raises(kind, match=says):
        writer.add_graph(nn.ReLU(), ROW, tag=tag)
    assert shown(writer) == before


def test_a_graph_without_a_tag_may_not_reach_into_a_box(writer):
    writer.add_graph(models.Linear(), ROW, tag="Linear")
    with pytest.raises(ValueError, match="'Linear'"):
        writer.add_graph(models.Linear(), ROW)
