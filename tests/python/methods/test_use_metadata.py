"""use_metadata: steps and times of calls that give none."""

import inspect
import json
import pickle
import threading

import numpy as np
import pytest
import torch
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import TIME, events, on_all, runs

import tensorbolt
from tensorbolt.writer._fast_path import NO_FAST_PATH

IMAGE = np.zeros((3, 9, 9), np.uint8)
# Every method that takes a time. One that is added must be here, and must ask the block for it.
WITH_TIME = {
    "add_scalar": ("t", 1.0),
    "add_scalars": ("t", {"k": 1.0}),
    "add_histogram": ("t", [1.0]),
    "add_histogram_raw": ("t", 0, 1, 1, 1, 1, [1.0], [1.0]),
    "add_histograms": ({"t": [1.0]},),
    "add_image": ("t", IMAGE),
    "add_images": ("t", IMAGE[None]),
    "add_image_with_boxes": ("t", IMAGE, [[1.0, 1, 3, 3]]),
    "add_figure": ("t",),
    "add_video": ("t", np.zeros((1, 2, 3, 4, 5))),
    "add_audio": ("t", [0.5]),
    "add_text": ("t", "x"),
    "add_pr_curve": ("t", [0, 1], [0.2, 0.8]),
    "add_pr_curve_raw": ("t", *[[1.0]] * 6),
    "add_mesh": ("t", np.zeros((1, 2, 3))),
    "add_tensor": ("t", [1.0]),
    "log": ({"t": 1.0},),
}
WITHOUT_TIME = {
    "add_hparams": ({"a": 1}, {"m": 1.0}, "run"),
    "add_custom_scalars": ({"c": {"t": ["Multiline", ["a"]]}},),
}


def places(logdir):
    """Step and time of every event of all runs."""
    return [
        (event.step, event.wall_time)
        for found in runs(logdir).values()
        for event in found
    ]


def test_every_method_that_takes_a_time_is_here():
    methods = inspect.getmembers(tensorbolt.SummaryWriter, inspect.isfunction)
    named = {
        name
        for name, method in methods
        if "walltime" in inspect.signature(method).parameters
        and not name.startswith("_")
    }
    assert named - {"use_metadata"} == set(WITH_TIME)


@pytest.mark.parametrize("name", [*WITH_TIME, *WITHOUT_TIME])
def test_every_method_takes_step_and_time_of_the_block(logdir, name):
    """Difference D16: with tensorboardX, sub-runs do not."""
    arguments = {**WITH_TIME, **WITHOUT_TIME}[name]
    if name == "add_figure":
        import matplotlib.figure

        arguments = ("t", matplotlib.figure.Figure(figsize=(1, 1)))
    with tensorbolt.SummaryWriter(logdir) as writer:
        with writer.use_metadata(global_step=7, walltime=TIME):
            getattr(writer, name)(*arguments)
        getattr(writer, name)(*arguments)
    found = places(logdir)
    half = len(found) // 2
    assert half >= 1
    assert found.count((7, TIME)) == half
    assert all(step == 0 and time > TIME for step, time in found if time != TIME)


@pytest.mark.parametrize("name", WITH_TIME)
def test_what_a_call_gives_counts(logdir, name):
    step = "step" if name in ("log", "add_histograms") else "global_step"
    arguments = WITH_TIME[name]
    if name == "add_figure":
        import matplotlib.figure

        arguments = ("t", matplotlib.figure.Figure(figsize=(1, 1)))
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        writer.use_metadata(global_step=7, walltime=TIME),
    ):
        getattr(writer, name)(*arguments, **{step: 0}, walltime=1.0)
    assert set(places(logdir)) == {(0, 1.0)}


def test_series_have_steps_and_take_the_time(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        writer.use_metadata(global_step=7, walltime=TIME),
    ):
        writer.add_scalar_series("t", [1, 2], [3, 4])
    assert places(logdir) == [(3, TIME), (4, TIME)]


def test_as_with_tensorboardx():
    def log(writer):
        with writer.use_metadata(global_step=10, walltime=TIME) as same:
            assert same is writer
            writer.add_scalar("a", 1)
            writer.add_scalar("a", 2, 20)
            writer.add_scalar("a", 3, walltime=5.0)
            writer.add_text("b", "x")
        writer.add_scalar("a", 4, 30, TIME)

    results = on_all(log, only_with=("ours", "tbx"))
    assert [str(e) for e in results["ours"]["."]] == [
        str(e) for e in results["tbx"]["."]
    ]


def test_a_step_alone_leaves_the_time(logdir):
    """Difference D16: tensorboardX writes time 0."""
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        writer.use_metadata(global_step=torch.tensor(7)),
    ):
        writer.add_scalar("a", 1)
    ((step, time),) = places(logdir)
    assert step == 7
    assert time > TIME
    theirs = on_all(_with_a_step_alone, only_with=("tbx",))["tbx"]
    assert theirs["."][0].wall_time == 0


def _with_a_step_alone(writer):
    with writer.use_metadata(global_step=7):
        writer.add_scalar("a", 1)


