"""GlobalSummaryWriter: steps that count up by themselves, in one file that is always the same."""

import copy
import inspect
import logging
import os
import pickle

import numpy as np
import pytest
import tensorboardX
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import (
    event_files,
    events,
    message,
    records,
    scalars,
    values,
)

import tensorbolt
from tensorbolt import global_writer

IMAGE = np.zeros((3, 40, 40), np.uint8)


@pytest.fixture
def writer(logdir):
    with tensorbolt.GlobalSummaryWriter(logdir) as writer:
        yield writer


def steps(logdir):
    """For each tag and kind its steps, in the order of the file."""
    found = {}
    for tag, step, value in values(logdir):
        found.setdefault((tag, value.WhichOneof("value")), []).append(step)
    return found


def test_the_messages_are_those_of_tensorboardx(tmp_path):
    """Value for value, with the same steps; tensorboardX cleans tags, so these are clean."""
    found = {}
    for name, kind in (
        ("ours", tensorbolt.GlobalSummaryWriter),
        ("theirs", tensorboardX.GlobalSummaryWriter),
    ):
        writer = kind(str(tmp_path / name))
        for number in range(3):
            writer.add_scalar("a", number, 10.0 + number)
            writer.add_scalar("b", number, walltime=5.0)
            writer.add_text("a", f"text {number}", 7.0)
        writer.close()
        found[name] = [message(event) for event in events(tmp_path / name)]
    assert found["ours"] == found["theirs"]


def test_images_are_those_of_summary_writer(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    with tensorbolt.GlobalSummaryWriter(tmp_path / "a") as writer:
        for _ in range(3):
            writer.add_image("i", image, 3.0, "HWC")
    with tensorbolt.SummaryWriter(tmp_path / "b") as writer:
        for step in range(3):
            writer.add_image("i", image, step, 3.0, "HWC")
    assert events(tmp_path / "a") == events(tmp_path / "b")


OTHERS = {
    "add_histogram": ([1.0, 2.0],),
    "add_histogram_raw": (0, 1, 1, 1, 1, [1.0], [1.0]),
    "add_images": (IMAGE[None],),
    "add_image_with_boxes": (IMAGE, [[1, 1, 3, 3]]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_methods_count_as_well(writer, logdir, name):
    method = getattr(writer, name)
    for _ in range(2):
        method("t", *OTHERS[name])
    method("t", *OTHERS[name], walltime=3.0)
    writer.flush()
    assert [step for _, step, _ in values(logdir)] == [0, 1, 2]
    assert events(logdir)[2].wall_time == 3.0


def test_positions_behind_the_step_move_up(writer, logdir):
    writer.add_histogram("h", [1.0, 2.0], 2, 4.0)
    writer.flush()
    (event,) = events(logdir)
    assert event.wall_time == 4.0
    assert len(event.summary.value[0].histo.bucket) == 3


def test_there_is_no_global_step(writer, logdir):
    for name, arguments in {
        **OTHERS,
        "add_scalar": (1,),
        "add_image": (IMAGE,),
        "add_text": ("x",),
    }.items():
        assert "global_step" not in inspect.signature(getattr(writer, name)).parameters
        with pytest.raises(TypeError, match="global_step"):
            getattr(writer, name)("t", *arguments, global_step=3)
    for name in ("add_scalars", "add_hparams", "add_embedding"):
        assert not hasattr(writer, name)
    assert events(logdir) == []


def test_what_is_refused_uses_up_no_step(writer, logdir):
    for _ in range(2):
        writer.add_image("i", IMAGE)
        writer.add_scalar("i", 1)
        for call in (
            lambda: writer.add_image("i", np.zeros((9, 9, 9))),
            lambda: writer.add_scalar("i", "x"),
            lambda: writer.add_text("i", None),
            lambda: writer.add_scalar(None, 1),
        ):
            with pytest.raises((TypeError, ValueError)):
                call()
    writer.flush()
    assert list(steps(logdir).values()) == [[0, 1], [0, 1]]


def test_a_step_that_is_given_below_is_kept(writer, logdir):
    """Frameworks reach for the writer inside."""
    writer.smw.add_scalar("a", 1, 10)
    writer.add_scalar("a", 1)
    writer.file_writer.add_summary(
        Summary(value=[Summary.Value(tag="a", simple_value=1)]), 20
    )
    writer.add_scalar("a", 1)
    writer.flush()
    assert [step for _, step, _ in scalars(logdir)] == [10, 11, 20, 21]


def test_long_tags_and_long_events(writer, logdir):
    long, copied = "x" * 5000, pickle.loads(pickle.dumps(writer))
    for each in (writer, copied) * 3:
        each.add_scalar(long, 1)
        each.add_text("t", "y" * 300_000)
    copied.close()
    assert list(steps(logdir).values()) == [list(range(6))] * 2


def test_after_close_it_goes_on_in_the_same_file(writer, logdir):
    writer.add_scalar("a", 1)
    writer.close()
    writer.close()
    writer.add_scalar("a", 1)
    writer.file_writer.reopen()
    writer.add_scalar("a", 1)
    assert [step for _, step, _ in scalars(logdir)] == [0, 1, 2]
    assert len(event_files(logdir)) == 1


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))]
)
def test_copies_write_the_same_file(writer, logdir, duplicate, tmp_path, monkeypatch):
    writer.add_scalar("a", 1)
    with duplicate(writer) as other:
        monkeypatch.chdir(tmp_path)
        other.add_scalar("a", 1)
        writer.add_scalar("a", 1)
        other.add_scalar("a", 1)
    assert [step for _, step, _ in scalars(logdir)] == [0, 1, 2, 3]
    assert len(event_files(logdir)) == 1


