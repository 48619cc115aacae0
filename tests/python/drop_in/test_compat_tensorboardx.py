"""The writers of the facade name things as tensorboardX does."""

import logging
import pickle

import numpy as np
import pytest
import tensorboardX
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import runs

from tensorbolt.compat import tensorboardx

WRITERS = {"ours": tensorboardx, "tbx": tensorboardX}
TAG = "/a b/c:d"
CALLS = {
    "add_scalar": lambda w: w.add_scalar(TAG, 1.5, 3),
    "add_histogram": lambda w: w.add_histogram(TAG, np.arange(9.0)),
    "add_histogram_raw": lambda w: w.add_histogram_raw(
        TAG, 0, 1, 2, 1, 1, [1.0, 2.0], [1, 1]
    ),
    "add_text": lambda w: w.add_text(TAG, "text"),
    "add_pr_curve": lambda w: w.add_pr_curve(
        TAG, np.array([0, 1]), np.array([0.25, 0.75])
    ),
    "add_scalars": lambda w: w.add_scalars("run/14h x", {"b/c": 1.0, "d e": 2.0}, 5),
    "add_custom_scalars": lambda w: w.add_custom_scalars(
        {"a": {"b": ["Multiline", ["c d"]]}}
    ),
}  # fmt: skip
# Whose messages differ as those of tensorbolt.SummaryWriter do; see docs/differences.md.
IMAGES = {
    "add_scalar by name": lambda w: w.add_scalar(
        tag=TAG, scalar_value=1.5, display_name="x y", summary_description="z"
    ),
    "add_mesh": lambda w: w.add_mesh(TAG, np.zeros((1, 3, 3))),
    "add_image": lambda w: w.add_image(TAG, np.zeros((3, 4, 4), np.uint8)),
    "add_images": lambda w: w.add_images(TAG, np.zeros((2, 3, 4, 4), np.uint8)),
    "add_image_with_boxes": lambda w: w.add_image_with_boxes(
        TAG, np.zeros((3, 9, 9), np.uint8), np.array([[1, 1, 5, 5]])
    ),
    "add_audio": lambda w: w.add_audio(TAG, np.zeros(9)),
}


def written(package, call, root):
    with package.SummaryWriter(str(root)) as writer:
        call(writer)
    found = runs(root)
    for events in found.values():
        for event in events:
            event.wall_time = 0
    return found


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_same_events(call, tmp_path):
    ours, theirs = (written(p, call, tmp_path / n) for n, p in WRITERS.items())
    assert ours == theirs


@pytest.mark.parametrize("call", IMAGES.values(), ids=IMAGES)
def test_the_same_tags(call, tmp_path):
    found = [
        [v.tag for e in written(p, call, tmp_path / n)["."] for v in e.summary.value]
        for n, p in WRITERS.items()
    ]
    assert found[0] == found[1]
    assert found[0]


@given(st.text())
def test_tags_are_cleaned_as_in_tensorboardx(tag):
    from tensorbolt.compat.tensorboardx._tags import clean_tag

    try:
        tag.encode()
    except UnicodeEncodeError:
        with pytest.raises(ValueError, match="surrogates"):
            clean_tag(tag)
    else:
        assert clean_tag(tag) == tensorboardX.summary._clean_tag(tag)


def test_a_cleaned_tag_is_told(tmp_path, caplog):
    caplog.set_level(logging.INFO, "tensorboardX.summary")
    with tensorboardx.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("fine", 1)
        assert not caplog.records
        writer.add_scalar("not fine", 1)
    assert "not_fine" in caplog.text


def test_scalars_of_hyperparameters_are_cleaned(tmp_path):
    def call(writer):
        writer.add_hparams({"a b": 1}, {"/x y": 2.0, "fine": 3}, "row", 5)

    ours, theirs = (written(p, call, tmp_path / n) for n, p in WRITERS.items())
    found = [
        [
            (value.tag, value.simple_value, event.step)
            for event in runs["row"]
            for value in event.summary.value
            if value.HasField("simple_value")
        ]
        for runs in (ours, theirs)
    ]
    assert found[0] == found[1] == [("x_y", 2.0, 5), ("fine", 3.0, 5)]
    # Declared by the names they were given, as there.
    mine, other = (p.summary.hparams({"a b": 1}, {"x y": 2}) for p in WRITERS.values())
    assert mine == other


