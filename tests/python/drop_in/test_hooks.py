"""Other tools replace a step on the way of events, by assignment, subclass or patch, and meet every event there."""

import time
from unittest import mock

import numpy as np
import pytest
import torch
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import TIME, events, message, runs, scalars, values

import tensorbolt
from tensorbolt import file_writer
from tensorbolt.compat.tensorboardx import writer as tensorboardx_writer
from tensorbolt.compat.torch import writer as torch_writer
from tensorbolt.writer._fast_path import NO_FAST_PATH

FileWriter = tensorbolt.FileWriter


def log_everything(writer):
    """A call of every kind, with steps from 1 on."""
    image = np.zeros((3, 4, 4), np.uint8)
    calls = {
        "scalar": lambda **k: writer.add_scalar("scalar", 0.5, **k),
        "new": lambda **k: writer.add_scalar("new", 0.5, new_style=True, **k),
        "titled": lambda **k: writer.add_scalar("titled", 1, display_name="t", **k),
        "group": lambda **k: writer.add_scalars("group", {"a": 1}, **k),
        "histogram": lambda **k: writer.add_histogram("histogram", np.arange(9), **k),
        "image": lambda **k: writer.add_image("image", image, **k),
        "images": lambda **k: writer.add_images("images", image[None], **k),
        "video": lambda **k: writer.add_video("video", image[None, None], **k),
        "audio": lambda **k: writer.add_audio("audio", np.zeros(8), **k),
        "text": lambda **k: writer.add_text("text", "words", **k),
        "tensor": lambda **k: writer.add_tensor("tensor", torch.arange(3), **k),
        "mesh": lambda **k: writer.add_mesh("mesh", np.zeros((1, 3, 3)), **k),
        "curve": lambda **k: writer.add_pr_curve("curve", [0, 1], [0.1, 0.9], **k),
    }
    for step, call in enumerate(calls.values(), 1):
        call(global_step=step, walltime=TIME + step)
    writer.log({"mapping": {"a": 1, "b": 2}}, 20, TIME)
    writer.add_scalar_series("series", [1, 2], [21, 22], [TIME, TIME])
    writer.add_graph(torch.nn.Linear(2, 2), torch.zeros(1, 2))
    writer.add_hparams({"lr": 0.1}, {"metric": 1}, run_name="row")
    writer.add_custom_scalars({"c": {"t": ["Multiline", ["scalar"]]}})
    return set(calls)


def comparable(event):
    """Text of an event without a time that the call did not say."""
    copy = Event.FromString(event.SerializeToString())
    if abs(copy.wall_time - time.time()) < 1e6:
        copy.wall_time = 0
    for value in copy.summary.value:
        if value.tag.startswith("_hparams_"):
            value.metadata.plugin_data.content = b""
    return message(copy)


def test_every_event_meets_a_replaced_add_event_on_the_class(tmp_path, monkeypatch):
    with tensorbolt.SummaryWriter(tmp_path / "plain") as writer:
        log_everything(writer)
    met = []

    def add_event(self, event, step=None, walltime=None):
        met.append((self.get_logdir(), event, step, walltime))
        original(self, event, step, walltime)

    original = FileWriter.add_event
    monkeypatch.setattr(FileWriter, "add_event", add_event)
    with tensorbolt.SummaryWriter(tmp_path / "hooked") as writer:
        tags = log_everything(writer)
        # All of them before the writer is flushed.
        found = {value.tag for _, event, *_ in met for value in event.summary.value}
        assert {tag.split("/")[0] for tag in found} >= tags - {"mesh"}
    for _, event, step, walltime in met:
        assert isinstance(event, Event)
        assert (event.step, event.wall_time) == (step, walltime)
    plain, hooked = runs(tmp_path / "plain"), runs(tmp_path / "hooked")
    assert sorted(plain) == sorted(hooked)
    for run in plain:
        assert sorted(map(comparable, plain[run])) == sorted(
            map(comparable, hooked[run])
        )
    assert len(met) == sum(map(len, hooked.values()))


