"""`tensorbolt reduce` puts runs together as numpy does, and as tensorboard-reducer does where that does not sample."""

import os

import numpy as np
import pandas as pd
import pytest
import tensorboard_reducer
from tests.python.support.helpers import scalars

import tensorbolt
from tensorbolt import SummaryWriter, cli, verify

SEEDS, STEPS = 4, 300


@pytest.fixture
def log(tmp_path):
    """Four seeds of two experiments."""
    random = np.random.default_rng(0)
    for experiment in ("a", "b/c"):
        for seed in range(SEEDS):
            with SummaryWriter(
                tmp_path / "sweep" / experiment / f"seed{seed}"
            ) as writer:
                for step in range(STEPS):
                    writer.add_scalar("loss", random.normal(), step)
                    writer.add_scalar("acc", random.normal(), 2 * step)
    return tmp_path / "sweep"


def reduce(*words):
    return cli.main(["reduce", *map(str, words)])


def refused(capsys, *words):
    with pytest.raises(SystemExit, match="2"):
        reduce(*words)
    return capsys.readouterr().err


def curve(directory, tag):
    """Steps and values of a tag in the event files of a directory."""
    found = [(step, value) for name, step, value in scalars(directory) if name == tag]
    return [step for step, _ in found], np.array([value for _, value in found])


def test_as_numpy(log, tmp_path):
    out = tmp_path / "out"
    assert (
        reduce(log / "a", "-o", out, "-r", "mean,std,var,min,max,median,sum,count,0.25")
        == 0
    )
    logged = np.stack(
        [curve(log / f"a/seed{seed}", "loss")[1] for seed in range(SEEDS)]
    )
    functions = {
        "mean": np.mean, "std": np.std, "var": np.var, "min": np.min, "max": np.max, "median": np.median, "sum": np.sum,
        "count": lambda values, axis: np.full(values.shape[1], SEEDS),
        "quantile-0.25": lambda values, axis: np.quantile(values, 0.25, axis=axis),
    }  # fmt: skip
    assert sorted(os.listdir(out)) == sorted(functions)
    for name, function in functions.items():
        steps, values = curve(out / name, "loss")
        assert steps == list(range(STEPS))
        np.testing.assert_array_equal(
            values, np.float32(function(logged.astype(float), axis=0))
        )
        assert curve(out / name, "acc")[0] == list(range(0, 2 * STEPS, 2))
    assert verify(out).ok


def test_as_tensorboard_reducer(log, tmp_path):
    runs = [str(log / f"a/seed{seed}") for seed in range(SEEDS)]
    ops = ["mean", "min", "max", "median"]
    theirs = tensorboard_reducer.reduce_events(
        tensorboard_reducer.load_tb_events(runs), ops
    )
    out = tmp_path / "out.csv"
    assert reduce(*runs, "--outpath", out, "--reduce-ops", ",".join(ops)) == 0
    ours = pd.read_csv(out)
    for op in ops:
        for tag, expected in theirs[op].items():
            part = ours[ours["tag"] == tag]
            assert part["step"].tolist() == expected.index.tolist()
            np.testing.assert_allclose(part[op], expected, rtol=1e-12)


def test_groups(log, tmp_path):
    out = tmp_path / "out"
    assert reduce(log, "-o", out, "--group", r"^(.*)/seed\d+$", "-r", "mean") == 0
    found = {str(path.parent.relative_to(out)) for path in out.rglob("*tfevents*")}
    assert found == {"a/mean", "b/c/mean"}
    table = tmp_path / "table.csv"
    assert reduce(log, "-o", table, "--group", "^[ab]", "-r", "count") == 0
    frame = pd.read_csv(table)
    assert set(frame["group"]) == {"a", "b"}
    assert set(frame["count"]) == {SEEDS}


def test_no_group_leads_out_of_the_directory(tmp_path):
    for run in ("x/../../y", "x"):
        with SummaryWriter(tmp_path / "log" / run.replace("..", "__")) as writer:
            writer.add_scalar("a", 1.0, 1)
    out = tmp_path / "deep/out"
    out.parent.mkdir()
    assert reduce(tmp_path / "log", "-o", out, "--group", "/.*|^x$", "-r", "mean") == 0
    assert os.listdir(tmp_path / "deep") == ["out"]
    assert all(out in path.parents for path in tmp_path.rglob("mean"))