def test_an_exception_ends_it(logdir):
    """Difference D16: with tensorboardX it stays for ever."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(ZeroDivisionError), writer.use_metadata(global_step=7):
            raise ZeroDivisionError
        writer.add_scalar("a", 1)
        assert writer._fast is not NO_FAST_PATH
    assert [step for step, _ in places(logdir)] == [0]


def test_blocks_are_nested(logdir):
    """Difference D16: tensorboardX refuses."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        with writer.use_metadata(global_step=7, walltime=TIME):
            with writer.use_metadata(global_step=8):
                writer.add_scalar("a", 1)
                with writer.use_metadata(walltime=5.0):
                    writer.add_scalar("a", 1)
            writer.add_scalar("a", 1)
        writer.add_scalar("a", 1, 9, 6.0)
    assert places(logdir) == [(8, TIME), (8, 5.0), (7, TIME), (9, 6.0)]


def test_blocks_of_two_threads_end_in_any_order(logdir):
    entered, left = threading.Event(), threading.Event()

    def other():
        with writer.use_metadata(global_step=8):
            entered.set()
            left.wait(60)

    with tensorbolt.SummaryWriter(logdir) as writer:
        thread = threading.Thread(target=other)
        with writer.use_metadata(global_step=7):
            thread.start()
            entered.wait(60)
            writer.add_scalar("a", 1)  # a block is for all threads
        writer.add_scalar("a", 1)
        left.set()
        thread.join()
        writer.add_scalar("a", 1)
    assert [step for step, _ in places(logdir)] == [8, 8, 0]


def test_what_it_returns_can_be_used_again_and_later(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        at_seven = writer.use_metadata(global_step=7)

        @writer.use_metadata(global_step=8)
        def log():
            writer.add_scalar("a", 1)

        log()
        log()
        writer.add_scalar("a", 1)
        with at_seven:
            writer.add_scalar("a", 1)
    assert [step for step, _ in places(logdir)] == [8, 8, 0, 7]


def test_file_writers(logdir):
    writer = tensorbolt.FileWriter(logdir)
    summary, event = Summary(), Event(step=3)
    summary.value.add(tag="t", simple_value=1)
    with writer.use_metadata(global_step=7, walltime=TIME) as same:
        assert same is writer
        writer.add_summary(summary)
        writer.add_summary(summary, 0, 5.0)
        writer.add_event(event)
        writer.add_event(event, 9, 5.0)
    writer.add_event(event, walltime=6.0)
    writer.close()
    assert places(logdir) == [(7, TIME), (0, 5.0), (7, TIME), (9, 5.0), (9, 6.0)]


def test_the_files_of_a_writer_share_its_blocks(logdir):
    summary = Summary()
    summary.value.add(tag="t", simple_value=1)
    with tensorbolt.SummaryWriter(logdir) as writer:
        with writer.use_metadata(global_step=7, walltime=TIME):
            writer.file_writer.add_summary(summary)
        with writer.file_writer.use_metadata(global_step=8, walltime=TIME):
            writer.add_scalar("t", 1)
            writer.add_scalars("g", {"k": 1})
        writer.add_scalar("t", 1, 9, TIME)
    assert [event.step for event in events(logdir)] == [7, 8, 9]
    assert [event.step for event in events(f"{logdir}/g_k")] == [8]


def test_it_holds_after_close_and_comes_before_auto_step(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        writer.add_scalar("a", 1)
        with writer.use_metadata(global_step=7):
            writer.add_scalar("a", 1)
            writer.close()
            writer.add_scalar("a", 1)
            assert writer._fast is NO_FAST_PATH
        writer.add_scalar("a", 1)
    assert [step for step, _ in places(logdir)] == [0, 7, 7, 1]


def test_a_copy_is_outside_the_block(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        writer.use_metadata(global_step=7),
        pickle.loads(pickle.dumps(writer)) as other,
    ):
        other.add_scalar("a", 1)
    assert [step for step, _ in places(logdir)] == [0]


def test_json_has_the_step_of_the_block(logdir, tmp_path):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with writer.use_metadata(global_step=7, walltime=TIME):
            writer.add_scalars("g", {"k": 1})
        writer.export_scalars_to_json(tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text()) == {
        f"{logdir}/g_k": [[TIME, 7, 1.0]]
    }


@pytest.mark.parametrize("kind", [tensorbolt.SummaryWriter, tensorbolt.FileWriter])
def test_wrong_blocks_fail_in_the_call(logdir, kind):
    writer = kind(logdir)
    for keywords, error in (
        ({}, ValueError),
        ({"global_step": "abc"}, ValueError),
        ({"global_step": [1]}, TypeError),
        ({"walltime": "now"}, TypeError),
        ({"walltime": float("nan")}, ValueError),
    ):
        with pytest.raises(error, match=next(iter(keywords), "at least one")):
            writer.use_metadata(**keywords)
    with pytest.raises(TypeError):
        writer.use_metadata(7)
    writer.close()