def test_replacing_and_restoring_while_a_file_is_open(logdir, monkeypatch):
    met = []
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 1)
        with monkeypatch.context() as patch:
            patch.setattr(
                FileWriter, "add_event", lambda _, event, *__: met.append(event.step)
            )
            writer.add_scalar("s", 2, 2)
            writer.add_image("i", np.zeros((1, 2, 2)), 3)
        writer.add_scalar("s", 4, 4)
    assert met == [2, 3]
    assert [step for _, step, _ in scalars(logdir)] == [1, 4]


def test_images_on_their_way_are_not_overtaken(logdir):
    image = np.random.default_rng(0).random((3, 400, 400))
    with tensorbolt.SummaryWriter(logdir, image_compression="high") as writer:
        for step in range(4):
            writer.add_image("i", image, step)
        writer.add_observer(lambda *_: None)
        writer.add_image("i", image[:, :2, :2], 4)
    assert [step for _, step, _ in values(logdir)] == list(range(5))


def test_add_event_of_one_object(logdir):
    met = []
    with tensorbolt.SummaryWriter(logdir) as writer:
        file = writer.file_writer
        original = file.add_event

        def add_event(event, step=None, walltime=None):
            met.append(event.summary.value[0].tag)
            original(event, step, walltime)

        file.add_event = add_event
        writer.add_scalar("s", 1)
        writer.add_scalars("g", {"a": 1})
        del file.add_event
        writer.add_scalar("s", 2)
    assert met == ["s"]
    assert len(scalars(logdir)) == 2


def test_patching_by_dotted_name(logdir):
    with (
        mock.patch("tensorbolt.FileWriter.add_event", autospec=True) as replaced,
        tensorbolt.SummaryWriter(logdir) as writer,
    ):
        writer.add_scalar("s", 0.5, 7)
        ((_, event, step, _), _) = replaced.call_args
        assert (event.summary.value[0].simple_value, step) == (0.5, 7)
    assert scalars(logdir) == []
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1)
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_replaced_add_summary_meets_summaries(logdir, monkeypatch):
    met = []
    original = FileWriter.add_summary

    def add_summary(self, summary, global_step=None, walltime=None):
        met.append((type(summary), summary.value[0].tag, global_step))
        original(self, summary, global_step, walltime)

    monkeypatch.setattr(FileWriter, "add_summary", add_summary)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 2, TIME)
        writer.add_image("i", np.zeros((1, 2, 2)), 3)
        writer.add_graph(torch.nn.Linear(2, 2), torch.zeros(1, 2))
    assert met == [(Summary, "s", 2), (Summary, "i", 3)]
    found = events(logdir)
    assert [event.step for event in found[:3]] == [2, 3, 0]
    assert found[0].wall_time == TIME
    assert found[2].graph_def


def test_both_replaced_are_called_in_turn(logdir, monkeypatch):
    met = []

    def also(name):
        original = getattr(FileWriter, name)

        def method(self, *arguments, **keywords):
            met.append(name)
            return original(self, *arguments, **keywords)

        monkeypatch.setattr(FileWriter, name, method)

    also("add_event")
    also("add_summary")
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_histogram("h", [1, 2])
        assert met == ["add_summary", "add_event"]
        writer.file_writer.add_summary(
            Summary(value=[Summary.Value(tag="s", simple_value=1)]), 3
        )
    assert met == ["add_summary", "add_event"] * 2
    assert [step for _, step, _ in values(logdir)] == [0, 3]


def test_failures_of_a_replacement_are_the_callers(logdir):
    calls = []

    def add_event(*_):
        calls.append(1)
        raise OSError("not today")

    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.file_writer.add_event = add_event
        with pytest.raises(OSError, match="not today"):
            writer.add_scalar("s", 1)
    assert calls == [1]


