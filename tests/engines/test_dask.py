"""Dask reads what the local reader reads."""

import io
import pickle

import numpy as np
import pandas as pd
import pytest

import tensorbolt
import tensorbolt.dask
from tensorbolt import SummaryWriter


def test_a_thousand_runs_equal_the_local_table(sweep, local, as_plain):
    frame = tensorbolt.dask.read(sweep, npartitions=8)
    assert 1 < frame.npartitions <= 8
    pd.testing.assert_frame_equal(as_plain(frame.compute()), local)
    best = frame.groupby("run", observed=True)["value"].max().compute()
    wanted = local.groupby("run")["value"].max()
    assert best.astype(float).to_dict() == wanted.to_dict()


def test_what_it_says_of_its_columns_is_true(sweep):
    frame = tensorbolt.dask.read(sweep, runs="group1/*", wall_time="float")
    made = frame.compute()
    assert frame.dtypes.drop(["run", "tag"]).equals(made.dtypes.drop(["run", "tag"]))
    assert made["wall_time"].dtype == np.float64
    assert {*made["run"]} == {
        run.name for run in tensorbolt.read(sweep, runs="group1/*").runs
    }


def test_files_are_read_when_the_frame_is_computed(tmp_path):
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 1, 0)
    frame = tensorbolt.dask.read(tmp_path)
    pickle.dumps(frame)
    next((tmp_path / "run").iterdir()).unlink()
    with pytest.raises(FileNotFoundError, match="was removed since the log was listed"):
        frame.compute()


def test_an_empty_log_is_an_empty_frame(tmp_path):
    made = tensorbolt.dask.read(tmp_path).compute()
    assert len(made) == 0
    assert list(made.columns) == ["run", "tag", "step", "wall_time", "value"]


def test_wrong_arguments_fail_in_the_call(sweep):
    with pytest.raises(ValueError, match="number of parts must be at least 1, not 0"):
        tensorbolt.dask.read(sweep, npartitions=0)
    with pytest.raises(ValueError, match="only kind that engines read, not 'images'"):
        tensorbolt.dask.read(sweep, kinds="images")
    with pytest.raises(TypeError, match="an open file cannot be sent to"):
        tensorbolt.dask.read(io.BytesIO())
