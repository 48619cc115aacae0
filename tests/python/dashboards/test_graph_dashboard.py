"""TensorBoard's graph dashboard gets graphs and run metadata, from both of its loaders."""

import re

import pytest
import torch
from google.protobuf import text_format
from onnx import TensorProto, helper, save
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tests.python.support import models

import tensorbolt

pytestmark = pytest.mark.timeout(400)

RUNS = {"torch", "onnx", "openvino"}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    root = tmp_path_factory.mktemp("graphs")
    inputs = tmp_path_factory.mktemp("inputs")
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    node = helper.make_node("Relu", ["x"], ["y"])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    save(helper.make_model(helper.make_graph([node], "g", [value], [result])), inputs / "m.onnx")  # fmt: skip
    (inputs / "m.xml").write_text(models.OPENVINO)
    with tensorbolt.SummaryWriter(root / "torch") as writer:
        writer.add_graph(models.Shared(), (torch.zeros(1, 3), torch.zeros(1, 3)))
    with tensorbolt.SummaryWriter(root / "onnx") as writer:
        writer.add_onnx_graph(inputs / "m.onnx")
    with tensorbolt.SummaryWriter(root / "openvino") as writer:
        writer.add_openvino_graph(inputs / "m.xml")
    return root


@pytest.mark.parametrize("load_fast", ["true", "false"], ids=["fast", "slow"])
def test_graphs_and_run_metadata_are_served(serve, log, load_fast):
    board = serve(log, load_fast)

    def loaded():
        info = board.json("plugin/graphs/info")
        graphs = {run for run, about in info.items() if about["run_graph"]}
        # The times come after the graph in the file, and a page may be asked for between the two.
        return graphs >= RUNS and "step1" in info["torch"]["tags"]

    board.wait_until(loaded)
    info = board.json("plugin/graphs/info")
    assert set(info) == RUNS
    assert info["torch"]["tags"]["step1"]["profile"]
    graphs = {
        run: text_format.Parse(
            board.bytes("plugin/graphs/graph", run=run), GraphDef(), allow_unknown_field=True
        )
        for run in RUNS
    }  # fmt: skip
    names = {node.name for node in graphs["torch"].node}
    assert {"input/x", "input/y", "output/output.1"} < names
    assert any(re.match(r"Shared/Sequential\[second\]/ReLU\[1\]/", name) for name in names)  # fmt: skip
    assert [node.op for node in graphs["onnx"].node] == ["Variable", "Variable", "Relu"]
    assert len(graphs["openvino"].node) == 5
    metadata = text_format.Parse(
        board.bytes("plugin/graphs/run_metadata", run="torch", tag="step1"),
        RunMetadata(),
    )
    assert metadata.step_stats.dev_stats[0].device == "/device:CPU:0"
    assert board.complaints() == []
