"""Graphs of ONNX and OpenVINO files."""

import io
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.types_pb2 import DataType
from tests.python.support.helpers import events, messages, on_all, python
from tests.python.support.models import OPENVINO

import tensorbolt
from tensorbolt.writer.graphs import onnx as of_onnx

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def saved(path, graph):
    onnx.save(helper.make_model(graph), path)
    return str(path)


def plain_model(path):
    """Nothing that the reference writers draw wrongly, but for the output, which bears the name of its node."""
    nodes = [
        helper.make_node("Relu", ["x"], ["h"]),
        helper.make_node("LeakyRelu", ["h"], ["y"], alpha=0.5),
    ]
    graph = helper.make_graph(nodes, "plain", [value("x", [2, 3])], [value("y", [2, 3])])  # fmt: skip
    return saved(path, graph)


def rich_model(path):
    """Weights, several outputs, an input left out, unknown sizes, and graphs inside of an operator."""
    yes = helper.make_graph(
        [helper.make_node("Add", ["a", "total"], ["t"])], "yes", [], [value("t", None)]
    )
    no = helper.make_graph(
        [helper.make_node("Neg", ["b"], ["e"])], "no", [], [value("e", None)]
    )
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Split", ["h"], ["a", "b"], axis=1, num_outputs=2),
        helper.make_node("ReduceSum", ["a"], ["total"], keepdims=0),
        helper.make_node("Cast", ["total"], ["flag"], to=TensorProto.BOOL),
        helper.make_node("If", ["flag"], ["i"], then_branch=yes, else_branch=no),
        helper.make_node("Constant", [], ["k"], value=numpy_helper.from_array(np.array(2, np.int64))),
        helper.make_node("Clip", ["b", "", "k"], ["y"]),
        helper.make_node("Conv", ["y", "big"], ["c"], kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
    ]  # fmt: skip
    weights = [
        numpy_helper.from_array(np.zeros((3, 4), np.float32), "w"),
        numpy_helper.from_array(np.zeros((5, 5), np.float16), "big"),
    ]
    graph = helper.make_graph(
        nodes, "rich", [value("x", ["N", 3], INT64), value("w", [3, 4])], [value("y", ["N", 2]), value("i", None)],
        weights, value_info=[value("h", [2, 4])],
    )  # fmt: skip
    return saved(path, graph)


def logged(logdir, method, *arguments, **keywords):
    with tensorbolt.SummaryWriter(logdir) as writer:
        getattr(writer, method)(*arguments, **keywords)
    (event,) = events(logdir)
    assert event.step == 0
    return {node.name: node for node in GraphDef.FromString(event.graph_def).node}


def edges(graph):
    return {name: (node.op, list(node.input)) for name, node in graph.items()}


def text(node):
    return node.attr["parameters"].s.decode()


def dims(shape):
    return [dim.size for dim in shape.dim]


def test_what_the_reference_writers_draw_is_there(tmp_path, capsys):
    """Difference D25: the output has a name of its own, attributes are written as such, shapes label edges."""
    path = plain_model(tmp_path / "model.onnx")
    results = on_all(lambda writer: writer.add_onnx_graph(path))
    capsys.readouterr()
    ours, *theirs = (GraphDef.FromString(results[name]["."][0].graph_def) for name in results)  # fmt: skip
    for graph in theirs:
        graph.node[1].name = "output/y"
        graph.node[1].input.append("y")
        graph.node[3].attr["parameters"].s = b"alpha = 0.5"
        for place in (0, 1, 3):
            shape = graph.node[0].attr["shape"].shape
            graph.node[place].attr["_output_shapes"].list.shape.append(shape)
        assert graph == ours
    for result in results.values():
        assert len(messages(result)) == 1


