"""Experiment trackers hook in as they do with both reference writers: the same sequences of calls, without their services."""

import functools
import re

import numpy as np
import pytest
from tests.python.support.helpers import scalars

import tensorbolt
from tensorbolt.compat.tensorboardx import writer as tensorboardx_writer
from tensorbolt.compat.torch import writer as torch_writer
from tensorbolt.writer._fast_path import NO_FAST_PATH

FACADES = [torch_writer, tensorboardx_writer]


@pytest.mark.parametrize("module", FACADES)
def test_clearml(logdir, monkeypatch, module):
    """It replaces `FileWriter.add_event`, marks the class, and takes the message apart."""
    reported = []

    def patched(original):
        @functools.wraps(original)
        def add_event(self, event, step=None, walltime=None, *args, **kwargs):
            assert event.WhichOneof("what") == "summary"
            for value in event.summary.value:
                kind = value.WhichOneof("value")
                reported.append((self.get_logdir(), kind, value.tag, event.step))
            return original(self, event, step, walltime, *args, **kwargs)

        return add_event

    file_writer = module.FileWriter
    monkeypatch.setattr(file_writer, "add_event", patched(file_writer.add_event))
    monkeypatch.setattr(file_writer, "_tracker_patched", True, raising=False)
    with module.SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", 0.5, 3)
        writer.add_image("image", np.zeros((3, 2, 2)), 4)
        writer.add_histogram("weights", np.arange(9.0), 5)
    assert reported == [
        (logdir, "simple_value", "loss", 3),
        (logdir, "image", "image", 4),
        (logdir, "histo", "weights", 5),
    ]
    assert scalars(logdir)[0] == ("loss", 3, 0.5)


@pytest.mark.parametrize("module", FACADES)
def test_mlflow(logdir, module):
    """It replaces `FileWriter.add_event` while training runs, reads scalars, and puts the method back."""
    metrics = []
    original = module.FileWriter.add_event

    def add_event(self, event, *args, **kwargs):
        if event.WhichOneof("what") == "summary":
            metrics.extend(
                (value.tag, value.simple_value, args[0], int(event.wall_time * 1000))
                for value in event.summary.value
                if value.HasField("simple_value")
            )
        return original(self, event, *args, **kwargs)

    with module.SummaryWriter(logdir) as writer:
        module.FileWriter.add_event = add_event
        try:
            writer.add_scalar("loss", 0.5, 3, 1.5)
            writer.add_text("notes", "x", 3)
        finally:
            module.FileWriter.add_event = original
        writer.add_scalar("loss", 0.25, 4)
        assert writer._fast is not NO_FAST_PATH
    assert metrics == [("loss", 0.5, 3, 1500)]
    assert len(scalars(logdir)) == 3


def test_wandb(tmp_path, monkeypatch):
    """It replaces the name `EventFileWriter` in both modules to learn of directories."""
    monkeypatch.chdir(tmp_path)
    found = []
    for module in FACADES:

        class TBXEventFileWriter(module.EventFileWriter):
            def __init__(self, logdir, *args, **kwargs):
                found.append(logdir)
                self.generated = re.search(r"-\d+_", logdir)
                super().__init__(logdir, *args, **kwargs)

        monkeypatch.setattr(module, "orig_EventFileWriter", 1, raising=False)
        monkeypatch.setattr(module, "EventFileWriter", TBXEventFileWriter)
    with torch_writer.SummaryWriter("run") as writer:
        assert writer._fast is not NO_FAST_PATH, "nothing to meet, so the short way"
        writer.add_scalar("s", 1)
    with tensorboardx_writer.SummaryWriter() as writer:
        writer.add_scalars("g", {"a": 1})
    assert found[0] == "run"
    assert found[1].startswith("runs/")
    assert len(found) == 3
    assert scalars("run") == [("s", 0, 1.0)]


def test_old_wandb(logdir, monkeypatch):
    """It replaces `EventFileWriter.add_event` and reads the file's name there."""
    names = set()
    kind = torch_writer.EventFileWriter
    original = kind.add_event

    def add_event(self, event):
        names.add(self._ev_writer._file_name)
        return original(self, event)

    with torch_writer.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 1)
        monkeypatch.setattr(kind, "add_event", add_event)
        writer.add_scalar("s", 1, 2)
        assert names == {writer.file_writer.event_writer._file_name}
    assert [step for _, step, _ in scalars(logdir)] == [1, 2]


@pytest.mark.parametrize("module", FACADES)
def test_comet_and_swanlab(logdir, monkeypatch, module):
    """They replace `__init__`, `add_*` and `close` of `SummaryWriter` and read arguments by TORCH's positions."""
    calls = []
    kind = module.SummaryWriter

    def watch(name):
        original = getattr(kind, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            outcome = original(self, *args, **kwargs)
            calls.append((name, self.log_dir, self.logdir, args[:1], kwargs))
            return outcome

        monkeypatch.setattr(kind, name, method)

    for name in ("__init__", "add_scalar", "add_scalars", "add_image", "close"):
        watch(name)
    writer = kind(log_dir=logdir)
    writer.add_scalar("s", 1, 2)
    writer.add_scalar("s", scalar_value=2, global_step=3)
    writer.add_scalars("g", {"a": 1})
    writer.add_image("i", np.zeros((1, 2, 2)))
    writer.close()
    names = [
        "__init__",
        "add_scalar",
        "add_scalar",
        "add_scalars",
        "add_image",
        "close",
    ]
    assert [name for name, *_ in calls] == names
    assert all(call[1:3] == (logdir, logdir) for call in calls)
    assert [number for *_, number in scalars(logdir)][:2] == [1.0, 2.0]


@pytest.mark.parametrize("module", FACADES)
def test_metrics_beside_hyperparameters_meet_a_replaced_add_scalar(
    logdir, monkeypatch, module
):
    """SwanLab and Comet have them from the second writer that the reference writers log them with."""
    seen = []
    kind = module.SummaryWriter
    original = kind.add_scalar

    def add_scalar(self, tag, scalar_value, global_step=None):
        seen.append((self.logdir, tag, scalar_value, global_step))
        return original(self, tag, scalar_value, global_step)

    monkeypatch.setattr(kind, "add_scalar", add_scalar)
    with kind(logdir) as writer:
        writer.add_hparams({"lr": 0.1}, {"accuracy": 0.5}, name="best")
    assert seen == [(f"{logdir}/best", "accuracy", 0.5, None)]
    assert ("accuracy", 0, 0.5) in scalars(f"{logdir}/best")


def test_a_figure_is_a_image_to_whoever_replaced_add_image(logdir):
    import matplotlib.figure

    seen = []

    class Own(tensorbolt.SummaryWriter):
        def add_image(self, tag, *args, **kwargs):
            seen.append(tag)
            super().add_image(tag, *args, **kwargs)

    with Own(logdir) as writer:
        writer.add_figure("f", matplotlib.figure.Figure(figsize=(1, 1)))
    assert seen == ["f"]
