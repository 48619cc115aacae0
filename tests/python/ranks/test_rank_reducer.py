"""The thread of rank 0 that makes curves of what all ranks log, with streams of any IDs and times."""

import math

import numpy as np
import pytest
from tests.python.support.helpers import wait_until
from tests.python.support.rank_streams import (
    Stream,
    damaged,
    rules,
    scalars,
    start,
    stop,
)

import tensorbolt
from tensorbolt import _core

TENTH = 0.1
"""Seconds; what is there already is read however short the time is."""


class Job:
    """An event file of rank 0, and the thread that writes curves into it."""

    def __init__(self, directory, window=60.0, resume=None):
        self.session = _core.Session(1 << 28, "block", 10.0, False, True)
        self.writer = _core.Writer(self.session, directory, "", resume, False, None)
        self.reducer = _core.RankReducer(self.writer, None, window, resume)

    def end(self, seconds=TENTH):
        """Wait for what is there; the counts, and what a user is warned of."""
        assert self.reducer.finish(seconds)
        assert self.writer.close()
        warned = [str(problem) for problem in self.session.take_problems()]
        return self.reducer.stats(), warned

    def points(self, count):
        """Wait for so many points."""
        wait_until(lambda: self.reducer.stats()["points"] >= count)


def curves(directory):
    """From tag to its points: step, value."""
    table = tensorbolt.read(directory).scalars.to_dict()
    found = {}
    for tag, step, value in zip(
        table["tag"], table["step"], table["value"], strict=True
    ):
        found.setdefault(tag, []).append((step, value))
    return found


def test_each_step_has_the_statistics_of_all_ranks(tmp_path):
    values = np.random.default_rng(1).normal(size=(10, 6))
    for node in range(2):
        stream = Stream(tmp_path, 10 + node)
        for rank in range(3 * node, 3 * node + 3):
            stream.add(start(rank, 6))
            for step in range(10):
                stream.add(scalars(rank, step, {"loss": values[step, rank]}, step + 5))
            stream.add(stop(rank))
    counts, warned = Job(tmp_path).end(60)
    assert not warned
    assert counts["points"] == 10
    assert counts["values"] == 60
    assert (counts["late"], counts["incomplete"], counts["missing"]) == (0, 0, {})
    found = curves(tmp_path)
    wanted = {
        "loss": values.mean(1),
        "ranks/min/loss": values.min(1),
        "ranks/max/loss": values.max(1),
        "ranks/std/loss": values.std(1),
        "ranks/p50/loss": np.median(values, 1),
        "ranks/max_rank/loss": values.argmax(1),
    }
    assert found.keys() == wanted.keys()
    for tag, numbers in wanted.items():
        expected = list(enumerate(numbers.astype(np.float32).astype(float)))
        assert found[tag] == expected
    times = tensorbolt.read(tmp_path, wall_time="float").scalars["wall_time"]
    assert set(times) == set(range(5, 15))


def test_a_missing_rank_is_named_once(tmp_path):
    stream = Stream(tmp_path, 1)
    for rank in (0, 2):
        stream.add(start(rank, 4))
        stream.add(*[scalars(rank, step, {"a": rank}) for step in range(3)])
    counts, warned = Job(tmp_path).end()
    assert counts["missing"] == {1: 3, 3: 3}
    assert counts["incomplete"] == counts["points"] == 3
    assert len(warned) == 1
    assert 'ranks 1 and 3 did not log "a" at step 0' in warned[0]
    assert curves(tmp_path)["a"] == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_a_late_value_is_named_and_makes_no_second_point(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2), scalars(0, 0, {"a": 1}))
    stream.add(scalars(1, 0, {"b": 1}))
    job = Job(tmp_path, window=0.05)
    job.points(2)
    stream.add(
        scalars(1, 0, {"a": 5}), scalars(0, 1, {"a": 2}), scalars(1, 1, {"a": 4})
    )
    stream.add(scalars(0, 0, {"a": 7}))
    counts, warned = job.end()
    assert counts["late"] == 1
    assert counts["late_ranks"] == {1: 1}
    assert any('rank 1 logged "a" at step 0 too late' in text for text in warned)
    assert curves(tmp_path)["a"] == [(0, 1.0), (1, 3.0)]


