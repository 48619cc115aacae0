"""Graphs are those of both reference writers, node by node; the model and the process are left as they were."""

import random
import re

import numpy as np
import pytest
import tensorboardX
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tests.python.support import models
from tests.python.support.helpers import events, on_all
from torch import nn
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt
from tensorbolt.writer._naming import TORCH_NAMING

# PyTorch says of its own writer's means that they are deprecated, and of its checks that graphs may differ.
pytestmark = pytest.mark.filterwarnings("ignore")

ROW, PAIR = torch.zeros(1, 3), (torch.zeros(1, 3), torch.zeros(1, 3))
IMAGE = torch.zeros(1, 3, 32, 32)
SEQUENCE = torch.zeros(4, 2, 8)


def frozen(model):
    """PyTorch's check of a trace takes another way through attention where there are gradients, and fails."""
    return model.requires_grad_(False)


def layer(**options):
    return nn.TransformerEncoderLayer(8, 2, 16, **options)


MODELS = {
    "linear": lambda: (models.Linear(), ROW),
    "list": lambda: (models.Linear(), [ROW]),
    "shared": lambda: (models.Shared(), PAIR),
    "own": lambda: (models.Own(), ROW),
    "several": lambda: (models.Several(), (torch.zeros(2, 3), ROW)),
    "dict-argument": lambda: (models.Batch(), {"x": ROW, "y": torch.zeros(1, 5)}),
    "branch": lambda: (models.Branch(), ROW),
    "sequential": lambda: (nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(9, 2), nn.Tanh())), torch.zeros(1, 3, 3)),
    "lstm": lambda: (nn.LSTM(8, 5, 2, bidirectional=True), SEQUENCE),
    "embedding": lambda: (nn.Sequential(nn.Embedding(7, 8), nn.GRU(8, 3)), torch.zeros(4, 2, dtype=torch.long)),
    "encoder": lambda: (nn.TransformerEncoder(layer(), 2, enable_nested_tensor=False), SEQUENCE),
    "fast-encoder": lambda: (frozen(nn.TransformerEncoder(layer(batch_first=True), 2)), SEQUENCE),
    "transformer": lambda: (nn.Transformer(8, 2, 1, 1, 16), (SEQUENCE, SEQUENCE)),
    "resnet18": lambda: (torchvision.models.resnet18(weights=None), IMAGE),
    "vit": lambda: (frozen(torchvision.models.VisionTransformer(32, 16, 2, 2, 8, 16)), IMAGE),
}  # fmt: skip


class Named(nn.Module):
    def forward(self, x):
        return {"classes": x, "first": x[:, 0]}


NOT_STRICT = {
    "dict-result": lambda: (models.Dictionary(), ROW),
    "mobilenet": lambda: (nn.Sequential(torchvision.models.mobilenet_v3_small(weights=None), Named()), IMAGE),
}  # fmt: skip


def compare(model, fed, others=("torch",), **options):
    """Both reference writers' graphs have the same author, so one of them is enough for what takes long."""
    results = on_all(
        lambda writer: writer.add_graph(model, fed, **options),
        only_with=("ours", *others),
    )
    found = {}
    for name, result in results.items():
        assert not isinstance(result, Exception), (name, result)
        first, second = result["."]
        assert first.step == second.step == 0
        assert first.wall_time > 0 < second.wall_time
        found[name] = GraphDef.FromString(first.graph_def), second.tagged_run_metadata
    graph, metadata = found["ours"]
    assert found["torch"] == (graph, metadata)
    if "tbx" in found:
        # Difference D29: the tag.
        metadata.tag = "profiler"
        assert found["tbx"] == (graph, metadata)
    return graph


@pytest.mark.parametrize("name", MODELS)
def test_node_by_node(name):
    torch.manual_seed(0)
    model, fed = MODELS[name]()
    graph = compare(model, fed)
    assert graph.versions.producer == 22
    names = [node.name for node in graph.node]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NOT_STRICT)
def test_node_by_node_of_models_that_return_a_dict(name):
    model, fed = NOT_STRICT[name]()
    compare(model, fed, use_strict_trace=False)