def test_a_relative_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tensorbolt.GlobalSummaryWriter("run") as writer:
        state = pickle.dumps(writer)
        monkeypatch.chdir("/")
        with pickle.loads(state) as other:
            other.add_scalar("a", 1)
    assert scalars(tmp_path / "run") == [("a", 0, 1.0)]


def test_what_the_constructor_takes(tmp_path):
    theirs = inspect.signature(tensorboardX.GlobalSummaryWriter).parameters
    ours = inspect.signature(tensorbolt.GlobalSummaryWriter).parameters
    assert list(theirs)[:-1] == list(ours)[:-1]
    with tensorbolt.GlobalSummaryWriter(
        log_dir=tmp_path / "a", purge_step=5, filename_suffix=".x", coalesce_process=True, max_buffer=2**20,
    ) as writer:  # fmt: skip
        writer.add_scalar("a", 1)
        assert writer.get_logdir() == tmp_path / "a"
        assert isinstance(writer.smw, tensorbolt.SummaryWriter)
        assert writer.file_writer is writer.smw.file_writer
    (path,) = event_files(tmp_path / "a")
    assert path.name.endswith(".x")
    assert [event.step for event in records(path)][-2:] == [5, 0]
    for options in ({"no_such": 1}, {"auto_step": True}):
        with pytest.raises(TypeError, match=next(iter(options))):
            tensorbolt.GlobalSummaryWriter(tmp_path / "b", **options)
    assert not (tmp_path / "b").exists()


def test_nothing_is_written_without_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tensorbolt.GlobalSummaryWriter("run", write_to_disk=False) as writer:
        writer.add_scalar("a", 1)
        writer.add_image("a", IMAGE)
        pickle.loads(pickle.dumps(writer)).add_text("a", "x")
    assert os.listdir(tmp_path) == []


def test_the_writer_of_the_program(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(global_writer, "_singleton", {})
    caplog.set_level(logging.INFO, "tensorbolt")
    first = tensorbolt.GlobalSummaryWriter.getSummaryWriter()
    assert tensorbolt.GlobalSummaryWriter.getSummaryWriter() is first
    assert first.get_logdir() in caplog.text
    first.add_scalar("a", 1)
    first.close()
    assert tensorbolt.GlobalSummaryWriter.getSummaryWriter() is first
    first.add_scalar("a", 1)
    assert [step for _, step, _ in scalars(tmp_path / first.get_logdir())] == [0, 1]
    first.close()