def test_a_rank_that_has_stopped_is_not_waited_for(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2), stop(1))
    stream.add(scalars(0, 0, {"a": 1}))
    job = Job(tmp_path, window=3600)
    job.points(1)
    # It logs again, so it is waited for again.
    stream.add(scalars(1, 1, {"a": 1}))
    stream.add(scalars(0, 1, {"a": 3}), stop(0), stop(1))
    counts, warned = job.end(3600)
    assert not warned
    assert curves(tmp_path)["a"] == [(0, 1.0), (1, 2.0)]
    assert counts["missing"] == {}


def test_a_tag_of_some_ranks_waits_for_these(tmp_path):
    """Only the first point waits for the window; later ones have the ranks that the last one had."""
    stream = Stream(tmp_path, 1)
    stream.add(*[start(rank, 3) for rank in range(3)])
    stream.add(
        scalars(0, 0, {"rate": 1}), *[scalars(rank, 0, {"a": 1}) for rank in (1, 2)]
    )
    job = Job(tmp_path, window=1.5)
    job.points(1)
    stream.add(*[scalars(0, step, {"rate": step}) for step in range(1, 5)])
    job.points(6)
    counts, warned = job.end()
    assert not warned
    assert [step for step, _ in curves(tmp_path)["rate"]] == [0, 1, 2, 3, 4]
    assert counts["incomplete"] == 0


def test_steps_of_a_tag_ascend(tmp_path):
    """Readers take a step that goes back for a restart, so a complete step waits for those before it."""
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2))
    for step in (3, 1, 2):
        stream.add(scalars(0, step, {"a": step}))
    for step in (2, 3, 1):
        stream.add(scalars(1, step, {"a": step}))
    stream.add(stop(0), stop(1))
    Job(tmp_path).end(60)
    assert curves(tmp_path)["a"] == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_numbers_of_every_kind(tmp_path):
    cases = [
        [math.nan, 1.0, 2.0],
        [math.inf, 1.0, -math.inf],
        [1e300, 1e300, -1e300],
        [0.0, -0.0, 0.0],
        [5e-324, 0.0, 1.0],
    ]
    stream = Stream(tmp_path, 1)
    for rank in range(3):
        stream.add(start(rank, 3))
        for step, values in enumerate(cases):
            stream.add(scalars(rank, step, {"": values[rank], "Ä/ü": values[rank]}))
        stream.add(stop(rank))
    Job(tmp_path).end(60)
    found = curves(tmp_path)
    with np.errstate(all="ignore"):
        means = np.asarray(cases).mean(1).astype(np.float32)
        spread = np.asarray(cases).std(1).astype(np.float32)
    for tag in ("", "Ä/ü"):
        np.testing.assert_array_equal([value for _, value in found[tag]], means)
        got = [value for _, value in found[f"ranks/std/{tag}"]]
        np.testing.assert_array_equal(got, spread)
        assert found[f"ranks/max_rank/{tag}"][0] == (0, 0.0)


def test_rules_say_what_a_curve_shows(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2))
    stream.add(rules(**{"m*": "max", "tokens": "sum", "t*": "min", "x": "last"}))
    stream.add(rules(**{"mem": "mean"}))
    tags = {"mem": 1, "memory": 1, "tokens": 1, "time": 1, "x": 1, "loss": 1}
    stream.add(scalars(0, 0, tags, 10.0))
    stream.add(scalars(1, 0, dict.fromkeys(tags, 3), 9.0))
    stream.add(stop(0), stop(1))
    Job(tmp_path).end(60)
    found = {tag: points[0][1] for tag, points in curves(tmp_path).items()}
    means = {tag: found[tag] for tag in tags}
    assert means == {"mem": 2, "memory": 3, "tokens": 4, "time": 1, "x": 1, "loss": 2}
    assert found["ranks/max/tokens"] == 3