@pytest.mark.parametrize("name", ["prototxt", "onnx_model_file", None])
def test_every_edge_and_weight(tmp_path, capfd, name):
    path = rich_model(tmp_path / "model.onnx")
    where = tmp_path / "run"
    if name is None:
        with Path(path).open("rb") as file:
            graph = logged(where, "add_onnx_graph", file)
    else:
        graph = logged(where, "add_onnx_graph", **{name: Path(path)})
    assert capfd.readouterr() == ("", "")
    assert edges(graph) == {
        "x": ("Variable", []),
        "output/y": ("Variable", ["y"]),
        "output/i": ("Variable", ["i"]),
        "w": ("Const", []),
        "big": ("Const", []),
        "h": ("MatMul", ["x", "w"]),
        "a": ("Split", ["h"]),
        "total": ("ReduceSum", ["a"]),
        "flag": ("Cast", ["total"]),
        "i/then_branch/t": ("Add", ["a", "total"]),
        "i/else_branch/e": ("Neg", ["a:1"]),
        "i": ("If", ["flag", "i/else_branch/e", "i/then_branch/t"]),
        "k": ("Constant", []),
        "y": ("Clip", ["a:1", "k"]),
        "c": ("Conv", ["y", "big"]),
    }
    assert list(graph)[:5] == ["x", "output/y", "output/i", "w", "big"]
    assert graph["x"].attr["dtype"].type == DataType.Value("DT_INT64")
    assert dims(graph["x"].attr["shape"].shape) == [-1, 3]
    assert graph["big"].attr["dtype"].type == DataType.Value("DT_HALF")
    assert dims(graph["w"].attr["shape"].shape) == [3, 4]
    assert dims(graph["h"].attr["_output_shapes"].list.shape[0]) == [2, 4]
    assert "shape" not in graph["output/i"].attr
    assert text(graph["a"]) == "axis = 1, num_outputs = 2"
    assert text(graph["k"]) == "value = 2"
    assert text(graph["c"]) == "auto_pad = SAME_UPPER, kernel_shape = [3, 3]"
    assert "graph of 1 nodes" in text(graph["i"])


def test_a_slash_at_the_start_of_a_name_makes_no_nameless_box(tmp_path):
    """PyTorch's older exporter calls values so."""
    nodes = [
        helper.make_node("Relu", ["x"], ["/body/Relu_output_0"]),
        helper.make_node("Neg", ["/body/Relu_output_0"], ["/y"]),
    ]
    graph = helper.make_graph(nodes, "g", [value("x", [2])], [value("/y", [2])])
    path = saved(tmp_path / "model.onnx", graph)
    assert edges(logged(tmp_path / "run", "add_onnx_graph", path)) == {
        "x": ("Variable", []),
        "output/y": ("Variable", ["y"]),
        "body/Relu_output_0": ("Relu", ["x"]),
        "y": ("Neg", ["body/Relu_output_0"]),
    }


