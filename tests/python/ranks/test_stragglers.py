"""Ranks that take longer than the others: scores in every reader, a notice that names the rank, and one that it recovered.

When a rank is named, and that chance names none, is tested in `rust/core/ranks/stragglers`.
"""

import json
import socket
import warnings

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support.rank_streams import Stream, scalars, start, stop
from tests.python.support.streams import writer_of

import tensorbolt
from tensorbolt.cli import main

RANKS, STEPS, SLOW = 16, 90, 11
SCORES = "relative_score", "slowest_rank", "individual_score", "slowed_rank"


def seconds():
    """Of shape `[steps, ranks]`: 2 % noise, and rank 11 takes 6 % longer up to step 39."""
    values = 0.1 * (1 + 0.02 * np.random.default_rng(0).normal(size=(STEPS, RANKS)))
    values[:40, SLOW] *= 1.06
    return values


def write_job(directory, values):
    """Streams of two nodes."""
    streams = [Stream(directory, 10 + node, f"gpu-{node}.cluster") for node in range(2)]
    for rank in range(RANKS):
        stream = streams[rank // 8]
        stream.add(start(rank, RANKS))
        for step, of_ranks in enumerate(values):
            tags = {"seconds/forward": of_ranks[rank], "loss": 1.0}
            stream.add(scalars(rank, step, tags, wall_time=step / 4))
        stream.add(stop(rank))


def test_a_user_is_warned_and_nothing_is_raised(tmp_path, temporary):
    """With `on_error="raise"` as well: a slow rank is no failure of the log."""
    temporary.setenv("TENSORBOLT_REDUCE_WINDOW", "600")
    writers = [
        writer_of(tmp_path, rank, RANKS, on_error="raise") for rank in range(RANKS)
    ]
    for step, of_ranks in enumerate(seconds()):
        for writer, one in zip(writers, of_ranks, strict=True):
            writer.add_scalar("seconds/forward", one, step, walltime=float(step))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for writer in reversed(writers):
            writer.close()
    named, recovered = (str(warning.message) for warning in caught)
    host = socket.gethostname()
    assert named.startswith(f"tensorbolt: rank {SLOW} on {host} takes ")
    assert ' % longer in "forward" than the median of the others, since' in named
    assert recovered.startswith(
        f'tensorbolt: rank {SLOW} on {host} is as fast in "forward" as the others again'
    )
    assert writers[0].stats()["errors"] == 0
    assert writers[0].stats()["last_error"] is None
    found = EventAccumulator(str(tmp_path)).Reload()
    slowest = found.Scalars("ranks/slowest_rank/seconds/forward")
    assert [point.step for point in slowest] == list(range(STEPS))
    assert {point.value for point in slowest[15:40]} == {SLOW}


def test_scores_are_curves_of_sections_alone(tmp_path):
    write_job(tmp_path, seconds())
    log = tensorbolt.read(tmp_path, ranks="reduce")
    tags = {tag for tag in log.scalars["tag"] if tag.startswith("ranks/")}
    for name in SCORES:
        assert f"ranks/{name}/seconds/forward" in tags
        assert f"ranks/{name}/loss" not in tags
    table = log.scalars.where(tags="ranks/relative_score/seconds/forward").to_numpy()
    # Typical seconds: between the fastest and the slowest rank are 6 % and noise.
    assert np.all((table["value"][15:40] > 0.9) & (table["value"][15:40] < 0.96))
    assert np.all(table["value"][65:] > 0.96)
    own = log.scalars.where(tags="ranks/individual_score/seconds/forward").to_numpy()
    assert np.all((own["value"] > 0.95) & (own["value"] <= 1.0))


@pytest.mark.parametrize("follow", [False, True])
def test_reduce_names_slow_ranks(tmp_path, capsys, follow):
    write_job(tmp_path / "job", seconds())
    arguments = ["reduce", str(tmp_path / "job"), "-o", str(tmp_path / "curves")]
    arguments += ["--follow"] * follow
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    (slow,) = json.loads(out)["slow"]
    assert (slow["rank"], slow["host"]) == (SLOW, "gpu-1.cluster")
    assert (slow["section"], slow["than"]) == ("forward", "others")
    assert 4 < slow["percent"] < 8
    assert 0 <= slow["since"] < 20
    assert 45 <= slow["until"] <= 75
    assert (f"rank {SLOW} on gpu-1.cluster takes" in err) == follow


def test_reduce_says_it_in_words(tmp_path, capsys):
    values = seconds()
    write_job(tmp_path / "job", values[:40])
    assert main(["reduce", str(tmp_path / "job")]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith(f"rank {SLOW} on gpu-1.cluster took ")
    assert " % longer in 'forward' than the median of the others, from about" in line
    assert "until" not in line
