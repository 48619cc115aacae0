"""Graphs of models that the reference writers refuse, or draw wrongly."""

import warnings
from collections import UserDict, namedtuple

import numpy as np
import pytest
import torch
import torchvision
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tests.python.support import models
from tests.python.support.helpers import events, python
from torch import nn
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

ROW, WIDE = torch.zeros(1, 3), torch.zeros(1, 5)


def logged(logdir, *arguments, kind=tensorbolt.SummaryWriter, **options):
    with kind(logdir) as writer:
        writer.add_graph(*arguments, **options)
    graph, _ = events(logdir)
    return GraphDef.FromString(graph.graph_def)


def edges(graph):
    """What each node is and reads."""
    return {node.name: (node.op, list(node.input)) for node in graph.node}


def ops(graph):
    return [node.op for node in graph.node]


def inputs(graph):
    return [node.name for node in graph.node if node.name.startswith("input/")]


def sizes(graph, name):
    (node,) = (node for node in graph.node if node.name == name)
    (shape,) = node.attr["_output_shapes"].list.shape
    return [dim.size for dim in shape.dim]


def scripted(thing):
    """PyTorch says that it is about to give this up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(thing)


def notice(says):
    return pytest.warns(RuntimeWarning, match=says)


@pytest.mark.parametrize("kind", [dict, UserDict])
def test_a_mapping_holds_arguments_by_name(logdir, kind):
    graph = logged(logdir, models.Sum(), kind(y=WIDE, x=ROW))
    assert inputs(graph) == ["input/y", "input/x"]
    assert sizes(graph, "input/y") == [1, 5]
    by_place = logged(f"{logdir}2", models.Sum(), (ROW, WIDE))
    assert sorted(ops(graph)) == sorted(ops(by_place))
    scopes = {name.rpartition("/")[0] for name in edges(graph)}
    assert scopes == {name.rpartition("/")[0] for name in edges(by_place)}


def test_a_mapping_is_the_argument_of_a_model_that_takes_none_of_its_keys(logdir):
    graph = logged(logdir, models.Batch(), {"x": ROW, "y": WIDE})
    assert inputs(graph) == ["input/batch"]


def test_a_mapping_is_the_argument_where_its_keys_do_not_work_as_names(logdir):
    class Both(nn.Module):
        def forward(self, x):
            return x["x"] + 1

    with notice("inputs or outputs"):
        graph = logged(logdir, Both(), UserDict(x=ROW))
    assert inputs(graph) == ["input/x.x"]


def test_dataclasses_are_opened(logdir):
    with notice("inputs or outputs"):
        graph = logged(logdir, models.OfPoints(), models.Point(ROW))
    assert inputs(graph) == ["input/point.x"]
    assert edges(graph)["output/output.1"][1] == [graph.node[-1].name]
    assert graph.node[-1].op == "aten::mul"
    assert graph.node[-1].name.startswith("OfPoints/")


def test_named_tuples_and_arguments_that_are_no_tensors(logdir):
    pair = namedtuple("pair", ["x", "times"])
    with notice("inputs or outputs"):
        graph = logged(f"{logdir}1", models.OfPoints(), pair(ROW, 3))
    assert inputs(graph) == ["input/point.x"]
    with notice("inputs or outputs"):
        graph = logged(f"{logdir}2", models.Sum(), (ROW, 3))
    assert inputs(graph) == ["input/x"]


def test_a_flattened_model_has_the_nodes_of_one_that_was_flattened_by_hand(logdir):
    torch.manual_seed(0)
    model = models.Detector()

    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, image):
            (found,) = self.model([image])
            return tuple(found.values())

    image = torch.zeros(3, 8, 8)
    with notice("inputs or outputs"):
        ours = logged(f"{logdir}1", model, ([image],))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = logged(
            f"{logdir}2", Flat(), image, kind=torch_tensorboard.SummaryWriter
        )
    assert ours.node[0].name == "input/images.0"

    def renamed(text):
        text = text.replace("Flat/Detector[model]", "Detector")
        text = text.replace("Flat/", "Detector/")
        return text.replace("input/image", "input/images.0")

    for node in theirs.node:
        node.name = renamed(node.name)
        node.input[:] = [*map(renamed, node.input)]
    assert ours == theirs


def test_a_detector_of_torchvision(logdir):
    """torch.jit.trace refuses its list of dicts with any of its options."""
    detector = torchvision.models.detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=2
    )
    with notice("inputs or outputs"):
        graph = logged(logdir, detector, ([torch.zeros(3, 32, 32)],))
    names = [node.name for node in graph.node]
    assert names[:2] == ["input/images.0", "output/output.1"]
    assert len(set(names)) == len(names)
    assert "aten::topk" in ops(graph)
    assert {name.split("/")[1].partition("[")[0] for name in names[2:] if "[" in name} == {
        "GeneralizedRCNNTransform", "SSDLiteFeatureExtractorMobileNet", "SSDLiteHead", "DefaultBoxGenerator",
    }  # fmt: skip


def test_an_iterator_holds_arguments(logdir):
    graph = logged(logdir, models.Sum(), iter([ROW, WIDE]))
    assert graph == logged(f"{logdir}2", models.Sum(), (ROW, WIDE))
    assert len(inputs(graph)) == 2


def test_a_strict_trace_refuses_dicts_and_says_what_to_pass(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(RuntimeError, match="use_strict_trace=False"),
    ):
        writer.add_graph(models.Dictionary(), ROW)
    assert events(logdir) == []


def test_what_cannot_be_traced_is_exported(logdir):
    model = models.Conditional()
    with notice("torch.export"):
        graph = logged(logdir, model, ROW)
    nodes = edges(graph)
    weight = "Conditional/Linear[linear]/weight/p_linear_weight"
    assert nodes[weight] == ("prim::GetAttr", [])
    assert nodes["input/x"] == ("IO Node", [])
    assert "aten::sum" in ops(graph)
    assert "cond" in ops(graph)
    assert sizes(graph, "output/output.1") == [1, 3]
    missing = {i for _, sources in nodes.values() for i in sources} - set(nodes)
    assert not missing


def test_without_input_the_graph_has_no_shapes(logdir):
    with notice("no shapes"):
        graph = logged(logdir, torchvision.models.resnet18(weights=None))
    nodes = edges(graph)
    block = "ResNet/Sequential[layer1]/BasicBlock[0]"
    assert nodes[f"{block}/BatchNorm2d[bn1]/layer1_0_bn1"] == (
        "BatchNorm2d", [f"{block}/Conv2d[conv1]/layer1_0_conv1"],
    )  # fmt: skip
    assert nodes["output/output.1"] == ("IO Node", ["ResNet/Linear[fc]/fc"])
    assert not any("_output_shapes" in node.attr for node in graph.node)
    assert b"kernel_size=(7, 7)" in graph.node[2].attr["attr"].s


def test_a_notice_is_given_once_a_writer(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        for _ in range(3):
            writer.add_graph(models.Sum(), (ROW, 3))
    assert len(caught) == 1


def test_functions_have_graphs_too(tmp_path):
    """Difference D24: the reference writers fail at both, although they mean to take the second."""
    graph = logged(tmp_path / "function", models.matrices, (ROW, ROW.T))
    assert edges(graph)["matrices/2"] == ("aten::matmul", ["input/a", "input/b"])
    graph = logged(tmp_path / "scripted", scripted(models.square_sum), ROW)
    assert {"aten::mul", "aten::sum"} <= set(ops(graph))
    assert edges(graph)["output/output.1"][1][0].startswith("square_sum/")
    graph = logged(tmp_path / "lambda", lambda x: x + 1, ROW)
    assert "aten::add" in ops(graph)


def test_a_compiled_model_has_the_graph_of_what_was_compiled(tmp_path):
    model = models.Sum()
    plain = logged(tmp_path / "plain", model, ROW)
    assert logged(tmp_path / "compiled", torch.compile(model), ROW) == plain
    assert logged(tmp_path / "method", model.forward, ROW) == plain
    model.compile()
    assert logged(tmp_path / "in-place", model, ROW) == plain
    assert model._compiled_call_impl is not None


def test_compiled_parts_of_a_model_are_followed(tmp_path):
    inner = torch.compile(models.Sum())
    compiled = inner.forward
    graph = logged(tmp_path / "inner", nn.Sequential(inner, scripted(nn.ReLU())), ROW)
    scope = "Sequential/OptimizedModule[0]/Sum[_orig_mod]/Sequential[body]"
    assert any(name.startswith(f"{scope}/Linear[0]/") for name in edges(graph))
    assert inner.forward is compiled
    function = torch.compile(models.matrices)
    graph = logged(tmp_path / "function", function, (ROW, ROW.T))
    assert "matrices/2" in edges(graph)


def test_an_input_is_not_lost_to_the_output_of_its_name(tmp_path):
    class Renaming(nn.Module):
        def forward(self, output):
            output = output + 1
            return output * 2

    graph = logged(tmp_path / "ours", Renaming(), ROW)
    nodes = edges(graph)
    assert {"input/output.1", "output/output.1"} < set(nodes)
    (add,) = (sources for op, sources in nodes.values() if op == "aten::add")
    assert add[0] == "input/output.1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = logged(
            tmp_path / "theirs", Renaming(), ROW, kind=torch_tensorboard.SummaryWriter
        )
    assert set(edges(theirs)) == set(nodes) - {"input/output.1"}


class Failing(nn.Module):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def forward(self, _):
        raise self.error


WRONG = [
    (None, ROW, TypeError, "torch.nn.Module"),
    (3, ROW, TypeError, "torch.nn.Module"),
    ("model.onnx", ROW, TypeError, "add_onnx_graph"),
    (models.Linear(), torch.zeros(1, 4), RuntimeError, "shapes cannot be multiplied"),
    (models.Linear(), (ROW, ROW), TypeError, "positional"),
    (models.Linear(), {"y": ROW}, TypeError, "input_to_model"),
    (models.Linear(), np.zeros((1, 3)), TypeError, "must be Tensor"),
    (models.Linear(), "abc", TypeError, "must be Tensor"),
    (models.Linear(), (), TypeError, "x"),
    (nn.ReLU, ROW, TypeError, r"pass ReLU\("),
    (models.Branch(), None, RuntimeError, "input_to_model is None"),
    (Failing(ValueError("oh")), ROW, ValueError, "oh"),
    (Failing(KeyError("oh")), ROW, RuntimeError, "oh"),
    (Failing(MemoryError("oh")), ROW, MemoryError, "oh"),
    (Failing(torch.OutOfMemoryError("oh")), ROW, torch.OutOfMemoryError, "oh"),
]


@pytest.mark.parametrize("row", range(len(WRONG)))
def test_errors_say_what_to_do_and_write_nothing(logdir, capfd, row):
    model, fed, kind, says = WRONG[row]
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(kind, match=says),
    ):
        writer.add_graph(model, fed)
    assert events(logdir) == []
    assert capfd.readouterr() == ("", "")


def test_what_nothing_can_follow_is_an_error(logdir, capfd):
    class Hidden(nn.Module):
        def forward(self, x):
            number = torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x * 2, (x,))
            return number if number.sum().item() > 0 else x

    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(RuntimeError, match=r"neither torch\.jit\.trace"),
    ):
        writer.add_graph(Hidden(), ROW)
    assert events(logdir) == []
    assert capfd.readouterr() == ("", "")


def test_neither_torch_nor_anything_else_is_imported(tmp_path):
    python(
        """
        import sys, tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        try:
            writer.add_graph(lambda x: x)
        except TypeError:
            pass
        writer.close()
        assert not {"torch", "onnx", "tensorboard", "google"} & set(sys.modules)
        """,
        tmp_path,
    )