def test_weights_stored_elsewhere_need_not_be_there(tmp_path):
    weight = numpy_helper.from_array(np.zeros((64, 64), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [value("x", [1, 64])], [value("y", [1, 64])], [weight]
    )  # fmt: skip
    path = tmp_path / "model.onnx"
    onnx.save(
        helper.make_model(graph),
        path,
        save_as_external_data=True,
        location="weights",
        size_threshold=0,
    )
    (tmp_path / "weights").unlink()
    found = logged(tmp_path / "run", "add_onnx_graph", path)
    assert dims(found["w"].attr["shape"].shape) == [64, 64]


def test_every_element_type_of_onnx_has_its_number():
    """Difference D25: numbers of ONNX's enumeration mean other types in TensorFlow's."""
    same = {
        "FLOAT": "FLOAT", "FLOAT16": "HALF", "FLOAT8E5M2": "FLOAT8_E5M2", "FLOAT8E4M3FN": "FLOAT8_E4M3FN",
        "FLOAT8E4M3FNUZ": "FLOAT8_E4M3FNUZ", "FLOAT8E5M2FNUZ": "FLOAT8_E5M2FNUZ", "FLOAT4E2M1": "FLOAT4_E2M1FN",
    }  # fmt: skip
    for name, number in of_onnx.DTYPES.items():
        assert number == DataType.Value(f"DT_{same.get(name, name)}")
    # TensorFlow has no number for these.
    lacking = {"UNDEFINED", "FLOAT8E8M0", "FLOAT6E2M3", "FLOAT6E3M2"}
    assert {*TensorProto.DataType.keys()} - {*of_onnx.DTYPES} <= lacking


def test_without_onnx_the_error_says_what_to_install(tmp_path):
    path = plain_model(tmp_path / "model.onnx")
    python(
        """
        import sys, tensorbolt
        sys.modules["onnx"] = None
        with tensorbolt.SummaryWriter(sys.argv[2], write_to_disk=False) as writer:
            try:
                writer.add_onnx_graph(sys.argv[1])
            except ModuleNotFoundError as error:
                assert "pip install onnx" in str(error), error
            else:
                raise AssertionError
        """,
        path,
        tmp_path / "run",
    )


@pytest.mark.parametrize("kind", [str, Path, io.BytesIO])
def test_one_node_per_layer(tmp_path, kind):
    """Difference D26: tensorboardX has a node per edge, of type op."""
    path = tmp_path / "model.xml"
    path.write_text(OPENVINO)
    given = io.BytesIO(OPENVINO.encode()) if kind is io.BytesIO else kind(path)
    graph = logged(tmp_path / "run", "add_openvino_graph", xmlname=given)
    assert edges(graph) == {
        "x": ("Parameter", []),
        "axis": ("Const", []),
        "parts": ("Split", ["x", "axis"]),
        "sum": ("Add", ["parts", "parts:1"]),
        "sum_2": ("Result", ["sum"]),
    }
    assert text(graph["parts"]) == "num_splits = 2"
    shapes = graph["parts"].attr["_output_shapes"].list.shape
    assert [dims(shape) for shape in shapes] == [[1, 3], [1, 3]]
    assert dims(graph["x"].attr["_output_shapes"].list.shape[0]) == [-1, 3]
    types = {
        name: node.attr["dtype"].type
        for name, node in graph.items()
        if "dtype" in node.attr
    }
    assert types == {"x": 1, "axis": 9, "parts": 1, "sum": 19}  # fmt: skip


def test_entities_do_not_grow_without_bound(tmp_path):
    names = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    path = tmp_path / "bomb.xml"
    path.write_text(f'<!DOCTYPE net [<!ENTITY a0 "{"ha" * 99}">{"".join(names)}]><net>&a9;</net>')  # fmt: skip
    with (
        tensorbolt.SummaryWriter(tmp_path / "run") as writer,
        pytest.raises(ValueError, match="xmlname"),
    ):
        writer.add_openvino_graph(path)


WITHOUT_LAYER = OPENVINO.replace('from-layer="3"', 'from-layer="7"')
WRONG = [
    ("add_onnx_graph", b"\xff\xff", ValueError, "no ONNX file"),
    ("add_onnx_graph", b"", ValueError, "no graph"),
    ("add_onnx_graph", None, FileNotFoundError, "no-such"),
    ("add_openvino_graph", b"no xml", ValueError, "no XML"),
    ("add_openvino_graph", b"", ValueError, "no XML"),
    ("add_openvino_graph", b"<net/>", ValueError, "no layers"),
    ("add_openvino_graph", WITHOUT_LAYER.encode(), ValueError, "'7' is missing"),
    ("add_openvino_graph", b"<net><layers><layer id='1'/></layers></net>", ValueError, "'name' is missing"),
    ("add_openvino_graph", None, FileNotFoundError, "no-such"),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(WRONG)))
def test_errors_say_what_is_wrong_and_write_nothing(tmp_path, row):
    method, content, kind, says = WRONG[row]
    path = tmp_path / "no-such"
    if content is not None:
        path = tmp_path / "model"
        path.write_bytes(content)
    with (
        tensorbolt.SummaryWriter(tmp_path / "run") as writer,
        pytest.raises(kind, match=says),
    ):
        getattr(writer, method)(path)
    assert events(tmp_path / "run") == []
