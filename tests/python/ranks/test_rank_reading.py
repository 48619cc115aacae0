"""Streams of ranks that are read: `tensorbolt.read(..., ranks=...)` and `tensorbolt reduce` of a job."""

import json

import numpy as np
import pytest
from tests.python.support.rank_streams import (
    Stream,
    damaged,
    rules,
    scalars,
    start,
    stop,
)

import tensorbolt
from tensorbolt.cli import main

CURVES = {
    "{}": np.mean,
    "ranks/min/{}": np.min,
    "ranks/max/{}": np.max,
    "ranks/std/{}": np.std,
    "ranks/p50/{}": np.median,
    "ranks/max_rank/{}": np.argmax,
}


def write_job(directory, values, nodes=2, tag="loss"):
    """Streams of a job, from values of shape `[steps, ranks]`; NaN is a value like others."""
    steps, ranks = values.shape
    streams = [Stream(directory, 100 + node, f"n{node}") for node in range(nodes)]
    for rank in range(ranks):
        stream = streams[rank * nodes // ranks]
        stream.add(start(rank, ranks, 1.0))
        records = [
            scalars(rank, step, {tag: values[step, rank]}, step + rank / 1000)
            for step in range(steps)
        ]
        stream.add(*records, stop(rank))
    return streams


def points(log, tag, run="."):
    """Steps and values of a curve."""
    table = log.scalars.where(tags=tag, runs=run).to_numpy()
    return list(table["step"]), table["value"]


def reduce(capsys, *arguments):
    """Status, the JSON object, and standard error of `tensorbolt reduce`."""
    status = main(["reduce", *map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out), err


@pytest.mark.parametrize("ranks", [1, 2, 7, 8, 9, 64, 129, 300, 1024])
def test_curves_are_numpys(tmp_path, ranks):
    """Numbers of any size, to 1e-12, of any number of ranks."""
    random = np.random.default_rng(ranks)
    scale = 10.0 ** random.integers(-200, 150, (12, 1))
    values = random.normal(size=(12, ranks)) * scale
    special = [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -0.0]
    for step, number in enumerate(special):
        values[step, random.integers(ranks)] = number
    values[7] = 3.5
    values[8, : ranks // 2 + 1] = np.inf
    write_job(tmp_path, values, nodes=min(3, ranks))
    log = tensorbolt.read(tmp_path, ranks="reduce")
    with np.errstate(all="ignore"):
        for name, function in CURVES.items():
            steps, found = points(log, name.format("loss"))
            assert steps == list(range(12))
            expected = [float(function(row)) for row in values]
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)


def test_values_of_all_ranks_count_whatever_the_event_file_has(tmp_path, capsys):
    """Rank 0 had to write step 1 without rank 1; the reader has it, and the log keeps its point."""
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2))
    for step in range(3):
        stream.add(scalars(0, step, {"a": 1}))
    assert reduce(capsys, tmp_path)[1]["points"] == 3
    for step in range(3):
        stream.add(scalars(1, step, {"a": 3}))
    assert points(tensorbolt.read(tmp_path), "a")[1].tolist() == [1, 1, 1]
    log = tensorbolt.read(tmp_path, ranks="reduce")
    assert points(log, "a")[1].tolist() == [2, 2, 2]
    stream.add(scalars(0, 3, {"a": 5}))
    assert log.reload()
    assert points(log, "a")[1].tolist() == [2, 2, 2, 5]
    assert not log.reload()


def test_ranks_are_runs(tmp_path):
    values = np.arange(12.0).reshape(3, 4)
    write_job(tmp_path / "job", values)
    log = tensorbolt.read(tmp_path, ranks="all")
    assert [run.name for run in log.runs] == [
        f"job/rank_0000{rank}" for rank in range(4)
    ]
    for rank in range(4):
        steps, found = points(log, "loss", f"job/rank_0000{rank}")
        assert (steps, found.tolist()) == ([0, 1, 2], values[:, rank].tolist())
    some = tensorbolt.read(tmp_path, ranks="all", runs="*2", steps=(1, 3), tags="l*")
    assert [run.name for run in some.runs] == ["job/rank_00002"]
    assert points(some, "loss", "job/rank_00002")[0] == [1, 2]
    assert len(tensorbolt.read(tmp_path)) == 0


def test_a_resumed_rank_replaces_its_points(tmp_path):
    first = Stream(tmp_path, 5)
    first.add(start(0, 1, 100.0))
    first.add(*[scalars(0, step, {"a": 1}, 100.0 + step) for step in range(6)])
    second = Stream(tmp_path, 6)
    second.add(start(0, 1, 10.0, resume=3))
    second.add(*[scalars(0, step, {"a": 2}, 10.0 + step) for step in (3, 4)])
    for ranks, run in (("reduce", "."), ("all", "rank_00000")):
        log = tensorbolt.read(tmp_path, ranks=ranks)
        steps, found = points(log, "a", run)
        assert (steps, found.tolist()) == ([0, 1, 2, 3, 4], [1, 1, 1, 2, 2])


def test_a_later_value_counts_without_a_resumed_start(tmp_path):
    """Values of a step that the later start did not log stay."""
    first = Stream(tmp_path, 5)
    first.add(start(0, 1))
    first.add(*[scalars(0, step, {"a": 1}) for step in (0, 2, 4, 5)])
    second = Stream(tmp_path, 6)
    second.add(start(0, 1), *[scalars(0, step, {"a": 2}) for step in (2, 3, 5)])
    log = tensorbolt.read(tmp_path, ranks="reduce")
    steps, found = points(log, "a")
    assert (steps, found.tolist()) == ([0, 2, 3, 4, 5], [1, 2, 2, 1, 2])


