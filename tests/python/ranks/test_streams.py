"""`ranks="reduce"`: the streams of ranks, from their beginning to their end."""

import copy
import gc
import multiprocessing
import os
import pickle
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.python.support import streams
from tests.python.support.streams import files, writer_of

pytestmark = pytest.mark.usefixtures("temporary")


def test_ranks_of_a_node_share_one_stream(tmp_path):
    values = np.random.default_rng(0).normal(size=(4, 50))
    writers = [writer_of(tmp_path, rank) for rank in range(4)]
    for step in range(50):
        for rank, writer in enumerate(writers):
            writer.add_scalar("loss", values[rank, step], step)
    for writer in writers:
        writer.close()
    # Rank 0 has an event file as well, for all that is no scalar.
    assert files(tmp_path) == ["events", "ranks"]
    found = np.full_like(values, np.nan)
    for point in streams.points(tmp_path):
        assert point.tag == "loss"
        found[point.rank, point.step] = point.value
    np.testing.assert_array_equal(found, values)
    for rank in range(4):
        steps = [point.step for point in streams.points(tmp_path) if point.rank == rank]
        assert steps == list(range(50))


def test_a_rank_begins_and_ends(tmp_path):
    with writer_of(tmp_path, 3, 7) as writer:
        writer.add_scalar("x", 1.0, 5)
    (path,) = streams.streams(tmp_path)
    (_, start), (_, point), (_, stop) = streams.events(path)
    assert streams.extra(start) == {streams.RANK: 3, streams.WORLD_SIZE: 7}
    assert streams.extra(point) == streams.extra(stop) == {streams.RANK: 3}
    assert streams.sessions(tmp_path) == [(3, "START"), (3, "STOP")]
    assert start.wall_time <= point.wall_time <= stop.wall_time
    assert files(tmp_path) == ["ranks"]
    host, pid = path.name.split(".")[1:-1][0], path.name.split(".")[-2]
    assert (host, pid) == (os.uname().nodename.split(".")[0], str(os.getpid()))


@pytest.mark.parametrize("rank", [0, 1, 127, 128, 2**32 - 2])
def test_ranks_of_any_size(tmp_path, rank):
    with writer_of(tmp_path, rank, 2**32 - 1) as writer:
        writer.add_scalar("x", 1.0, -(2**63))
    (point,) = streams.points(tmp_path)
    assert point == (rank, "x", -(2**63), 1.0)


def test_lazy_writers_make_the_stream_with_the_first_call(tmp_path):
    with writer_of(tmp_path / "run", 1, lazy=True) as writer:
        assert not (tmp_path / "run").exists()
        writer.add_scalar("x", 1.0, 0)
    assert streams.points(tmp_path / "run") == [(1, "x", 0, 1.0)]


def test_a_purge_is_a_rank_that_resumes(tmp_path):
    with writer_of(tmp_path, 1, purge_step=3) as writer:
        writer.add_scalar("x", 1.0, 3)
        writer.close()
        writer.add_scalar("x", 2.0, 4)
    starts = [
        (event.step, streams.extra(event).get(streams.RESUMED))
        for path in streams.streams(tmp_path)
        for _, event in streams.events(path)
        if streams.WORLD_SIZE in streams.extra(event)
    ]
    # What was logged since must not be replaced.
    assert starts == [(3, 1), (0, None)]


def test_a_writer_that_is_collected_has_ended(tmp_path):
    writer = writer_of(tmp_path, 1)
    writer.add_scalar("x", 1.0, 0)
    other = writer_of(tmp_path, 2)
    del writer
    gc.collect()
    other.flush()
    other.close()
    assert streams.sessions(tmp_path).count((1, "STOP")) == 1


def test_copies_log_and_end_nothing(tmp_path):
    writer = writer_of(tmp_path, 1)
    for one in (pickle.loads(pickle.dumps(writer)), copy.copy(writer)):
        one.add_scalar("x", 1.0, 0)
        one.close()
    writer.add_scalar("x", 2.0, 1)
    writer.flush()
    assert [p.value for p in streams.points(tmp_path)] == [1.0, 1.0, 2.0]
    assert {status for _, status in streams.sessions(tmp_path)} == {"START"}
    writer.close()
    assert streams.sessions(tmp_path)[-1] == (1, "STOP")
    assert len(streams.streams(tmp_path)) == 1


