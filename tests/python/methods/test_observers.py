"""`add_observer`: functions that meet every event of a writer."""

import copy
import os
import pickle
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import TIME, scalars, values

import tensorbolt
from tensorbolt import record_writer
from tensorbolt.writer._fast_path import NO_FAST_PATH


def watched(writer):
    """The list that a new observer of a writer fills, and the observer."""
    met = []

    def observer(event, directory):
        met.append((event, directory))

    writer.add_observer(observer)
    return met, observer


def test_every_event_and_its_run(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        met, _ = watched(writer)
        writer.add_scalar("s", 0.5, 3, TIME)
        writer.add_scalars("g", {"a": 1}, 4)
        writer.add_image("i", np.zeros((1, 2, 2)), 5)
        writer.file_writer.add_summary(
            Summary(value=[Summary.Value(tag="own", simple_value=1)]), 6
        )
        writer.file_writer.add_event(Event(), 7)
        found = [(event.step, directory) for event, directory in met]
    assert found == [
        (3, logdir),
        (4, f"{logdir}/g_a"),
        (5, logdir),
        (6, logdir),
        (7, logdir),
    ]
    assert met[0][0].wall_time == TIME
    assert met[0][0].summary.value[0].simple_value == 0.5
    assert scalars(logdir)[0] == ("s", 3, 0.5)


def test_numbers_that_count_up(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        met, _ = watched(writer)
        writer.add_scalar("s", 1)
        writer.add_scalar("s", 1)
        with writer.use_metadata(global_step=9):
            writer.add_scalar("s", 1)
    assert [event.step for event, _ in met] == [0, 1, 9]


def test_in_the_callers_thread(logdir):
    threads = []
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_observer(lambda *_: threads.append(threading.get_ident()))
        writer.add_video("v", np.zeros((1, 2, 3, 4, 4)))
        assert threads == [threading.get_ident()]


def test_removed_and_added_again(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        met, observer = watched(writer)
        writer.add_observer(observer)
        writer.add_scalar("s", 1, 1)
        writer.remove_observer(observer)
        assert writer._fast is not NO_FAST_PATH
        writer.add_scalar("s", 1, 2)
        writer.add_observer(observer)
        writer.add_scalar("s", 1, 3)
    assert [event.step for event, _ in met] == [1, 3]
    assert [step for _, step, _ in scalars(logdir)] == [1, 2, 3]


def test_after_close(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    met, observer = watched(writer)
    writer.add_scalar("s", 1)
    writer.close()
    writer.remove_observer(observer)
    writer.add_scalar("s", 1)
    writer.close()
    assert len(met) == 1


def test_one_that_fails_is_told_once_and_ends_nothing(logdir):
    def failing(*_):
        raise ValueError("broken")

    with tensorbolt.SummaryWriter(logdir, on_error="raise") as writer:
        writer.add_observer(failing)
        met, _ = watched(writer)
        with pytest.warns(RuntimeWarning, match="failing.*ValueError: broken"):
            writer.add_scalar("s", 1)
        writer.add_scalar("s", 1)
    assert len(met) == 2
    assert len(scalars(logdir)) == 2


def test_one_that_logs_itself(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:

        def echo(event, _):
            tag = event.summary.value[0].tag
            if not tag.startswith("echo"):
                writer.add_scalar(f"echo/{tag}", 1, event.step)

        writer.add_observer(echo)
        writer.add_scalar("s", 1, 2)
    assert [tag for tag, _, _ in scalars(logdir)] == ["s", "echo/s"]


def test_many_threads_keep_their_own_order(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        met, _ = watched(writer)

        def log(name):
            for step in range(200):
                writer.add_scalar(name, step, step)

        threads = [threading.Thread(target=log, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for found in (
        [(e.summary.value[0].tag, e.step) for e, _ in met],
        [(tag, step) for tag, step, _ in scalars(logdir)],
    ):
        for name in "abcd":
            assert [step for tag, step in found if tag == name] == list(range(200))


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda writer: pickle.loads(pickle.dumps(writer))],
)
def test_copies_have_none(logdir, copied):
    with tensorbolt.SummaryWriter(logdir) as writer:
        met, _ = watched(writer)
        with copied(writer) as other:
            other.add_scalar("s", 1)
            assert other._fast is not NO_FAST_PATH
    assert met == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_in_a_forked_child(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        met, _ = watched(writer)
        writer.add_scalar("s", 1, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            writer.add_scalar("s", 1, 2)
            writer.add_image("i", np.zeros((1, 2, 2)), 3)
            writer.flush()
            os._exit(len(met))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 3
        writer.add_scalar("s", 1, 4)
    assert len(met) == 2
    assert sorted(step for _, step, _ in scalars(logdir)) == [1, 2, 3, 4]


def test_at_the_end_of_the_process(logdir):
    script = f"""
import atexit, tensorbolt
writer = tensorbolt.SummaryWriter({str(logdir)!r})
met = []
writer.add_observer(lambda *_: met.append(1))
import tensorbolt._core
tensorbolt._core.end(1.0)
writer.add_scalar("s", 1)
writer.add_text("t", "x")
assert len(met) == 2
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    assert len(scalars(logdir)) == 2


def test_wrong_callbacks(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(TypeError, match="callback must be callable"):
            writer.add_observer("print")
        with pytest.raises(ValueError, match="no observer of this writer"):
            writer.remove_observer(print)


WITHOUT_MESSAGES = """
import sys
for name in ("tensorboard", "tensorboardX", "google.protobuf"):
    sys.modules[name] = None
import tensorbolt
from tensorbolt import record_writer
writer = tensorbolt.SummaryWriter(sys.argv[1])
try:
    writer.add_observer(print)
except ImportError as error:
    assert "pip install tensorboard" in str(error)
else:
    raise SystemExit("no error")
tensorbolt.FileWriter.add_event = print
writer.add_scalar("s", 1)
writer.close()
"""


def test_without_protobuf(logdir):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MESSAGES, logdir],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert "needs the protobuf messages" in done.stderr
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_file_of_several_processes_numbers_what_was_met(logdir):
    writer = tensorbolt.GlobalSummaryWriter(logdir)
    met, _ = watched(writer.smw)
    for number in (1, 2, 3):
        writer.add_scalar("s", number)
    writer.close()
    assert [event.summary.value[0].simple_value for event, _ in met] == [1, 2, 3]
    assert scalars(logdir) == [("s", 0, 1.0), ("s", 1, 2.0), ("s", 2, 3.0)]


def test_a_registered_scheme(tmp_path):
    class Directory:
        def open(self, path):
            return (tmp_path / path.rpartition("/")[2]).open("wb")

        def directory_check(self, path):
            assert path == "watched://run"

    record_writer.register_writer_factory("watched", Directory())
    try:
        with tensorbolt.SummaryWriter("watched://run") as writer:
            met, _ = watched(writer)
            writer.add_scalar("s", 1, 2)
            writer.add_image("i", np.zeros((1, 2, 2)), 3)
    finally:
        del record_writer.REGISTERED_FACTORIES["watched"]
    assert [(event.step, run) for event, run in met] == [
        (2, "watched://run"),
        (3, "watched://run"),
    ]
    assert [step for _, step, _ in values(tmp_path)] == [2, 3]