def test_damage_is_reported_as_the_reader_does(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 1), scalars(0, 0, {"a": 0}))
    stream.add(damaged(scalars(0, 1, {"a": 1})), scalars(0, 2, {"a": 2}))
    log = tensorbolt.read(tmp_path, ranks="reduce")
    assert points(log, "a")[0] == [0, 2]
    assert log.damage["file"].tolist() == [f"ranks/{stream.path.name}"]
    assert log.damage["reason"].tolist() == [
        "the payload of a record does not match its checksum"
    ]
    stopped = tensorbolt.read(tmp_path, ranks="all", on_damage="stop")
    assert points(stopped, "a", "rank_00000")[0] == [0]
    with pytest.raises(ValueError, match="checksum"):
        len(tensorbolt.read(tmp_path, ranks="reduce", on_damage="raise").scalars)


def test_verify_checks_streams(tmp_path):
    """Steps of several ranks go back and forth in one stream, which is no finding; damage is one."""
    first, second = write_job(tmp_path, np.ones((3, 4)))
    report = tensorbolt.verify(tmp_path)
    assert report.ok
    assert [file.path for file in report.files] == [first.path, second.path]
    assert [file.findings for file in report.files] == [(), ()]
    assert [file.notes for file in report.files] == [0, 0]
    first.add(damaged(scalars(0, 9, {"a": 1})), scalars(0, 10, {"a": 1}))
    assert [file.damage for file in tensorbolt.verify(tmp_path).files] == [1, 0]


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match='ranks must be "reduce", "all" or None'):
        tensorbolt.read(tmp_path, ranks="first")
    token = tensorbolt.read(tmp_path).position
    with pytest.raises(ValueError, match="since"):
        tensorbolt.read(tmp_path, ranks="all", since=token)
    with pytest.raises(ValueError, match="followed"):
        tensorbolt.read(tmp_path, ranks="all").follow()


def test_reduce_adds_what_is_missing_and_may_run_again(tmp_path, capsys):
    values = np.random.default_rng(3).normal(size=(5, 4))
    write_job(tmp_path, values)
    status, found, _ = reduce(capsys, tmp_path)
    assert status == 0
    assert (found["points"], found["ranks"], found["world_size"]) == (5, 4, 4)
    assert found["behind"] == []
    before = sorted(tmp_path.rglob("*"))
    status, found, _ = reduce(capsys, tmp_path)
    assert (status, found["points"], found["present"]) == (0, 0, 20)
    assert sorted(tmp_path.rglob("*")) == before
    single = values.mean(1).astype(np.float32).astype(float)
    assert points(tensorbolt.read(tmp_path), "loss")[1].tolist() == single.tolist()


def test_reduce_into_a_log_of_its_own(tmp_path, capsys):
    values = np.random.default_rng(4).normal(size=(5, 3))
    write_job(tmp_path / "job", values)
    output = tmp_path / "out"
    status, found, _ = reduce(
        capsys, tmp_path / "job", "-o", output, "--double-precision"
    )
    assert (status, found["points"], found["output"]) == (0, 5, str(output))
    log = tensorbolt.read(output)
    np.testing.assert_allclose(points(log, "loss")[1], values.mean(1), rtol=1e-12)
    assert not list((tmp_path / "job").glob("*tfevents*"))
    with pytest.raises(SystemExit):
        main(["reduce", str(tmp_path / "job"), "-o", str(output)])
    assert "--overwrite" in capsys.readouterr().err
    status, _, _ = reduce(capsys, tmp_path / "job", "-o", output, "--overwrite")
    assert status == 0


def test_reduce_names_the_missing(tmp_path, capsys):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 3), start(1, 3), rules(**{"a": "sum"}))
    for step in range(4):
        stream.add(scalars(0, step, {"a": 1}))
    stream.add(scalars(1, 0, {"a": 2}))
    found = reduce(capsys, tmp_path, "-o", tmp_path / "out")[1]
    assert found["behind"] == [
        {"rank": 1, "missing": 3, "late": 0},
        {"rank": 2, "missing": 4, "late": 0},
    ]
    assert main(["reduce", str(tmp_path)]) == 0
    out, _ = capsys.readouterr()
    assert "5 values of 2 ranks became 4 points" in out
    assert "ranks that were missing, with how often: 1 (3), 2 (4)" in out
    assert points(tensorbolt.read(tmp_path), "a")[1].tolist() == [3, 1, 1, 1]


def test_reduce_follows_until_all_ranks_have_stopped(tmp_path, capsys):
    write_job(tmp_path / "job", np.ones((3, 2)))
    status, found, _ = reduce(
        capsys, tmp_path / "job", "--follow", "-o", tmp_path / "out", "--window", "60"
    )
    assert (status, found["points"]) == (0, 3)
    assert points(tensorbolt.read(tmp_path / "out"), "loss")[1].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--follow"], "--follow needs -o"),
        (["--window", "5"], "--window needs --follow"),
        (["--group", "x"], "--group is for runs"),
        (["--window", "0"], "above 0"),
    ],
)
def test_reduce_refuses_what_has_no_effect(tmp_path, capsys, arguments, sentence):
    write_job(tmp_path, np.ones((1, 1)), nodes=1)
    with pytest.raises(SystemExit) as ended:
        main(["reduce", str(tmp_path), *arguments])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_reduce_of_runs_needs_an_output(tmp_path, capsys):
    with tensorbolt.SummaryWriter(tmp_path / "seed") as writer:
        writer.add_scalar("a", 1, 0)
    for arguments in ([], ["-o", str(tmp_path / "out"), "--follow"]):
        with pytest.raises(SystemExit):
            main(["reduce", str(tmp_path), *arguments])
    err = capsys.readouterr().err
    assert "-o is needed" in err
    assert "--follow is for the ranks of a job" in err
