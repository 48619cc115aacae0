"""Any number of threads may use one writer."""

import threading

import numpy as np
import pytest
from tests.python.support.helpers import (
    event_files,
    python,
    records,
    runs,
    scalars,
    together,
    values,
)

import tensorbolt

THREADS, STEPS = 8, 400


def test_each_thread_finds_its_events_in_order(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        together(
            THREADS,
            lambda number: [
                writer.add_scalar(f"t{number}", step, step) for step in range(STEPS)
            ],
        )
    found = scalars(logdir)
    assert len(found) == THREADS * STEPS
    for number in range(THREADS):
        assert [step for tag, step, _ in found if tag == f"t{number}"] == list(
            range(STEPS)
        )


def test_all_methods_at_once(logdir):
    image, array = np.zeros((3, 20, 20), np.uint8), np.arange(100.0)

    def work(number):
        for step in range(40):
            writer.add_scalar(f"s{number}", step, step)
            writer.add_image(f"i{number}", image, step)
            writer.add_histogram(f"h{number}", array, step)
            writer.add_text(f"t{number}", "x", step)
            writer.log({f"l{number}": step}, step)
            writer.flush()

    with tensorbolt.SummaryWriter(logdir) as writer:
        together(THREADS, work)
    found = values(logdir)
    assert len(found) == THREADS * 40 * 5
    assert {
        tag: [s for t, s, _ in found if t == tag] for tag in {t for t, _, _ in found}
    } == {tag: list(range(40)) for tag in {t for t, _, _ in found}}


def test_sub_runs_are_opened_once(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        together(
            THREADS,
            lambda number: [
                writer.add_scalars("g", {"a": step, "b": step}, step)
                for step in range(50)
            ],
        )
        assert len(writer.scalar_dict[f"{logdir}/g_a"]) == THREADS * 50
    assert len(event_files(f"{logdir}/g_a")) == len(event_files(f"{logdir}/g_b")) == 1
    assert len(scalars(f"{logdir}/g_a")) == THREADS * 50


def test_reopening_from_many_threads_opens_one_file(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    together(THREADS, lambda number: writer.add_scalar("s", number))
    writer.close()
    assert len(event_files(logdir)) == 2
    assert len(scalars(logdir)) == THREADS


def test_steps_that_count_up_are_given_out_once(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        together(THREADS, lambda _: [writer.add_scalar("s", 1.0) for _ in range(STEPS)])
    assert sorted(step for _, step, _ in scalars(logdir)) == list(
        range(THREADS * STEPS)
    )


@pytest.mark.parametrize(
    "method", ["add_scalar", "add_histogram", "add_scalars", "log"]
)
def test_closing_while_others_log(logdir, method):
    """A writer may be closed at any time: others go on in a new file."""
    arguments = {
        "add_scalar": lambda: ("s", 1.0), "add_histogram": lambda: ("s", [1.0]),
        "add_scalars": lambda: ("g", {"k": 1.0}), "log": lambda: ({"s": 1.0},),
    }[method]  # fmt: skip
    writer = tensorbolt.SummaryWriter(logdir)

    def work(number):
        for _ in range(20 if number == 0 else 200):
            if number == 0:
                writer.close()
            else:
                getattr(writer, method)(*arguments())

    together(THREADS, work)
    writer.close()
    found = sum(len(found) for found in runs(logdir).values())
    assert found + writer.stats()["dropped"] == (THREADS - 1) * 200
    assert writer.stats()["dropped"] == 0


def test_records_of_different_threads_never_mix(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        together(
            THREADS,
            lambda number: [
                writer.add_text(f"t{number}", str(number) * 5000) for _ in range(100)
            ],
        )
    for path in event_files(logdir):
        for event in records(path)[1:]:
            tag, text = (
                event.summary.value[0].tag,
                event.summary.value[0].tensor.string_val[0],
            )
            assert text == tag[1:2].encode() * 5000


def test_an_import_leaves_out_what_most_programs_do_not_need():
    done = python(
        """
        import sys, numpy
        before = set(sys.modules)
        import tensorbolt
        print(*sorted(set(sys.modules) - before))
        """
    )
    added = done.stdout.split()
    assert "tensorbolt.writer._scalars" in added
    # numpy has loaded some of these in some versions.
    heavy = {"importlib.util", "json", "logging", "pathlib", "socket", "threading"}
    assert not heavy & set(added), added
    rare = ("_figures", "_frames", "_embedding_labels", "_hparam_values", "model_state")
    assert not [name for name in added if name.endswith(rare)], added


def test_locks_are_those_that_a_program_has_put_into_threading(logdir, monkeypatch):
    class Lock:
        """Stands for the lock of another package, such as gevent."""

        def __init__(self):
            self._real, self.taken = real(), 0

        def __enter__(self):
            self.taken += 1
            return self._real.__enter__()

        def __exit__(self, *error):
            return self._real.__exit__(*error)

    real = threading.RLock
    monkeypatch.setattr(threading, "RLock", Lock)
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        before = writer._files_lock.taken
        writer.add_scalar("s", 1)
        assert writer._files_lock.taken > before
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_program_without_threading_has_a_lock(logdir):
    python(
        """
        import sys
        from tensorbolt import SummaryWriter
        sys.modules.pop("threading", None)
        with SummaryWriter(sys.argv[1], auto_step=True) as writer:
            assert type(writer._files_lock).__name__ == "RLock"
            with writer._files_lock:
                writer.add_scalar("s", 1)
        """,
        logdir,
    )
    assert scalars(logdir) == [("s", 0, 1.0)]
