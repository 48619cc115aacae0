"""comet_config: what is logged is forwarded to Comet as well.

The real package is not among the tests' packages: where it is installed, tensorboardX imports it, which starts threads
and warns. So these tests give a module that records its calls; `tests/trackers/test_comet_config.py` has the real one.
"""

import gc
import io
import json
import os
import pickle
import sys
import types
import weakref

import matplotlib.figure
import numpy as np
import pytest
import torch
from PIL import Image
from tests.python.support.helpers import events, values

import tensorbolt

IMAGE = np.random.default_rng(0).integers(0, 255, (3, 20, 30), np.uint8)


class Experiment:
    def __init__(self, **config):
        self.config, self.calls = config, []
        sys.modules["comet_ml"].made.append(self)

    def __getattr__(self, name):
        if name == "log_metric" and "fails" in self.config:
            raise ConnectionError("no network")
        return lambda *arguments, **keywords: self.calls.append(
            (name, arguments, keywords)
        )


@pytest.fixture
def comet(monkeypatch):
    module = types.ModuleType("comet_ml")
    module.made = []
    module.Experiment = Experiment
    module.OfflineExperiment = type("OfflineExperiment", (Experiment,), {})
    monkeypatch.setitem(sys.modules, "comet_ml", module)
    return module


@pytest.fixture
def writer(logdir, comet):
    config = {"disabled": False, "project_name": "p"}
    with tensorbolt.SummaryWriter(logdir, comet_config=config) as writer:
        yield writer


def received(comet):
    (experiment,) = comet.made
    first, *rest = experiment.calls
    assert first == ("log_other", ("Created from", "tensorbolt"), {})
    return rest


def test_each_kind(writer, comet, logdir):
    assert comet.made == []
    writer.add_scalar("s", torch.tensor(0.5), torch.tensor(3))
    writer.add_scalar("s", 1, display_name="title")
    writer.add_scalar("s", 1, None, None, "title by position")
    writer.add_scalars("g", {"a": 1, "b": np.float32(2)}, 4)
    writer.add_text("t", b"hello", 5)
    assert received(comet) == [
        ("log_metric", ("s", 0.5), {"step": 3}),
        ("log_metric", ("title", 1.0), {"step": None}),
        ("log_metric", ("title by position", 1.0), {"step": None}),
        ("log_metrics", ({"a": 1.0, "b": 2.0},), {"prefix": "g", "step": 4}),
        ("log_text", ("hello",), {"step": 5}),
    ]
    assert comet.made[0].config == {"disabled": False, "project_name": "p"}
    writer.flush()
    assert len(events(logdir)) == 4


def test_histograms(writer, comet):
    writer.add_histogram("h", torch.arange(4), 6)
    writer.add_histogram_raw("r", 0, 1, 1, 1, 1, [1.0], np.array([2.0]), 7)
    (name, (data,), keywords), (raw, (text,), options) = received(comet)
    assert (name, data.tolist()) == ("log_histogram_3d", [0, 1, 2, 3])
    assert keywords == {"name": "h", "step": 6}
    assert (raw, options) == ("log_asset_data", {"name": "r", "step": 7})
    assert json.loads(text) == {
        "name": "r", "min": 0, "max": 1, "num": 1, "sum": 1, "sum_squares": 1,
        "bucket_limits": [1.0], "bucket_counts": [2.0],
    }  # fmt: skip


def test_images_are_those_of_the_log(writer, comet, logdir):
    writer.add_image("a", IMAGE, 1)
    writer.add_images("b", [IMAGE, IMAGE], 2)
    writer.add_image_with_boxes("c", IMAGE, [[1, 1, 9, 9]], 3, labels=["x"])
    writer.add_figure("d", matplotlib.figure.Figure(figsize=(1, 1)), 4)
    writer.flush()
    logged = {
        tag: (step, value.image.encoded_image_string)
        for tag, step, value in values(logdir)
    }
    found = {
        keywords["name"]: (keywords["step"], data.read())
        for name, (data,), keywords in received(comet)
        if name == "log_image"
    }
    assert found == logged
    assert set(logged) == set("abcd")
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(found["a"][1]))), IMAGE.transpose(1, 2, 0)
    )


