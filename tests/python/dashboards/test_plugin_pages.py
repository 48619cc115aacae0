"""TensorBoard's own plugins and readers show curves, meshes and tensors, with both loaders."""

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing import (
    data_provider,
    event_accumulator,
    plugin_event_multiplexer,
)
from tensorboard.context import RequestContext
from tensorboard.util.tensor_util import make_ndarray
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

pytestmark = pytest.mark.timeout(600)

VERTICES = np.array([[[0.5, 1, 1], [-1, -1, 1], [1, -1, -1]]] * 2, "f4")
COLORS = VERTICES.clip(0, 1)
FACES = np.array([[[0, 1, 2]], [[2, 1, 0]]])
CONFIG = {"camera": {"cls": "PerspectiveCamera", "fov": 75}}
LABELS, PREDICTIONS = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9])


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tensors")
    with tensorbolt.SummaryWriter(directory / "run") as writer:
        for step in (1, 2):
            writer.add_pr_curve("curve", LABELS, PREDICTIONS, step, 11)
            writer.add_pr_curve("fine", LABELS, PREDICTIONS, step, 1001)
            writer.add_pr_curve_raw("raw", *[[4.0, 2.0, 1.0]] * 6, step)
            writer.add_mesh("mesh", VERTICES + step, COLORS, FACES, CONFIG, step)
            writer.add_mesh("cloud", VERTICES[0], global_step=step)
            writer.add_tensor("tensor", np.arange(6, dtype="u1").reshape(2, 3), step)
    return directory


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def board(request, serve, log):
    """TensorBoard, once it has loaded all."""
    board = serve(log, request.param)

    def loaded():
        curves = board.json("plugin/pr_curves/tags").get("run", {})
        meshes = board.json("plugin/mesh/tags").get("run", {})
        if len(curves) < 3 or len(meshes) < 2:
            return False
        # The tags are known before all steps are.
        points = [
            board.json("plugin/pr_curves/pr_curves", run="run", tag=tag)["run"]
            for tag in curves
        ]
        parts = [board.json("plugin/mesh/meshes", run="run", tag=tag) for tag in meshes]
        return all(len(found) == 2 for found in points) and {
            len(found) for found in parts
        } == {6, 2}

    board.wait_until(loaded)
    return board


def test_curves_are_shown(board):
    assert set(board.json("plugin/pr_curves/tags")["run"]) == {"curve", "fine", "raw"}
    path = "plugin/pr_curves/pr_curves"
    curves = board.json(path, run="run", tag="curve")["run"]
    assert [curve["step"] for curve in curves] == [1, 2]
    curve = curves[0]
    # The tail without a positive is cut: nothing is predicted with certainty.
    assert curve["thresholds"] == pytest.approx([0.1 * place for place in range(10)])
    assert curve["true_positives"] == [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]
    assert curve["false_positives"] == [2, 2, 1, 1, 1, 1, 1, 0, 0, 0]
    assert curve["true_negatives"] == [0, 0, 1, 1, 1, 1, 1, 2, 2, 2]
    assert curve["false_negatives"] == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert curve["precision"][:3] == pytest.approx([1 / 2, 1 / 2, 2 / 3])
    assert curve["recall"][-1] == pytest.approx(1 / 2)


def test_more_than_127_thresholds_are_shown(board):
    path = "plugin/pr_curves/pr_curves"
    curve, *_ = board.json(path, run="run", tag="fine")["run"]
    assert len(curve["thresholds"]) == 901
    assert curve["thresholds"][-1] == pytest.approx(0.9)


def test_curves_of_others_counts_are_shown(board):
    path = "plugin/pr_curves/pr_curves"
    curve, *_ = board.json(path, run="run", tag="raw")["run"]
    assert curve["true_positives"] == [4, 2, 1]
    assert curve["thresholds"] == [0, 0.5, 1]


def test_meshes_are_shown(board):
    tags = board.json("plugin/mesh/tags")["run"]
    assert tags == {"mesh": {"samples": 2}, "cloud": {"samples": 1}}
    parts = board.json("plugin/mesh/meshes", run="run", tag="mesh")
    assert len(parts) == 6
    assert {part["components"] for part in parts} == {0b1110}
    assert '"fov": 75' in parts[0]["config"]
    for name, dtype, expected in (
        ("VERTEX", "f4", VERTICES + 2),
        ("FACE", "i4", FACES),
        ("COLOR", "u1", np.rint(COLORS * 255)),
    ):
        for sample in (0, 1):
            query = {"run": "run", "tag": "mesh", "content_type": name}
            data = board.bytes("plugin/mesh/data", **query, sample=sample, step=2)
            found = np.frombuffer(data, dtype).reshape(-1, 3)
            assert found.tolist() == expected[sample].tolist()


def test_nothing_is_complained_about(board):
    assert board.complaints() == []


def test_programs_read_tensors(log):
    reader = event_accumulator.EventAccumulator(
        str(log / "run"), {event_accumulator.TENSORS: 0}
    )
    reader.Reload()
    assert {"tensor", "curve", "mesh_VERTEX"} <= set(reader.Tags()["tensors"])
    for event in reader.Tensors("tensor"):
        found = make_ndarray(event.tensor_proto)
        assert found.dtype == np.uint8
        assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    metadata = reader.SummaryMetadata("tensor")
    assert metadata.plugin_data.plugin_name == "tensor"


def listed(directory):
    """The tensors that TensorBoard would serve to a plugin for them."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(directory))
    found = provider.list_tensors(
        RequestContext(), experiment_id="", plugin_name="tensor"
    )
    return {run: list(tags) for run, tags in found.items()}


def test_tensors_are_served(log, tmp_path):
    """Difference D27: those of torch are not."""
    assert listed(log) == {"run": ["tensor"]}
    with torch_tensorboard.SummaryWriter(tmp_path / "run") as writer:
        writer.add_tensor("tensor", torch.ones(2))
    assert listed(tmp_path) == {}
