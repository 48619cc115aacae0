"""GlobalSummaryWriter in several processes, which may be killed at any moment."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tests.python.support.helpers import event_files, python, scalars, tree, values

import tensorbolt

START = ["fork", "spawn", "forkserver"]
WORKER = """
import multiprocessing, os, sys, time
import numpy as np
import tensorbolt
def log(writer, count):
    for number in range(count):
        writer.add_scalar("loss", number)
        writer.add_scalar("other", number)
        writer.add_text("loss", str(number))
        writer.add_image("loss", np.zeros((3, 40, 40), np.uint8))
    writer.flush()
def one(number):
    writer.add_scalar("pool", number)
    return number
"""


@pytest.fixture
def writer(logdir):
    with tensorbolt.GlobalSummaryWriter(logdir) as writer:
        yield writer


def run(tmp_path, body, *arguments):
    """Run a program from a file, which spawned children can import."""
    path = tmp_path / "program.py"
    path.write_text(
        f"{WORKER}\nif __name__ == '__main__':\n{textwrap.indent(body, '    ')}"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr


def steps(logdir):
    """For each tag and kind its steps, in the order of the file."""
    found = {}
    for tag, step, value in values(logdir):
        found.setdefault((tag, value.WhichOneof("value")), []).append(step)
    return found


@pytest.mark.parametrize("start", START)
def test_several_processes(tmp_path, logdir, start):
    """Difference D32: every step exactly once and in order, in one file, with nothing else in the directory."""
    run(
        tmp_path,
        """
context = multiprocessing.get_context(sys.argv[2])
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
workers = [context.Process(target=log, args=(writer, 50)) for _ in range(3)]
for worker in workers:
    worker.start()
log(writer, 50)
for worker in workers:
    worker.join()
assert [worker.exitcode for worker in workers] == [0, 0, 0]
writer.close()
""",
        logdir,
        start,
    )
    assert steps(logdir) == {
        ("loss", "simple_value"): list(range(200)),
        ("other", "simple_value"): list(range(200)),
        ("loss/text_summary", "tensor"): list(range(200)),
        ("loss", "image"): list(range(200)),
    }
    assert len(tree(logdir)) == 1
    numbers = [v.simple_value for tag, _, v in values(logdir) if tag == "other"]
    assert sorted(numbers) == sorted(list(range(50)) * 4)


def test_a_pool_that_is_terminated_loses_nothing(tmp_path, logdir):
    """`with Pool()` kills its workers as soon as the last result is there."""
    run(
        tmp_path,
        """
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
with multiprocessing.get_context("fork").Pool(4) as pool:
    assert pool.map(one, range(200), chunksize=1) == list(range(200))
writer.close()
""",
        logdir,
    )
    assert steps(logdir) == {("pool", "simple_value"): list(range(200))}
    assert sorted(value for _, _, value in scalars(logdir)) == list(range(200))


def test_workers_that_are_killed_damage_nothing(tmp_path, logdir):
    run(
        tmp_path,
        """
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
context = multiprocessing.get_context("fork")
for pause in (0.05, 0.1, 0.15):
    workers = [context.Process(target=log, args=(writer, 100_000)) for _ in range(3)]
    for worker in workers:
        worker.start()
    time.sleep(pause)
    for worker in workers:
        worker.kill()
        worker.join()
    log(writer, 5)
writer.close()
""",
        logdir,
    )
    found = steps(logdir)
    for numbers in found.values():
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= 15


def test_children_go_on_after_the_parents_end(tmp_path, logdir):
    run(
        tmp_path,
        """
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
writer.add_scalar("loss", 1)
if os.fork() == 0:
    time.sleep(0.5)
    log(writer, 20)
    os._exit(0)
os._exit(0)
""",
        logdir,
    )
    deadline = time.monotonic() + 60
    while len(steps(logdir).get(("loss", "image"), [])) < 20:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert steps(logdir)["loss", "simple_value"] == list(range(21))


@pytest.mark.parametrize("end", [0, 1])
def test_an_end_without_close_loses_nothing(logdir, end):
    python(
        f"""
import sys, numpy, tensorbolt
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
writer.add_image("i", numpy.zeros((3, 500, 500)))
writer.add_scalar("s", 1)
sys.exit({end})
""",
        logdir,
        expect=end,
    )
    assert sorted(steps(logdir)) == [("i", "image"), ("s", "simple_value")]


def test_a_half_written_record_is_cut_off(writer, logdir):
    writer.add_scalar("a", 1)
    (path,) = event_files(logdir)
    whole = path.read_bytes()
    for torn in (whole[-1:], whole[:5], whole[:13], whole[:-1]):
        # What a killed process may have left behind; `whole` begins with a record.
        with path.open("ab") as file:
            file.write(torn[: min(len(torn), 20)])
        writer.add_scalar("a", 1)
    assert [step for _, step, _ in scalars(logdir)] == list(range(5))


def test_a_damaged_file_is_told_and_not_written_to(writer, logdir):
    writer.add_scalar("a", 1)
    (path,) = event_files(logdir)
    with path.open("ab") as file:
        file.write(b"x" * 100)
    size = path.stat().st_size
    with pytest.warns(RuntimeWarning, match="damaged"):
        writer.add_scalar("a", 1)
        writer.flush()
    assert path.stat().st_size == size
    with path.open("ab") as file:
        file.truncate(size - 100)
    deadline = time.monotonic() + 60
    while len(scalars(logdir)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_no_process_is_started(logdir):
    """tensorboardX starts five, which outlive a parent that dies."""
    done = python(
        """
import json, multiprocessing, os, sys, tensorbolt
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
writer.add_scalar("a", 1)
children = open(f"/proc/self/task/{os.getpid()}/children").read().split()
print(json.dumps([len(children), len(multiprocessing.active_children())]))
""",
        logdir,
    )
    assert json.loads(done.stdout) == [0, 0]


def test_another_process_that_holds_the_file_stalls_nothing(writer, logdir):
    """A stopped process may hold the lock for long; calls go on, and their events are written when it lets go."""
    fcntl = pytest.importorskip("fcntl")
    (path,) = event_files(logdir)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for number in range(1000):
            writer.add_scalar("a", number)
        assert scalars(logdir) == []
    writer.flush()
    assert scalars(logdir) == [("a", number, float(number)) for number in range(1000)]