@pytest.mark.parametrize("module", [file_writer, torch_writer, tensorboardx_writer])
def test_the_name_of_the_event_file_writer(logdir, monkeypatch, module):
    found = []

    class Watching(module.EventFileWriter):
        def __init__(self, logdir, *arguments, **keywords):
            found.append(logdir)
            super().__init__(logdir, *arguments, **keywords)

    monkeypatch.setattr(module, "EventFileWriter", Watching)
    with module.__dict__.get("SummaryWriter", tensorbolt.SummaryWriter)(
        logdir
    ) as writer:
        writer.add_scalar("s", 1)
        writer.add_scalars("g", {"a": 1})
        assert type(writer.file_writer.event_writer) is Watching
    # tensorboardX's sub-runs are directories of their own.
    nested = module is tensorboardx_writer
    assert found == [logdir, f"{logdir}/g/a" if nested else f"{logdir}/g_a"]
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_an_event_file_writer_that_meets_events(logdir, monkeypatch):
    met = []

    class Own(file_writer.EventFileWriter):
        def add_event(self, event):
            met.append(event.step)
            super().add_event(event)

    monkeypatch.setattr(torch_writer, "EventFileWriter", Own)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 5)
        writer.add_text("t", "x", 6)
    assert met == [5, 6]
    assert [step for _, step, _ in values(logdir)] == [5, 6]


def test_an_event_file_writer_of_somebody_else(logdir, monkeypatch):
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    monkeypatch.setattr(torch_writer, "EventFileWriter", EventFileWriter)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 5)
        writer.add_image("i", np.zeros((1, 2, 2)), 6)
        writer.flush()
        writer.add_hparams({"lr": 1}, {"m": 2}, run_name="row")
    assert [step for _, step, _ in values(logdir)] == [5, 6]
    assert sorted(runs(logdir)) == [".", "row"]


def test_a_mock_in_place_of_the_event_writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with mock.patch.object(writer.file_writer, "event_writer") as replaced:
            writer.add_scalar("s", 1, 5)
            ((event,), _) = replaced.add_event.call_args
            assert event.step == 5
        writer.add_scalar("s", 1, 6)
    assert scalars(logdir) == [("s", 6, 1.0)]


def test_a_subclass_of_the_file_writer_among_all_writers(logdir):
    class Own(FileWriter):
        def add_event(self, event, step=None, walltime=None):
            event.summary.value[0].tag = "mine"
            super().add_event(event, step, walltime)

    with tensorbolt.SummaryWriter(logdir) as writer:
        own = Own(
            f"{logdir}/g_a", writer.max_queue, writer.flush_secs, writer.filename_suffix
        )
        writer.all_writers[f"{logdir}/g_a"] = own
        writer.add_scalars("g", {"a": 1}, 2)
    assert scalars(f"{logdir}/g_a") == [("mine", 2, 1.0)]


def test_restoring_files_after_close(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        files = writer.file_writer, writer.all_writers
        writer.close()
        again = FileWriter(logdir)
        writer.file_writer, writer.all_writers = again, {logdir: again}
        met = []
        again.add_event = lambda event, *_: met.append(event.step)
        writer.add_scalar("s", 1, 3)
        assert met == [3]
        assert files[0] is not again


def test_a_purge_is_no_event_of_a_call(logdir, monkeypatch):
    met = []
    monkeypatch.setattr(FileWriter, "add_event", lambda *_: met.append(1))
    with tensorbolt.SummaryWriter(logdir, purge_step=3):
        pass
    assert met == []
    assert events(logdir)[-1].session_log.status == SessionLog.START


def test_the_end_of_a_session_by_hand(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        stop = Event(session_log=SessionLog(status=SessionLog.STOP))
        writer.file_writer.event_writer.add_event(stop)
    assert [event.session_log.status for event in events(logdir)] == [SessionLog.STOP]


def test_nobody_is_called_where_nothing_is_written(tmp_path, monkeypatch):
    met = []
    monkeypatch.setattr(FileWriter, "add_event", lambda *_: met.append(1))
    with tensorbolt.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_observer(lambda *_: met.append(2))
        log_everything(writer)
    assert met == []
    assert list(tmp_path.iterdir()) == []


def test_the_short_way_is_there_again(logdir, monkeypatch):
    with tensorbolt.SummaryWriter(logdir) as writer:
        short = writer._fast
        assert short is not None
        with monkeypatch.context() as patch:
            patch.setattr(FileWriter, "add_event", FileWriter.add_graph)
            assert writer._fast is NO_FAST_PATH
        assert writer._fast is short
