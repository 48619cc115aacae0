"""Each example runs, and writes what it says: TensorBoard's own reader finds it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing import tag_types
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tests.python.docs.examples.expected_logs import WROTE
from tools.examples import NAMES, ROOT

import tensorbolt

pytestmark = pytest.mark.timeout(400)

ALL = dict.fromkeys(
    [
        "audio",
        "custom_scalars",
        "hparams",
        "histograms",
        "images",
        "mesh",
        "pr_curves",
        "scalars",
        "tensor",
        "text",
    ],
    0,
)
"""Sizes of the reader's reservoirs: no limit."""


PATH = {**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])}
"""Where the package is, for programs that run elsewhere."""


def read(logdir):
    """From plugin, run and tag to the number of points."""
    board = EventMultiplexer(tensor_size_guidance=ALL)
    found = {}
    for name, tags in board.AddRunsFromDirectory(str(logdir)).Reload().Runs().items():
        # The default names of directories hold time and host, which differ.
        run = re.sub(r"^runs/\w{5}_[\d-]+_.+?(?=_lr)", "", name)
        for tag in tags[tag_types.TENSORS]:
            plugin = board.SummaryMetadata(name, tag).plugin_data.plugin_name
            if plugin != "graph_tagged_run_metadata":
                points = len(board.Tensors(name, tag))
                found.setdefault(plugin, {}).setdefault(run, {})[tag] = points
    return found


def test_every_example_is_looked_at():
    assert sorted(WROTE) == NAMES


@pytest.mark.parametrize("example", NAMES)
def test_log(runs, example):
    logdir = runs.logdir(example)
    assert f"tensorboard --logdir {logdir}" in runs.output(example)
    assert read(logdir) == WROTE[example]


@pytest.mark.parametrize("example", NAMES)
def test_docstring_says_where_to_look(example):
    text = (ROOT / f"examples/{example}.py").read_text(encoding="utf-8")
    assert re.search(r'\A""".*\n\nLook( |, )', text, re.S)


def test_runs_as_a_file_without_options(tmp_path):
    """As a user does who copies a file: no package around it, its own log directory."""
    program = (ROOT / "examples/steps_and_times.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(program, encoding="utf-8")
    subprocess.run([sys.executable, "mine.py"], cwd=tmp_path, env=PATH, check=True)
    (log,) = (tmp_path / "runs" / "steps_and_times").iterdir()
    assert read(log) == WROTE["steps_and_times"]


@pytest.mark.parametrize("example", ["embeddings"])
def test_projector_files(runs, example):
    logdir = runs.logdir(example)
    config = (logdir / "projector_config.pbtxt").read_text()
    for name in "pixels", "features":
        (directory,) = logdir.glob(f"*/{name}")
        assert f"{directory.relative_to(logdir)}/metadata.tsv" in config
        assert (directory / "sprite.png").stat().st_size > 10_000
        header = name == "features"
        rows = (directory / "metadata.tsv").read_text().splitlines()
        assert len(rows) == 1797 + header


@pytest.mark.parametrize("example", ["export_json"])
def test_json(runs, example):
    curves = json.loads((runs.logdir(example) / "scalars.json").read_text())
    names = {Path(name).name: len(curve) for name, curve in curves.items()}
    assert set(names.values()) == {20}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("damaged", "The saved file is whole, with 996 of 1000 steps"),
        ("file_writers", "1797 images as records, all equal"),
        ("graph", "No graph: DictOut does not run with this input_to_model"),
        ("observers", "Stopped: loss is inf at step 50"),
        ("reliability", "dropped: 0"),
        ("switching", "torch.utils.tensorboard.SummaryWriter is of tensorbolt.writer"),
        ("switching", "tensorboardX.SummaryWriter is of tensorbolt.compat"),
        ("tensors", "step 100: int64(10, 10), equal"),
        ("unchanged", "Logged by tensorbolt.writer"),
    ],
)
def test_output(runs, example, said):
    assert said in runs.output(example)
