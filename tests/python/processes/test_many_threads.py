"""Sixty-four threads: one writer, every method, and writers that come and go."""

import time

import numpy as np
from tests.python.support.helpers import event_files, runs, scalars, together, values

import tensorbolt

THREADS = 64


def test_sixty_four_threads_on_one_writer(logdir):
    """With every way that an event takes: in the call, over a lane, in a sub-run, in files of the projector."""
    image, array = np.zeros((3, 8, 8), np.uint8), np.arange(100.0)

    def work(number):
        for step in range(10):
            writer.add_scalar(f"s{number}", step, step)
            writer.log({f"l{number}": step, "x": step}, step)
            writer.add_histogram(f"h{number}", array, step)
            writer.add_image(f"i{number}", image, step)
            writer.add_tensor(f"t{number}", array, step)
            writer.add_scalars("group", {f"k{number % 4}": step}, step)
            if step == number % 10:
                writer.add_embedding(np.eye(2), tag=f"e{number % 8}")
                writer.flush()

    with tensorbolt.SummaryWriter(logdir, max_buffer=2**16) as writer:
        together(THREADS, work)
    assert writer.stats()["dropped"] == 0
    found = {}
    for tag, step, _ in values(logdir):
        found.setdefault(tag, []).append(step)
    assert len(found.pop("x")) == THREADS * 10
    assert len(found) == THREADS * 5
    assert all(steps == list(range(10)) for steps in found.values())
    for key in range(4):
        assert len(scalars(f"{logdir}/group_k{key}")) == THREADS // 4 * 10
        assert len(event_files(f"{logdir}/group_k{key}")) == 1


def test_writers_made_and_closed_by_many_threads(logdir):
    """All in one directory, half of them left to the collector."""

    def work(number):
        for turn in range(5):
            writer = tensorbolt.SummaryWriter(logdir)
            writer.add_scalar("s", number * 5 + turn)
            if turn % 2:
                writer.close()

    together(THREADS, work)
    assert len(event_files(logdir)) == THREADS * 5
    deadline = time.monotonic() + 60
    while len(scalars(logdir)) < THREADS * 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(value for _, _, value in scalars(logdir)) == list(range(THREADS * 5))


def test_closing_flushing_and_reading_while_all_log(logdir):
    """When one closes, the others go on in a new file, and nothing is lost or written twice."""
    writer = tensorbolt.SummaryWriter(logdir)

    def work(number):
        for step in range(20):
            if number % 8 == 0 and step % 7 == 3:
                writer.close()
            elif number % 8 == 1:
                writer.flush()
                assert writer.stats()["events"] >= 0
            else:
                writer.add_scalar(f"s{number}", step, step)

    together(THREADS, work)
    writer.close()
    found = sum(len(found) for found in runs(logdir).values())
    stats = writer.stats()
    assert (found, stats["dropped"]) == (stats["events"], 0)