@pytest.mark.parametrize("name", ["linear", "shared", "several"])
def test_node_by_node_of_both(name):
    model, fed = MODELS[name]()
    compare(model, fed, others=("torch", "tbx"))


LAYERS = st.recursive(
    st.sampled_from([
        lambda: nn.Linear(3, 3), lambda: nn.Linear(3, 3, bias=False), nn.ReLU, nn.Dropout, nn.Identity,
        lambda: nn.LayerNorm(3), lambda: nn.Softmax(dim=-1), nn.PReLU, models.Own,
    ]),
    lambda inner: st.lists(inner, max_size=3).map(lambda made: lambda: nn.Sequential(*(make() for make in made))),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=15)
@given(LAYERS, st.sampled_from([lambda x: x, lambda x: (x,), lambda x: [x]]), st.booleans(), st.booleans())  # fmt: skip
def test_node_by_node_of_any_composition(make, form, training, strict):
    model = make().train(training)
    compare(model, form(torch.ones(2, 3)), use_strict_trace=strict)
    assert all(module.training == training for module in model.modules())


def graph_of(directory):
    """The graph of a directory that has one."""
    graph, _ = events(directory)
    return GraphDef.FromString(graph.graph_def)


def logged(logdir, *arguments, **options):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_graph(*arguments, **options)
    return graph_of(logdir)


def test_the_reference_of_the_specification(logdir):
    graph = logged(logdir, models.Linear(), ROW)
    scope = "Linear/Linear[linear]"
    assert {node.name: (node.op, list(node.input)) for node in graph.node} == {
        "input/x": ("IO Node", []),
        "output/output.1": ("IO Node", [f"{scope}/18"]),
        f"{scope}/bias/bias": ("prim::GetAttr", [f"{scope}/weight/linear"]),
        f"{scope}/weight/weight": ("prim::GetAttr", [f"{scope}/weight/linear"]),
        f"{scope}/18": ("aten::linear", ["input/x", f"{scope}/weight/weight", f"{scope}/bias/bias"]),
    }  # fmt: skip
    (shape,) = graph.node[-1].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [1, 5]


def test_the_run_metadata_goes_with_the_graph(logdir):
    logged(logdir, models.Linear(), ROW)
    _, event = events(logdir)
    assert event.step == 0
    assert event.tagged_run_metadata.tag == "step1"
    metadata = RunMetadata.FromString(event.tagged_run_metadata.run_metadata)
    (device,) = metadata.step_stats.dev_stats
    assert device.device == "/device:CPU:0"


def test_the_tag_of_tensorboardx_is_an_attribute_away(tmp_path):
    """Difference D29: tensorboardX's facade sets it."""

    class Facade(tensorbolt.SummaryWriter):
        _naming = TORCH_NAMING._replace(graph_tag="profiler")

    with Facade(tmp_path) as writer:
        writer.add_graph(models.Linear(), ROW)
    assert events(tmp_path)[1].tagged_run_metadata.tag == "profiler"


def test_a_scripted_model_has_the_operators_of_both(tmp_path):
    """Values are counted afresh, since the reference writers write their count into the model itself."""
    for number, script in enumerate(
        (torch.jit.script(models.Sum()), torch.jit.trace(models.Shared(), PAIR))
    ):
        before = str(script.graph)
        ours = logged(tmp_path / f"ours{number}", script, ROW)
        assert str(script.graph) == before
        with torch_tensorboard.SummaryWriter(tmp_path / f"torch{number}") as writer:
            writer.add_graph(script, ROW)
        theirs = graph_of(tmp_path / f"torch{number}")
        assert [shape_of(node) for node in ours.node] == [
            shape_of(node) for node in theirs.node
        ]


def shape_of(node):
    """What a node is but for the numbers of values."""
    scopes = [name.rpartition("/")[0] for name in (node.name, *node.input)]
    return scopes, node.op, str(node.attr["attr"]), str(node.attr["_output_shapes"])


