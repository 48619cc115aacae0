"""Functions of the facades return what those of the reference writers do."""

import importlib
import io
import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tests.python.support.helpers import python

MODULES = {
    "torch": ("tensorbolt.compat.torch", "torch.utils.tensorboard"),
    "tbx": ("tensorbolt.compat.tensorboardx", "tensorboardX"),
}
EDGES = [-1.0, 0.0, 0.5, 2.0]
both = pytest.mark.parametrize("kind", MODULES)


def pair(kind, name):
    return [importlib.import_module(f"{package}.{name}") for package in MODULES[kind]]


def the_same(kind, call):
    ours, theirs = (call(module) for module in pair(kind, "summary"))
    assert type(ours).DESCRIPTOR.full_name == type(theirs).DESCRIPTOR.full_name
    assert ours == theirs


@both
@given(name=st.text("ab /[", max_size=5), value=st.floats(width=32, allow_nan=False))
def test_scalar(kind, name, value):
    the_same(kind, lambda s: s.scalar(name, value))


@both
@given(
    values=arrays.arrays(
        np.float64, st.integers(1, 20), elements=st.floats(-1, 2, width=16)
    )
)
def test_histogram(kind, values):
    values = values + 0.0  # the sign of zero is not kept
    the_same(kind, lambda s: s.histogram("a b", values, EDGES))
    the_same(kind, lambda s: s.make_histogram(values, EDGES))


@both
def test_other_summaries(kind):
    the_same(kind, lambda s: s.histogram_raw("a b", 0, 1, 2, 1, 1, [1.0, 2.0], [1, 1]))
    the_same(kind, lambda s: s.text("a b", "c"))
    the_same(kind, lambda s: s.custom_scalars({"a": {"b": ["Margin", list("cde")]}}))
    labels, scores = np.array([0, 1, 1]), np.array([0.25, 0.5, 0.75])
    the_same(kind, lambda s: s.pr_curve("a b", labels, scores))


@both
def test_hparams(kind):
    values, metrics = {"lr": 0.5, "name": "x"}, {"accuracy": None}
    # Parsed: protobuf writes the entries of a map in any order.
    ours, theirs = (
        [
            (
                value.tag,
                HParamsPluginData.FromString(value.metadata.plugin_data.content),
            )
            for summary in module.hparams(values, metrics)
            for value in summary.value
        ]
        for module in pair(kind, "summary")
    )
    assert len(ours) == 3
    assert ours == theirs


def pixels(image):
    return np.asarray(Image.open(io.BytesIO(image.encoded_image_string)))


@both
def test_images(kind):
    batch = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    calls = [
        lambda s: s.image("a b", batch, dataformats="NCHW").value[0].image,
        lambda s: s.make_image(batch[0].transpose(1, 2, 0)),
        lambda s: s.image_boxes("a", batch[0], np.array([[1, 1, 3, 2]])).value[0].image,
    ]
    for call in calls[:2]:
        ours, theirs = (call(module) for module in pair(kind, "summary"))
        assert (pixels(ours) == pixels(theirs)).all()
        assert (ours.height, ours.width) == (theirs.height, theirs.width)
    ours, theirs = (calls[2](module) for module in pair(kind, "summary"))
    assert pixels(ours).shape == pixels(theirs).shape


@both
def test_the_size_of_a_image_changes(kind):
    summary, _ = pair(kind, "summary")
    value = summary.image("a b", np.zeros((3, 4, 6)), 2, "CHW").value[0]
    assert pixels(value.image).shape[:2] == (8, 12)
    assert value.tag == ("a b" if kind == "torch" else "a_b")


@both
def test_draw_boxes(kind):
    summary, _ = pair(kind, "summary")
    drawn = summary.draw_boxes(Image.new("RGB", (20, 20)), np.array([[2, 2, 9, 9]]))
    assert (np.asarray(drawn) != 0).any()


@both
@given(
    count=st.integers(1, 9), channels=st.sampled_from([1, 3]), columns=st.integers(1, 4)
)
def test_grids(kind, count, channels, columns):
    ours, theirs = pair(kind, "_utils" if kind == "torch" else "utils")
    batch = np.random.default_rng(0).random((count, channels, 3, 2))
    assert (ours.make_grid(batch, columns) == theirs.make_grid(batch, columns)).all()
    videos = (batch[:, np.newaxis] * 255).astype(np.uint8)
    try:
        expected = theirs._prepare_video(videos)
    except TypeError as error:
        # torch 2.6 names an argument that numpy no longer has.
        if "newshape" not in str(error):
            raise
    else:
        assert np.array_equal(ours._prepare_video(videos), expected)
    for layout in ("NCHW", "cnwh"):
        found = [
            module.convert_to_HWC(
                batch.transpose(["NCHW".index(x) for x in layout.upper()]), layout
            )
            for module in (ours, theirs)
        ]
        assert np.array_equal(*found)


