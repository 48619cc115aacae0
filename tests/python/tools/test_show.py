"""`tensorbolt show` has statistics of curves, and a table of hyperparameters."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.python.support.helpers import WRITERS
from tests.python.support.terminals import Terminal

import tensorbolt
from tensorbolt import SummaryWriter, cli

VALUES = [0.5, math.nan, -2.0, math.inf, 8.25, math.nan, -math.inf, 1.0]


def call(capsys, *words):
    """The lines of a command."""
    assert cli.main([str(word) for word in words]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.fixture(params=sorted(WRITERS))
def odd(request, tmp_path):
    """A log with values that are not finite."""
    with WRITERS[request.param](str(tmp_path / "run")) as writer:
        for step, value in enumerate(VALUES):
            writer.add_scalar("odd", value, step)
            writer.add_scalar("nan", math.nan, step)
    return tmp_path


def test_statistics(odd, capsys):
    lines = call(capsys, "show", "--stats", odd)
    head = ["tag", "points", "first", "last", "lowest", "highest", "mean", "NaN", "inf"]
    assert lines[0].split() == head
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:-1]}
    finite = np.array(VALUES)[np.isfinite(VALUES)]
    assert rows["odd"] == [
        "8",
        "0.5",
        "1",
        "-inf",
        "inf",
        f"{finite.mean():.6g}",
        "2",
        "2",
    ]
    assert rows["nan"] == ["8", *["nan"] * 5, "8", "0"]
    (curve,) = json.loads(call(capsys, "show", "--json", "--tags", "odd", odd)[0])[
        "curves"
    ]
    assert (curve["mean"], curve["nan"], curve["infinite"]) == (finite.mean(), 2, 2)


def test_the_mean_of_large_values_does_not_overflow(tmp_path, capsys):
    with SummaryWriter(tmp_path) as writer:
        for step in range(4):
            writer.add_scalar(
                "large", 1.5e308, step, new_style=True, double_precision=True
            )
    (curve,) = json.loads(call(capsys, "show", "--json", tmp_path)[0])["curves"]
    assert curve["mean"] == 1.5e308


@pytest.fixture
def sweep(tmp_path):
    """Two runs with hyperparameters, and a run without."""
    for name, rate in (("a", 0.1), ("b", 0.25)):
        with SummaryWriter(tmp_path / name, hparams_run=".") as writer:
            hparams = {"rate": rate, "optimizer": "sgd", "run": "x" * 50}
            writer.add_hparams(hparams, {"loss": rate / 2})
    with SummaryWriter(tmp_path / "c") as writer:
        writer.add_scalar("loss", 1.0, 1)
    return tmp_path


def test_hyperparameters(sweep, capsys):
    lines = call(capsys, "show", "--hparams", sweep)
    assert lines[0].split() == ["run", "optimizer", "rate", "run", "metric.loss"]
    assert lines[1].split() == ["a", "sgd", "0.1", "x" * 50, "0.05"]
    assert lines[2].split() == ["b", "sgd", "0.25", "x" * 50, "0.125"]
    assert lines[3:] == ["2 runs with hyperparameters"]
    both = call(capsys, "show", sweep)
    assert both[-len(lines) :] == lines
    assert "3 curves" in both
    assert "hyperparameters" not in "".join(call(capsys, "show", "--stats", sweep))
    assert set(json.loads(call(capsys, "show", "--json", "--hparams", sweep)[0])) == {
        "schema",
        "sessions",
    }
    sessions = json.loads(call(capsys, "show", "--json", sweep)[0])["sessions"]
    assert [one["hparams"]["rate"] for one in sessions] == [0.1, 0.25]
    assert [one["metrics"] for one in sessions] == [
        {"loss": float(np.float32(rate))} for rate in (0.05, 0.125)
    ]


def test_a_log_without_hyperparameters(odd, capsys):
    assert call(capsys, "show", "--hparams", odd) == ["there are no hyperparameters"]
    assert call(capsys, "show", odd)[-1] == "2 curves"


def test_a_terminal_shows_the_columns_that_it_has_room_for(sweep):
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-m", "tensorbolt", "show", "--hparams", str(sweep)]
    with Terminal(70, 20) as terminal:
        process = subprocess.Popen(command, env=environment, stdout=terminal.theirs)
        os.close(terminal.theirs)
        terminal.read_all()
        assert process.wait() == 0
    lines = terminal.screen()
    assert lines[0].split() == ["run", "optimizer", "rate"]
    assert lines[-1].endswith("2 more columns with --json")