def _log_and_close(writer):
    writer.add_scalar("child", 1.0, 0)
    writer.add_text("child", "text", 0)
    writer.close()


def test_forked_children_log_as_their_rank(tmp_path):
    with writer_of(tmp_path, 0) as writer:
        writer.add_scalar("parent", 1.0, 0)
        writer.flush()
        context = multiprocessing.get_context("fork")
        child = context.Process(target=_log_and_close, args=(writer,))
        child.start()
        child.join()
        assert child.exitcode == 0
        writer.add_scalar("parent", 1.0, 1)
    assert [(p.rank, p.tag) for p in streams.points(tmp_path)] == [
        (0, "parent"),
        (0, "child"),
        (0, "parent"),
    ]
    assert streams.sessions(tmp_path).count((0, "STOP")) == 1
    assert len(streams.streams(tmp_path)) == 1
    assert files(tmp_path).count("events") == 2


def test_a_later_job_begins_a_stream_that_sorts_behind_all_others(tmp_path):
    folder = tmp_path / "ranks"
    folder.mkdir()
    # The clock of another node was 90 seconds ahead; and files that are no streams.
    ahead = folder / f"{2**62:020}.other.17.stream"
    for path in (ahead, folder / "9.stream", folder / f"{2**63:020}.txt"):
        path.touch()
    for _ in range(2):
        with writer_of(tmp_path) as writer:
            writer.add_scalar("x", 1.0, 0)
    found = [path.name for path in sorted(folder.glob(f"{2**62:020}"[:4] + "*.stream"))]
    assert found[0] == ahead.name
    assert [int(name[:20]) for name in found[1:]] == [2**62 + 1, 2**62 + 2]


def test_a_stream_that_is_removed_is_begun_again(tmp_path):
    one, other = writer_of(tmp_path / "run", 0), writer_of(tmp_path / "run", 1)
    other.add_scalar("x", 1.0, 0)
    other.flush()
    shutil.rmtree(tmp_path / "run")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in (1, 2):
            for writer in (one, other):
                writer.add_scalar("x", 1.0, step)
                writer.flush()
        one.close()
        other.close()
    assert "removed, replaced or cut" in str(caught[0].message)
    found = {(p.rank, p.step) for p in streams.points(tmp_path / "run")}
    assert found == {(0, 1), (1, 1), (0, 2), (1, 2)}
    assert len(streams.streams(tmp_path / "run")) == 1
    # Each rank begins in the new stream.
    assert {(0, "START"), (1, "START")} <= set(streams.sessions(tmp_path / "run"))


def test_descriptors_that_are_closed_are_opened_again(tmp_path):
    writer = writer_of(tmp_path, 1)
    writer.add_scalar("x", 1.0, 0)
    writer.flush()
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink() and link.readlink().suffix in (
            ".stream",
            ".state",
            ".users",
        ):
            os.close(int(link.name))
    with pytest.warns(RuntimeWarning, match="closed its descriptor"):
        writer.add_scalar("x", 2.0, 1)
        writer.close()
    assert [p.value for p in streams.points(tmp_path)] == [1.0, 2.0]


@pytest.mark.parametrize("mode", [0o755, None])
def test_a_local_directory_of_others_is_not_used(tmp_path, temporary, mode):
    (tmp_path / "tmp").mkdir()
    temporary.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    shared = tmp_path / "tmp" / f"tensorbolt-ranks-{os.getuid()}"
    if mode is None:
        shared.symlink_to(tmp_path)
    else:
        shared.mkdir()
        shared.chmod(mode)
    writers = [writer_of(tmp_path / "run", rank) for rank in range(2)]
    for writer in writers:
        writer.add_scalar("x", 1.0, 0)
        writer.close()
    # A process of its own stream, whose writers share it.
    assert len(streams.points(tmp_path / "run")) == 2
    assert not list(tmp_path.rglob("*.state"))