@pytest.mark.parametrize(("main_tag", "key"), [("..", "a"), ("a", "../b"), ("a", "\0")])
def test_no_curve_leaves_the_log_directory(tmp_path, main_tag, key):
    with (
        tensorboardx.SummaryWriter(str(tmp_path)) as writer,
        pytest.raises(ValueError, match="outside"),
    ):
        writer.add_scalars(main_tag, {key: 1.0})


def test_a_curve_of_an_absolute_name_stays_inside(tmp_path):
    with tensorboardx.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalars("/x", {"/a": 1.0})
    assert sorted(runs(tmp_path)) == [".", "x/a"]


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_graph_has_the_tag_of_tensorboardx(tmp_path):
    import torch

    def call(writer):
        writer.add_graph(torch.nn.Linear(2, 1), torch.zeros(1, 2))

    ours, theirs = (written(p, call, tmp_path / n) for n, p in WRITERS.items())
    tags = [[e.tagged_run_metadata.tag for e in found["."]] for found in (ours, theirs)]
    assert "profiler" in tags[0]
    assert set(tags[0]) == set(tags[1])


@pytest.mark.parametrize("write_to_disk", [True, False])
def test_the_files_are_of_the_facade(tmp_path, write_to_disk):
    from tensorbolt.compat.tensorboardx.writer import DummyFileWriter, FileWriter

    with tensorboardx.SummaryWriter(
        str(tmp_path / "run"), write_to_disk=write_to_disk
    ) as writer:
        assert isinstance(writer.file_writer, FileWriter)
        assert isinstance(writer.file_writer, DummyFileWriter) != write_to_disk
        assert (tmp_path / "run").exists() == write_to_disk
        copy = pickle.loads(pickle.dumps(writer))
        assert type(copy) is tensorboardx.SummaryWriter
        copy.close()


def test_the_global_writer_cleans(tmp_path):
    writer = tensorboardx.GlobalSummaryWriter(str(tmp_path))
    writer.add_scalar("a b", 1)
    writer.add_scalar("a b", 2)
    writer.close()
    found = [(v.tag, e.step) for e in runs(tmp_path)["."] for v in e.summary.value]
    assert found == [("a_b", 0), ("a_b", 1)]


def test_images_of_an_embedding_are_square(tmp_path):
    points, tall = np.eye(3), np.zeros((3, 1, 4, 2))
    with (
        tensorboardX.SummaryWriter(str(tmp_path / "theirs")) as theirs,
        pytest.raises(AssertionError),
    ):
        theirs.add_embedding(points, label_img=tall)
    with tensorboardx.SummaryWriter(tmp_path / "ours") as ours:
        with pytest.raises(AssertionError, match="not 2×4"):
            ours.add_embedding(points, label_img=tall)
        assert not (tmp_path / "ours" / "projector_config.pbtxt").exists()
        ours.add_embedding(points, label_img=tall[:, :, :2])
    assert (tmp_path / "ours" / "00000" / "default" / "sprite.png").exists()


def test_torchvis_passes_calls_on(tmp_path):
    vis = tensorboardx.TorchVis(tensorboard={"logdir": str(tmp_path)})
    vis.add_scalar("a", 1)
    vis.unregister("tensorboard")
    with pytest.raises(AttributeError, match="add_scalar"):
        vis.add_scalar("a", 1)
    with pytest.raises(ValueError, match="visdom"):
        tensorboardx.TorchVis("visdom")
    assert len(runs(tmp_path)["."]) == 1


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_checksums(first, second):
    from tensorbolt.compat.tensorboardx import crc32c as ours

    theirs = tensorboardX.crc32c
    assert ours.crc32c(first) == theirs._crc32c(first)
    crc = theirs.crc_update(0, first)
    assert ours.crc_update(crc, second) == theirs.crc_update(crc, second)
    assert ours.crc_finalize(2**40 + 1) == theirs.crc_finalize(2**40 + 1)
