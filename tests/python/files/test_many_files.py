"""Many files: names, descriptors, threads, readers, and what was in the directory before."""

import hashlib
import multiprocessing
import os
import threading
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support.helpers import (
    descriptors_below,
    event_files,
    python,
    scalars,
    wait_until,
)

import tensorbolt

EPOCHS = 30
IN_A_ROW = 2_000


def log_one(logdir, number, barrier):
    barrier.wait()
    for turn in range(5):
        with tensorbolt.SummaryWriter(logdir) as writer:
            writer.add_scalar("s", number * 5 + turn)


def test_processes_and_writers_in_one_directory_within_a_second(logdir):
    spawn = multiprocessing.get_context("fork")
    barrier = spawn.Barrier(4)
    processes = [
        spawn.Process(target=log_one, args=(logdir, number, barrier))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(100)
        assert process.exitcode == 0
    assert len(event_files(logdir)) == 20
    assert sorted(value for _, _, value in scalars(logdir)) == list(range(20))


def test_thousands_of_writers_in_a_row(logdir):
    """Their names sort in the order they were made, and nothing of them stays open."""
    threads, names = set(threading.enumerate()), []
    for number in range(IN_A_ROW):
        with tensorbolt.SummaryWriter(logdir) as writer:
            writer.add_scalar("s", number, number)
            names.append(writer.file_writer.event_writer._file_name)
    assert names == sorted(names)
    assert len(set(names)) == IN_A_ROW
    assert [step for _, step, _ in scalars(logdir)] == list(range(IN_A_ROW))
    wait_until(lambda: descriptors_below(logdir) == 0)
    assert set(threading.enumerate()) <= threads


@pytest.fixture(scope="module")
def epochs(tmp_path_factory):
    """What tutorials do: a new writer in the same directory for every epoch, here within a few seconds."""
    parent = tmp_path_factory.mktemp("epochs")
    for epoch in range(EPOCHS):
        with tensorbolt.SummaryWriter(parent / "run") as writer:
            writer.add_scalar("loss", 1.0 / (epoch + 1), epoch)
    assert len(event_files(parent / "run")) == EPOCHS
    return parent


def test_a_writer_per_epoch_in_one_run_of_the_accumulator(epochs):
    accumulator = EventAccumulator(str(epochs / "run"))
    accumulator.Reload()
    assert [event.step for event in accumulator.Scalars("loss")] == list(range(EPOCHS))


@pytest.mark.parametrize("load_fast", ["true", "false"])
@pytest.mark.timeout(600)
def test_a_writer_per_epoch_on_the_board(serve, epochs, load_fast):
    board = serve(epochs, load_fast)
    expected = {("run", "loss"): list(range(EPOCHS))}
    board.wait_until(lambda: board.steps("scalars", "scalars") == expected)
    assert board.steps("scalars", "scalars") == expected
    assert board.complaints() == []


def test_five_hundred_at_once_cost_few_threads_and_one_descriptor_each(tmp_path):
    threads = len(os.listdir("/proc/self/task"))
    writers = [
        tensorbolt.SummaryWriter(tmp_path / str(number)) for number in range(500)
    ]
    for writer in writers:
        writer.add_scalar("s", 1.0)
        writer.add_image("i", np.zeros((3, 2, 2), np.uint8))
    # Two I/O threads, at most eight if their stores hung; at most four lanes and four for arrays.
    assert len(os.listdir("/proc/self/task")) <= threads + 16
    assert descriptors_below(tmp_path) == 500
    for writer in writers:
        writer.close()
    wait_until(lambda: descriptors_below(tmp_path) == 0)
    assert all(len(scalars(tmp_path / str(number))) == 2 for number in (0, 250, 499))


def test_running_out_of_descriptors_is_an_error_that_heals(tmp_path):
    """The constructor raises; a sub-run waits in memory with a warning until there are descriptors again."""
    python(
        """
        import os, sys, time, warnings
        import tensorbolt, resource

        warnings.simplefilter("always")
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = max(int(name) for name in os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 8, hard))
        taken = []
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        try:
            tensorbolt.SummaryWriter(sys.argv[1])
        except OSError as error:
            assert error.errno == 24, error
            assert "cannot create an event file in" in str(error), error
        else:
            raise AssertionError("no error")
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            writer.add_scalars("g", {"k": 1.0}, 1)
            writer.add_scalars("g", {"k": 2.0}, 2)
            writer.add_scalar("s", 3.0)
            writer.flush()
        assert len(warned) == 1, [str(one.message) for one in warned]
        assert "Too many open files" in str(warned[0].message)
        for descriptor in taken:
            os.close(descriptor)
        deadline = time.monotonic() + 60
        while writer.stats()["pending_bytes"] and time.monotonic() < deadline:
            time.sleep(0.02)
        writer.close()
        assert writer.stats()["dropped"] == 0, writer.stats()
        tensorbolt.SummaryWriter(sys.argv[1]).close()
        """,
        tmp_path / "run",
    )
    assert [step for _, step, _ in scalars(tmp_path / "run" / "g_k")] == [1, 2]
    assert len(scalars(tmp_path / "run")) == 1


def test_what_is_in_the_directory_is_never_touched(logdir):
    """Torn and foreign files, whatever their names, have the same bytes and times afterwards."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("old", 1.0)
    (whole,) = event_files(logdir)
    data = whole.read_bytes()
    directory = whole.parent
    (directory / "events.out.tfevents.9999999999.other.1.000000").write_bytes(data[:-7])
    (directory / "events.out.tfevents.0000000001.other").write_bytes(b"")
    (directory / "checkpoint.pt").write_bytes(os.urandom(1000))
    (directory / "projector_config.pbtxt.unreadable").write_text("mine")
    (directory / ".hidden.tmp").write_text("mine")
    before = prints(directory)
    time.sleep(0.01)
    for _ in range(3):
        with tensorbolt.SummaryWriter(logdir, purge_step=0) as writer:
            writer.add_scalar("new", 1.0)
            writer.add_image("i", np.zeros((3, 2, 2), np.uint8))
            writer.add_scalars("g", {"k": 1.0})
            writer.add_embedding(np.eye(2))
            writer.add_hparams({"a": 1}, {"m": 1.0}, run_name="r")
    after = prints(directory)
    assert {name: after[name] for name in before} == before
    assert len(event_files(logdir)) == 3 + 3


def prints(directory):
    """Hash, time and size of every file."""
    return {
        path.name: (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
            path.stat().st_ino,
        )
        for path in directory.iterdir()
        if path.is_file()
    }
