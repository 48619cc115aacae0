"""write_to_disk=False checks everything and writes nothing at all."""

import io
import os

import matplotlib.figure
import numpy as np
import pytest
import torch
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary

import tensorbolt

OPENVINO = b"<net><layers><layer id='0' name='x' type='Parameter'/></layers></net>"


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = tensorbolt.SummaryWriter("run", write_to_disk=False)
    yield writer
    writer.close()
    assert os.listdir(tmp_path) == []


def test_no_method_creates_anything(writer):
    """Difference D15: some methods of tensorboardX write all the same."""
    for _ in range(2):
        writer.add_scalar("s", 1)
        writer.add_scalar("s", 1, new_style=True)
        writer.add_scalar("s", 1, display_name="x")
        writer.add_scalars("g/h", {"k": 1, "l/m": 2})
        writer.log({"a": {"b": 1}})
        writer.add_scalar_series("s", [1, 2], [1, 2])
        writer.add_histogram("h", [1.0])
        writer.add_histograms({"h": [1.0]})
        writer.add_histogram_raw("h", 0, 1, 1, 1, 1, [1], [1])
        writer.add_image("i", np.zeros((3, 300, 300)))
        writer.add_images("i", np.zeros((2, 3, 4, 4)))
        writer.add_image_with_boxes("i", np.zeros((3, 9, 9)), [[1, 1, 3, 3]])
        writer.add_figure("f", matplotlib.figure.Figure(figsize=(1, 1)))
        writer.add_video("v", np.zeros((1, 2, 3, 4, 5)))
        writer.add_audio("a", np.zeros(9))
        writer.add_text("t", "x")
        writer.add_hparams({"a": 1}, {"m": 1})
        writer.add_hparams({"a": 1}, {"m": 1}, "r", global_step=1)
        writer.add_hparams({"a": 1}, {"m": 1}, {"a": [1]}, ".")
        writer.add_custom_scalars_multilinechart(["a"])
        with writer.use_metadata(global_step=3):
            writer.add_scalar("s", 1)
        writer.add_pr_curve("p", [0, 1], [0.2, 0.8])
        writer.add_pr_curve_raw("p", *[[1.0]] * 6)
        writer.add_mesh("m", np.zeros((1, 3, 3)), faces=[[[0, 1, 2]]])
        writer.add_tensor("x", np.zeros(3))
        writer.add_embedding(np.eye(2), ["a", "b"], np.zeros((2, 3, 4, 4)))
        writer.add_graph(torch.nn.Linear(3, 5), torch.zeros(1, 3))
        writer.add_openvino_graph(io.BytesIO(OPENVINO))
        writer.file_writer.add_summary(Summary())
        writer.file_writer.add_graph((GraphDef(), RunMetadata()))
        writer.file_writer.add_onnx_graph(GraphDef())
        writer.file_writer.add_openvino_graph(GraphDef())
        writer.file_writer.add_event(Event())
        writer.file_writer.reopen()
        writer.flush()
        writer.close()


def test_nothing_in_the_default_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tensorbolt.SummaryWriter(write_to_disk=False, purge_step=3) as writer:
        writer.add_scalar("s", 1)
    assert os.listdir(tmp_path) == []


def test_arguments_are_checked_all_the_same(writer):
    for call in (
        lambda: writer.add_scalar("s", None),
        lambda: writer.add_image("i", np.zeros(3)),
        lambda: writer.add_video("v", np.zeros((2, 3, 4, 5))),
        lambda: writer.add_audio("a", []),
        lambda: writer.add_histogram("h", []),
        lambda: writer.add_text("t", None),
        lambda: writer.add_pr_curve("p", [0, 1], [0.2]),
        lambda: writer.add_mesh("m", np.zeros((1, 3, 3)), faces=[[[0, 1, 3]]]),
        lambda: writer.add_tensor("x", None),
        lambda: writer.add_scalars("g", {"..": 1, "a/../../x": 1}),
        lambda: writer.add_hparams({"a": 1}, {"m": None}),
        lambda: writer.add_hparams({"a": 1}, {}, "../x"),
        lambda: writer.add_custom_scalars_marginchart(["a"]),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()


def test_the_rest_of_a_writer_works(writer, tmp_path):
    assert isinstance(writer.file_writer, tensorbolt.FileWriter)
    assert writer.file_writer.get_logdir() == "run"
    writer.add_scalars("g", {"k": 1.0}, 3, 4.0)
    assert writer.scalar_dict == {"run/g_k": [[4.0, 3, 1.0]]}
    assert writer.stats()["errors"] == 0
    assert writer.stats()["dropped"] == 0
    assert writer.stats()["pending_bytes"] == 0


def test_a_directory_that_cannot_be_made_does_not_matter():
    with tensorbolt.SummaryWriter("/proc/no/such/place", write_to_disk=False) as writer:
        writer.add_scalar("s", 1)


def test_many_events_fill_no_memory(writer):
    for step in range(1000):
        writer.add_text("t", "x" * 10_000, step)
    assert writer.stats()["pending_bytes"] == 0
