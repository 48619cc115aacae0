"""`ranks="reduce"`: processes that append to one stream at the same time, and processes that are killed or stopped meanwhile."""

import itertools
import multiprocessing
import os
import signal
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from tests.python.support import streams
from tests.python.support.helpers import wait_until
from tests.python.support.streams import writer_of

import tensorbolt

pytestmark = pytest.mark.usefixtures("temporary")

FORK = multiprocessing.get_context("fork")
PROCESSES, EACH, STEPS = 8, 128, 3
RANKS = PROCESSES * EACH


def local_file(suffix):
    """The local file through which the processes of this node find their stream."""
    folder = Path(tempfile.gettempdir(), f"tensorbolt-ranks-{os.getuid()}")
    (path,) = folder.glob(f"*{suffix}")
    return path


def value(rank, step):
    """Of one rank; another one for each point."""
    return np.sin(1000.0 * rank + step)


def _log_many(directory, process, opened):
    ranks = range(process * EACH, process * EACH + EACH)
    writers = [writer_of(directory, rank, RANKS) for rank in ranks]
    # All processes have the stream open before one of them can be the last.
    opened.wait()
    for step in range(STEPS):
        for rank, writer in zip(ranks, writers, strict=True):
            writer.add_scalar("x", value(rank, step), step)
    # Rank 0 waits for the others.
    for writer in reversed(writers):
        writer.close()


def test_a_thousand_ranks_of_eight_processes(tmp_path, temporary):
    temporary.setenv("TENSORBOLT_REDUCE_WINDOW", "600")
    opened = FORK.Barrier(PROCESSES)

    def log(process):
        # The last process writes the curves, with as much patience as it needs.
        temporary.setenv("TENSORBOLT_STALL_TIMEOUT", "600")
        _log_many(tmp_path, process, opened)

    children = [FORK.Process(target=log, args=(each,)) for each in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * PROCESSES
    # One event file and one stream, in which nothing is lost or torn.
    assert streams.files(tmp_path) == ["events", "ranks"]
    found = streams.points(tmp_path)
    assert len(found) == RANKS * STEPS
    assert {(p.rank, p.step, p.value) for p in found} == {
        (rank, step, value(rank, step))
        for rank, step in itertools.product(range(RANKS), range(STEPS))
    }
    values = np.array([[value(r, s) for s in range(STEPS)] for r in range(RANKS)])
    curves = tensorbolt.read(tmp_path).scalars
    for tag, function in ("x", np.mean), ("ranks/max/x", np.max), ("ranks/p50/x", np.median):  # fmt: skip
        written = curves["value"][curves["tag"] == tag]
        np.testing.assert_array_equal(written, function(values, 0).astype(np.float32))


def _log_for_ever(directory):
    writer = writer_of(directory, 1, 2)
    for step in itertools.count():
        writer.add_scalar("killed", step, step)


def test_a_rank_that_is_killed_harms_no_other(tmp_path):
    with writer_of(tmp_path, 0, 2) as writer:
        writer.add_scalar("x", 0.0, 0)
        writer.flush()
        child = FORK.Process(target=_log_for_ever, args=(tmp_path,))
        child.start()
        (path,) = streams.streams(tmp_path)
        wait_until(lambda: path.stat().st_size > 1 << 16)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        for step in range(1, 100):
            writer.add_scalar("x", step, step)
        writer.flush()
        assert writer.stats()["errors"] == 0
    found = streams.points(tmp_path)
    assert [p.step for p in found if p.rank == 0] == list(range(100))
    steps = [p.step for p in found if p.rank == 1]
    assert steps == list(range(len(steps)))
    assert (1, "STOP") not in streams.sessions(tmp_path)


@pytest.mark.parametrize("part", [1, 11, 12, 30, -1])
def test_a_record_that_was_not_finished_is_cut_off(tmp_path, part):
    writer = writer_of(tmp_path, 0, 2)
    writer.add_scalar("x", 0.0, 0)
    writer.flush()
    (path,) = streams.streams(tmp_path)
    # As a process leaves it that is killed while it writes two records.
    whole = tensorbolt._core.encode_record(b"\x09" + bytes(8) + b"\xc8\x3e\x01")
    with path.open("ab") as file:
        file.write(whole + (whole * 2)[: part % len(whole)])
    state = local_file(".state")
    with state.open("r+b") as file:
        magic, ident, end, writing, looked = struct.unpack("<8s4Q", file.read(40))
        assert (magic, writing) == (b"tbranks1", 0)
        assert f"{ident:020}" == path.name[:20]
        file.seek(0)
        file.write(struct.pack("<8s4Q", magic, ident, end, 1, looked))
    writer.add_scalar("x", 1.0, 1)
    writer.close()
    assert [p.value for p in streams.points(tmp_path)] == [0.0, 1.0]
    # What was whole has stayed.
    assert sum(rank == 1 for rank, _ in streams.events(path)) == 1


def _append_for_ever(directory):
    writer = writer_of(directory, 0, 2)
    for step in itertools.count():
        writer.add_scalar("other", step, step)
        writer.flush()


def holds_a_lock(pid):
    """Whether a process has locked a file for itself alone, as the kernel says."""
    lines = Path("/proc/locks").read_text().splitlines()
    held = [line.split() for line in lines if "->" not in line]
    return ["FLOCK", "WRITE", str(pid)] in [[f[1], f[3], f[4]] for f in held]


def test_a_process_that_is_stopped_while_it_appends_holds_up_no_other(tmp_path):
    writer = writer_of(tmp_path, 1, 2)
    writer.add_scalar("x", 0.0, 0)
    writer.flush()
    child = FORK.Process(target=_append_for_ever, args=(tmp_path,))
    child.start()

    def is_stopped_in_an_append():
        os.kill(child.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        if not holds_a_lock(child.pid):
            os.kill(child.pid, signal.SIGCONT)
            return False
        return True

    wait_until(is_stopped_in_an_append)
    # The thread that writes waits for two seconds and goes on elsewhere; no call waits but `flush`.
    for step in range(1, 1000):
        writer.add_scalar("x", float(step), step)
    assert writer.stats()["blocked_seconds"] == 0
    writer.flush()
    os.kill(child.pid, signal.SIGCONT)
    writer.add_scalar("x", 1000.0, 1000)
    writer.close()
    child.kill()
    child.join()
    assert writer.stats()["errors"] == 0
    assert len(streams.streams(tmp_path)) == 2
    found = [p.value for p in streams.points(tmp_path) if p.tag == "x"]
    assert found == [float(step) for step in range(1001)]


def test_a_stream_that_was_cut_short_is_begun_again(tmp_path):
    writer = writer_of(tmp_path, 1, 2)
    writer.add_scalar("x", 0.0, 0)
    writer.flush()
    (path,) = streams.streams(tmp_path)
    os.truncate(path, 10)
    # The store is asked every two minutes.
    with local_file(".state").open("r+b") as file:
        file.seek(32)
        file.write(bytes(8))
    with pytest.warns(RuntimeWarning, match="removed, replaced or cut"):
        writer.add_scalar("x", 1.0, 1)
        writer.close()
    path.unlink()
    assert [p.value for p in streams.points(tmp_path)] == [1.0]