def test_damage_is_skipped_and_a_torn_end_waited_for(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 1), scalars(0, 0, {"a": 0}))
    stream.add(damaged(scalars(0, 1, {"a": 1})), scalars(0, 2, {"a": 2}))
    last = scalars(0, 3, {"a": 3})
    stream.add(last[:20])
    job = Job(tmp_path)
    job.points(2)
    stream.add(last[20:], stop(0))
    counts, _ = job.end(60)
    assert counts["damage"] == 1
    assert curves(tmp_path)["a"] == [(0, 0.0), (2, 2.0), (3, 3.0)]


def test_a_rank_0_that_begins_again_adds_what_is_missing(tmp_path):
    stream = Stream(tmp_path, 1)
    stream.add(start(0, 2), start(1, 2))
    for step in range(4):
        stream.add(scalars(0, step, {"a": step}), scalars(1, step, {"a": step}))
    Job(tmp_path).end()
    stream.add(scalars(0, 4, {"a": 4}), scalars(1, 4, {"a": 4}))
    counts, _ = Job(tmp_path).end()
    assert (counts["points"], counts["present"]) == (1, 8)
    counts, _ = Job(tmp_path).end()
    assert (counts["points"], counts["present"]) == (0, 10)
    table = tensorbolt.read(tmp_path, tags="a", restarts="keep", duplicates="all")
    assert list(table.scalars["step"]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("offset", [90.0, -90.0])
def test_a_resumed_job_replaces_what_it_logged_whatever_clocks_say(tmp_path, offset):
    """Eight ranks, then six, then eight again; the second node's clock is off."""
    for number, (size, first, last, wrong) in enumerate(
        [(8, 0, 10, 1), (6, 6, 9, 2), (8, 8, 15, 0)]
    ):
        job = None
        for node in (1, 0):
            ranks = range(4 * node, min(4 * node + 4, size))
            stream = Stream(tmp_path, 1000 + 10 * number + node, f"n{node}")
            time = 1000 * number + offset * node
            for rank in ranks:
                stream.add(start(rank, size, time, resume=first if number else None))
            if node == 0:
                # Rank 0 reduces from its start on, while some ranks are not there yet.
                job = Job(tmp_path, resume=first if number else None)
            for step in range(first, last):
                for rank in ranks:
                    stream.add(scalars(rank, step, {"a": step + wrong}, time + step))
            if number == 2:
                stream.add(*[stop(rank) for rank in ranks])
        job.end(60 if number == 2 else TENTH)
    found = curves(tmp_path)
    wanted = [*((step, step + 1) for step in range(6)), *((6, 8), (7, 9))]
    wanted += [(step, step) for step in range(8, 15)]
    assert found["a"] == wanted
    assert found["ranks/std/a"] == [(step, 0.0) for step in range(15)]


def test_old_values_wait_for_their_rank_after_a_resumed_start(tmp_path):
    """Rank 1 comes back later than rank 0; its values of before must not mix with new ones."""
    old = Stream(tmp_path, 1)
    old.add(start(0, 2), start(1, 2))
    for step in range(5):
        old.add(scalars(0, step, {"a": 1}), scalars(1, step, {"a": 1}))
    Job(tmp_path).end()
    new = Stream(tmp_path, 2)
    new.add(start(0, 2, resume=2))
    job = Job(tmp_path, window=3600, resume=2)
    new.add(
        *[scalars(0, step, {"a": 2}) for step in range(2, 5)], scalars(0, 0, {"b": 1})
    )
    new.add(start(1, 2, resume=2))
    new.add(*[scalars(1, step, {"a": 2}) for step in range(2, 5)], stop(0), stop(1))
    counts, warned = job.end(3600)
    assert not warned
    assert curves(tmp_path)["a"] == [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2)]
    assert counts["late"] == 0