def test_steps_that_not_all_have(tmp_path, capsys):
    for seed, steps in enumerate([(0, 1, 2, 4), (0, 2, 4), (0, 1, 4, 6)]):
        with SummaryWriter(tmp_path / f"seed{seed}") as writer:
            for step in steps:
                writer.add_scalar("a", 10 * seed + step, step)

    def table(*words):
        path = tmp_path / "out.csv"
        assert (
            reduce(
                tmp_path / "seed*",
                "-o",
                path,
                "-r",
                "mean,count",
                "--overwrite",
                *words,
            )
            == 0
        )
        frame = pd.read_csv(path)
        return dict(
            zip(
                frame["step"],
                zip(frame["mean"], frame["count"], strict=True),
                strict=True,
            )
        )

    assert table() == {0: (10, 3), 4: (14, 3)}
    assert "3 steps that not all runs have were left out" in capsys.readouterr().err
    union = {0: (10, 3), 1: (11, 2), 2: (7, 2), 4: (14, 3), 6: (26, 1)}
    assert table("--align", "union") == table("--lax-steps") == union
    assert capsys.readouterr().err == ""
    assert table("--min-runs-per-step", "2") == {
        step: value for step, value in union.items() if step != 6
    }
    assert table("--align", "interpolate") == {
        0: (10, 3),
        1: (11, 3),
        2: (12, 3),
        4: (14, 3),
    }


def test_tags_that_not_all_have(tmp_path, capsys):
    for seed in range(3):
        with SummaryWriter(tmp_path / f"seed{seed}") as writer:
            writer.add_scalar("all", seed, 1)
            if seed:
                writer.add_scalar("some", seed, 1)
    out = tmp_path / "out"
    assert "2 of 3 runs have the tag 'some', and 'seed0' does not" in refused(
        capsys, tmp_path / "seed*", "-o", out
    )
    assert not out.exists()
    assert reduce(tmp_path / "seed*", "-o", out, "--lax-tags") == 0
    assert curve(out / "mean", "some")[1].tolist() == [1.5]
    assert "exists" in refused(capsys, tmp_path / "seed*", "-o", out, "--lax-tags")
    assert (
        reduce(tmp_path / "seed*", "-o", out, "-f", "--tags", "all", "-r", "max") == 0
    )
    assert os.listdir(out) == ["max"]


def test_several_points_at_a_step(tmp_path):
    for seed in range(2):
        with SummaryWriter(tmp_path / f"seed{seed}") as writer:
            for value in (1.0, 2.0):
                writer.add_scalar("a", value + seed, 5)
    for words, expected in (([], 2.5), (["--handle-dup-steps", "keep-first"], 1.5)):
        assert (
            reduce(
                tmp_path / "seed*", "-o", tmp_path / "out", "-f", "-r", "mean", *words
            )
            == 0
        )
        assert curve(tmp_path / "out/mean", "a")[1].tolist() == [expected]


def test_wrong_arguments(log, tmp_path, capsys):
    out = tmp_path / "out"
    assert "'middle' is none of mean" in refused(capsys, log, "-o", out, "-r", "middle")
    assert "none fits --group" in refused(capsys, log, "-o", out, "--group", "nothing")
    assert "at least 1" in refused(capsys, log, "-o", out, "--min-runs-per-step", "0")
    assert "there is no directory" in refused(capsys, log, "-o", tmp_path / "x/y")
    assert sorted(os.listdir(tmp_path)) == ["sweep"]


def test_where(log):
    table = tensorbolt.read(log).scalars
    part = table.where(runs="a/*", tags="loss")
    assert len(part) == SEEDS * STEPS
    assert set(part["run"]) == {f"a/seed{seed}" for seed in range(SEEDS)}
    assert part.last()["step"].tolist() == [STEPS - 1] * SEEDS
    assert len(table.where(runs=[])) == 0
    with pytest.raises(TypeError, match="runs must be a name"):
        table.where(runs=3)
