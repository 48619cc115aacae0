"""A read that an exception ends: Ctrl-C, or a function of the caller. Nothing of it is kept, and a later call reads all."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tensorbolt
from tensorbolt import SummaryWriter, _core
from tensorbolt.reading.options import EVERYTHING

POINTS = 30_000

#: Reads a file that has a point and then a terabyte of zeros, in which a reader looks for records for minutes; the function that
#: chooses tags is called during the read, and has another thread send the signal.
ENDLESS = """
import os, signal, sys, threading
import tensorbolt

called, main = threading.Event(), threading.main_thread().ident

def send():
    called.wait()
    signal.pthread_kill(main, signal.SIGINT)

def wants(tag):
    called.set()
    return True

threading.Thread(target=send, daemon=True).start()
log = tensorbolt.read(sys.argv[1], tags=wants, threads=int(sys.argv[2]))
try:
    log.scalars
except KeyboardInterrupt:
    print("interrupted")
os.truncate(sys.argv[1], int(sys.argv[3]))
print(len(log.scalars))
"""


@pytest.fixture(scope="module")
def log_file(tmp_path_factory):
    directory = tmp_path_factory.mktemp("log")
    with SummaryWriter(directory) as writer:
        for step in range(POINTS):
            writer.add_scalar("loss", step, step)
    return next(directory.glob("*tfevents*"))


def core_log(place):
    core = EVERYTHING.core("purge", "last")
    core.set_files([(".", "events", place, 0)])
    return core


def points(core: _core.Log) -> int:
    return sum(count for _, _, count in core.scalars()[2])


def test_a_report_tells_how_many_bytes_are_done(log_file):
    core, done = core_log(log_file), []
    assert core.read(done.append, 0)
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert done[-1] == log_file.stat().st_size
    assert points(core) == POINTS


def test_an_exception_of_the_report_ends_the_read_and_nothing_is_kept(log_file):
    core, calls = core_log(log_file), []

    def report(done):
        calls.append(done)
        if done:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        core.read(report, 0)
    assert 0 < calls[-1] < log_file.stat().st_size
    assert points(core) == 0
    assert core.damage() == []
    assert core.read()
    assert points(core) == POINTS


def test_ctrl_c_during_a_report_ends_the_read(log_file):
    core = core_log(log_file)
    with pytest.raises(KeyboardInterrupt):
        core.read(lambda _: signal.raise_signal(signal.SIGINT), 0)
    assert points(core) == 0
    assert core.read()
    assert points(core) == POINTS


def test_an_exception_while_columns_are_made_ends_that_and_the_log_stays(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for tag in "abc":
            writer.add_scalar_series(tag, range(100), range(100))
    core, done = core_log(next(tmp_path.iterdir())), []
    assert core.read()
    core.scalars(done.append, 0)
    # Two codes of 4 bytes and three numbers of 8 for each point.
    assert done == [100 * 32, 200 * 32, 300 * 32]

    def report(bytes_done):
        done.append(bytes_done)
        raise LookupError("enough")

    done.clear()
    with pytest.raises(LookupError, match="enough"):
        core.scalars(report, 0)
    assert done == [100 * 32]
    with pytest.raises(KeyboardInterrupt):
        core.scalars(lambda _: signal.raise_signal(signal.SIGINT), 0)
    assert points(core) == 300


def test_an_exception_of_the_choice_of_tags_keeps_nothing(log_file):
    fails = True

    def wants(tag):
        if fails:
            raise LookupError(tag)
        return True

    log = tensorbolt.read(log_file, tags=wants)
    with pytest.raises(LookupError, match="loss"):
        len(log.scalars)
    fails = False
    assert len(log.scalars) == POINTS


class Interrupted(io.BytesIO):
    """A file during whose reading Ctrl-C is pressed, once."""

    is_pressed = False

    def read(self, size=-1, /):
        if not self.is_pressed:
            self.is_pressed = True
            raise KeyboardInterrupt
        return super().read(size)


def test_ctrl_c_in_a_file_object_is_no_damage(log_file):
    log = tensorbolt.read(Interrupted(log_file.read_bytes()))
    with pytest.raises(KeyboardInterrupt):
        len(log.scalars)
    assert len(log.scalars) == POINTS
    assert len(log.damage) == 0
    events = tensorbolt.read(Interrupted(log_file.read_bytes())).events()
    with pytest.raises(KeyboardInterrupt):
        next(events)


def test_the_log_cannot_be_used_from_inside_its_own_read(log_file):
    core = core_log(log_file)
    with pytest.raises(RuntimeError, match="is being read by this thread"):
        core.read(lambda _: core.runs(), 0)
    assert core.read()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_long_read(threads, tmp_path):
    with SummaryWriter(tmp_path / "log") as writer:
        writer.add_scalar("loss", 1, 1)
    path = next((tmp_path / "log").iterdir())
    size = path.stat().st_size
    os.truncate(path, 1 << 40)
    command = [sys.executable, "-c", ENDLESS, str(path), str(threads), str(size)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["interrupted", "1"]