def test_close_ends_the_experiment_and_logging_begins_another(writer, comet):
    writer.close()
    assert comet.made == []
    writer.add_scalar("s", 1)
    writer.close()
    writer.close()
    writer.add_scalar("s", 2)
    assert [[name for name, *_ in made.calls] for made in comet.made] == [
        ["log_other", "log_metric", "end"], ["log_other", "log_metric"],
    ]  # fmt: skip


def test_what_is_refused_is_not_forwarded(writer, comet):
    for call in (
        lambda: writer.add_scalar("s", "x"),
        lambda: writer.add_image("i", np.zeros(3)),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            call()
    assert comet.made == []


def test_a_failure_is_told_once_and_the_log_goes_on(logdir, comet):
    config = {"disabled": False, "fails": True}
    with tensorbolt.SummaryWriter(logdir, comet_config=config) as writer:
        with pytest.warns(RuntimeWarning, match="no network"):
            writer.add_scalar("s", 1)
        writer.add_scalar("s", 2)
    assert len(events(logdir)) == 2


def test_an_offline_directory_makes_an_offline_experiment(logdir, comet):
    config = {"disabled": False, "offline_directory": "x"}
    with tensorbolt.SummaryWriter(logdir, comet_config=config) as writer:
        writer.add_scalar("s", 1)
    assert isinstance(comet.made[0], comet.OfflineExperiment)


@pytest.mark.parametrize("config", [None, {"disabled": True}, {"disabled": True, "x": 1}])  # fmt: skip
def test_disabled_is_as_without(logdir, comet, config):
    with tensorbolt.SummaryWriter(logdir, comet_config=config) as writer:
        writer.add_scalar("s", 1)
        assert "add_scalar" not in vars(writer)
    assert comet.made == []


def test_nothing_is_forwarded_without_disk(logdir, comet):
    config = {"disabled": False}
    with tensorbolt.SummaryWriter(logdir, write_to_disk=False, comet_config=config) as writer:  # fmt: skip
        writer.add_scalar("s", 1)
    assert comet.made == []


def test_a_forgotten_writer_is_freed(logdir, comet):
    writer = tensorbolt.SummaryWriter(logdir, comet_config={"disabled": False})
    writer.add_scalar("s", 1)
    gone = weakref.ref(writer)
    gc.disable()
    try:
        del writer
        assert gone() is None
    finally:
        gc.enable()


def test_copies_forward_to_an_experiment_of_their_own(writer, comet):
    writer.add_scalar("s", 1)
    with pickle.loads(pickle.dumps(writer)) as other:
        other.add_scalar("s", 2)
    assert [len(made.calls) for made in comet.made] == [2, 3]


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "comet_ml", None)
    with pytest.raises(ImportError, match=r"comet_config.*pip install comet-ml"):
        tensorbolt.SummaryWriter("run", comet_config={"disabled": False})
    assert os.listdir(tmp_path) == []


class Later(tensorbolt.SummaryWriter):
    """Methods whose arguments Comet receives, whatever the log makes of them."""

    def add_audio(self, tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None):  # fmt: skip
        """Log audio."""

    def add_hparams(self, hparam_dict, metric_dict, name=None, global_step=None):
        """Log hyperparameters."""

    def add_mesh(self, tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, walltime=None):  # fmt: skip
        """Log a mesh."""


def test_audio_hyperparameters_and_meshes(logdir, comet):
    with Later(logdir, comet_config={"disabled": False}) as writer:
        writer.add_audio("a", torch.zeros(1, 8), 1, 8000)
        writer.add_hparams({"lr": 0.1}, {"loss": 1.0})
        writer.add_mesh("m", torch.ones(1, 1, 3), config_dict={"k": 1}, global_step=2)
        (_, (audio,), options), parameters, (_, (text,), asset) = received(comet)
    assert audio.shape == (8,)
    assert options == {"sample_rate": 8000, "file_name": "a", "step": 1}
    assert parameters == ("log_parameters", ({"lr": 0.1},), {})
    assert asset == {"name": "m", "step": 2}
    assert json.loads(text) == {
        "name": "m", "vertices": [[[1.0, 1.0, 1.0]]], "colors": None, "faces": None,
        "config_dict": {"k": 1},
    }  # fmt: skip