def test_verbose_prints_the_graph(logdir, capsys):
    logged(f"{logdir}1", models.Linear(), ROW)
    assert capsys.readouterr().out == ""
    logged(f"{logdir}2", models.Linear(), ROW, verbose=True)
    printed = capsys.readouterr().out
    with torch_tensorboard.SummaryWriter(logdir) as writer:
        writer.add_graph(models.Linear(), ROW, verbose=True)
    assert unnumbered(printed) == unnumbered(capsys.readouterr().out)


def unnumbered(text):
    """PyTorch numbers the classes it makes."""
    return re.sub(r"___torch_mangle_\d+\.", "", text)


@pytest.mark.parametrize("training", [True, False])
def test_each_module_gets_its_own_mode_back(logdir, training):
    """Difference D24: the reference writers give all of them that of the root."""
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.BatchNorm1d(3), nn.Dropout()))
    model.train(training)
    model[1].train(not training)
    model[1][0].training = training
    before = [module.training for module in model.modules()]
    mean = model[1][0].running_mean.clone()
    graph = logged(logdir, model, torch.ones(2, 3))
    assert [module.training for module in model.modules()] == before
    # It ran in evaluation mode.
    assert torch.equal(model[1][0].running_mean, mean)
    assert {node.op for node in graph.node} >= {"aten::dropout", "aten::batch_norm"}

    def fail(*_):
        raise KeyError("no")

    model[0].forward = fail
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(RuntimeError, match="no"),
    ):
        writer.add_graph(model, torch.ones(2, 3))
    assert [module.training for module in model.modules()] == before


def test_a_module_that_does_more_than_set_its_mode_undoes_it(logdir):
    class Merging(nn.Linear):
        merged = False

        def train(self, mode=True):
            self.merged = not mode
            return super().train(mode)

    model = nn.Sequential(Merging(3, 3), nn.ReLU())
    model.train()
    model[1].eval()
    logged(logdir, model, ROW)
    assert not model[0].merged
    assert [module.training for module in model.modules()] == [True, True, False]


def test_random_numbers_and_gradients_are_as_if_nothing_had_been_logged(logdir):
    model = models.Noisy()
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    logged(logdir, model, ROW)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]
    assert random.getstate() == before[2]
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.is_grad_enabled()


def test_two_graphs_are_two_pairs_of_events(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_graph(models.Linear(), ROW)
        writer.close()
        writer.add_graph(models.Linear(), ROW)
        assert writer.stats()["events"] == 4
    assert len(events(logdir)) == 4


@pytest.mark.parametrize("kind", ["torch", "tbx"])
def test_file_writer_takes_messages_of_any_package(tmp_path, kind):
    from tensorboardX.proto.graph_pb2 import GraphDef as Foreign
    from tensorboardX.proto.node_def_pb2 import NodeDef

    theirs = {"torch": torch_tensorboard, "tbx": tensorboardX}[kind].FileWriter
    pair = Foreign(node=[NodeDef(name="a", op="b")]), RunMetadata()
    for directory, make in (("ours", tensorbolt.FileWriter), ("theirs", theirs)):
        writer = make(str(tmp_path / directory))
        writer._graph_tag = {"torch": "step1", "tbx": "profiler"}[kind]
        writer.add_graph(pair, 5.0)
        writer.add_onnx_graph(pair[0], walltime=6.0)
        getattr(writer, "add_openvino_graph", writer.add_onnx_graph)(pair[0], 7.0)
        writer.close()
    ours = [str(event) for event in events(tmp_path / "ours")]
    assert len(ours) == 4
    assert ours == [str(event) for event in events(tmp_path / "theirs")]


def test_file_writer_refuses_what_is_no_message(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for call, says in (
            (lambda file: file.add_graph(GraphDef()), "graph_profile"),
            (lambda file: file.add_graph((GraphDef(), None)), r"graph_profile\[1\]"),
            (lambda file: file.add_onnx_graph(b""), "graph"),
            (lambda file: file.add_openvino_graph("x"), "graph"),
        ):
            with pytest.raises(TypeError, match=says):
                call(writer.file_writer)
    assert events(tmp_path) == []