@both
@given(data=st.data(), size=st.integers(1, 30), thresholds=st.integers(2, 50))
def test_curve(kind, data, size, thresholds):
    ours, theirs = pair(kind, "summary")
    labels = data.draw(arrays.arrays(np.int64, size, elements=st.integers(0, 1)))
    scores = data.draw(arrays.arrays(np.float64, size, elements=st.floats(0, 1)))
    found = [m.compute_curve(labels, scores, thresholds) for m in (ours, theirs)]
    np.testing.assert_allclose(*found, rtol=1e-12)


@both
def test_projector_files(kind, tmp_path):
    import torch

    for place, module in zip(
        "ab", pair(kind, "_embedding" if kind == "torch" else "embedding"), strict=True
    ):
        directory = tmp_path / place
        directory.mkdir()
        module.make_mat(torch.tensor([[0.5, 1.0], [2.0, 3.0]]), str(directory))
        module.make_tsv(["x", "y"], str(directory))
        module.make_sprite(torch.arange(36).reshape(3, 3, 2, 2) / 36, str(directory))
        if kind == "tbx":
            module.append_pbtxt(
                ["x"], torch.zeros(1, 3, 2, 2), str(directory), "s", 1, "t"
            )
        else:
            info = module.get_embedding_info(
                ["x"], torch.zeros(1, 3, 2, 2), "s", 1, "t"
            )
            module.write_pbtxt(str(directory), str(info))
    for file in (tmp_path / "b").iterdir():
        mine = tmp_path / "a" / file.name
        if file.suffix == ".png":
            difference = np.asarray(Image.open(mine)) - np.float64(Image.open(file))
            assert np.abs(difference[:2]).max() <= 1
        else:
            assert mine.read_bytes() == file.read_bytes()


def test_without_protobuf():
    done = python(
        """
        import sys
        sys.modules.update(dict.fromkeys(("tensorboard", "tensorboardX", "google.protobuf")))
        from tensorbolt.compat.torch import summary
        print(summary.scalar("a", 1.0).SerializeToString())
        print(len(summary.hparams({"a": 1}, {"b": 1})))
        """
    )
    assert "a" in done.stdout


@both
def test_make_np(kind, monkeypatch):
    import torch

    ours, theirs = pair(kind, "_convert_np" if kind == "torch" else "x2num")
    for value in (np.ones(3), 2.5, torch.ones(2, 3, requires_grad=True)):
        found = ours.make_np(value)
        assert found.shape == theirs.make_np(value).shape
        assert (found == theirs.make_np(value)).all()
    half = torch.full((2,), 1e30, dtype=torch.bfloat16)
    assert ours.make_np(half).dtype == np.float32
    with pytest.raises(TypeError, match="x must be"):
        ours.make_np({})
    with pytest.raises(ValueError, match="meta"):
        ours.make_np(torch.ones(2, device="meta"))
    logged = []
    # Not through handlers: other tests silence all loggers of tensorboardX.
    logger = logging.getLogger("tensorboardX.x2num")
    monkeypatch.setattr(logger, "warning", logged.append)
    ours.make_np(np.array([np.nan]))
    assert logged == (["NaN or Inf found in input tensor."] if kind == "tbx" else [])


def test_a_mesh_has_no_title():
    summary, _ = pair("torch", "summary")
    points = np.zeros((1, 3, 3))
    assert len(summary.mesh("a", points, None, None, None).value) == 1
    with pytest.raises(ValueError, match="display_name"):
        summary.mesh("a", points, None, None, None, display_name="b")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_graphs():
    import torch

    ours, theirs = pair("torch", "_pytorch_graph")
    model, data = torch.nn.Linear(2, 1), torch.zeros(1, 2)
    (graph, run), (expected, its_run) = (
        module.graph(model, data) for module in (ours, theirs)
    )
    assert type(graph) is type(expected)
    assert {node.op for node in graph.node} == {node.op for node in expected.node}
    assert run == its_run
    ours, theirs = pair("torch", "_proto_graph")
    node = ("a", "op", ["b"], None, None, [1, 2], "text")
    assert ours.node_proto(*node) == theirs.node_proto(*node)


def test_half_numbers():
    ours, theirs = pair("torch", "summary")
    assert ours.half_to_int(0.5) == theirs.half_to_int(0.5)
    assert ours.int_to_half(ours.half_to_int(0.5)) == 0.5
