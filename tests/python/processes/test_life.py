"""Construction, attributes, flush, close, reopening, stats."""

import gc
import os
import pathlib
import time

import numpy as np
import pytest
import torch
from tests.python.support.helpers import (
    descriptors_below,
    event_files,
    events,
    records,
    scalars,
    tree,
    values,
    wait_until,
)

import tensorbolt


def test_the_file_with_its_head_is_there_at_once(logdir):
    """Difference D28: tensorboardX's file is empty until the first flush."""
    writer = tensorbolt.SummaryWriter(logdir)
    (head,) = records(event_files(logdir)[0])
    assert head.file_version == "brain.Event:2"
    assert abs(head.wall_time - time.time()) < 60
    writer.close()


def test_flush_is_a_barrier(logdir):
    """Difference D2: tensorboardX's flush does not wait for what is queued."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(1, 11):
            for _ in range(300):
                writer.add_scalar("s", step, step)
            writer.add_image("i", np.zeros((3, 200, 200), np.uint8), step)
            writer.add_histogram("h", np.arange(1000.0), step)
            writer.add_scalars("g", {"k": step}, step)
            writer.flush()
            assert len(values(logdir)) == 302 * step
            assert len(values(f"{logdir}/g_k")) == step


def test_many_events_are_few_writes(logdir):
    """Difference D35: torch opens and closes the file for every record; counted by the kernel."""

    def writes():
        text = pathlib.Path("/proc/self/io").read_text()
        return int(text.split("syscw:")[1].split()[0])

    with tensorbolt.SummaryWriter(logdir) as writer:
        before = writes()
        for step in range(20_000):
            writer.add_scalar("s", step, step)
        writer.flush()
        assert len(values(logdir)) == 20_000
        assert writes() - before < 200


def test_bytes_arrive_without_a_flush(logdir):
    writer = tensorbolt.SummaryWriter(logdir, flush_secs=3600, max_queue=10_000)
    writer.add_scalar("s", 1.0)
    wait_until(lambda: events(logdir))
    assert scalars(logdir) == [("s", 0, 1.0)]
    writer.close()


def test_attributes_after_construction(logdir):
    writer = tensorbolt.SummaryWriter(logdir, "", None, 20, 30, ".suffix")
    assert writer.log_dir == writer.logdir == writer.get_logdir() == logdir
    assert (writer.max_queue, writer.flush_secs, writer.filename_suffix) == (
        20,
        30,
        ".suffix",
    )
    assert (writer._max_queue, writer._flush_secs, writer._filename_suffix) == (
        20,
        30,
        ".suffix",
    )
    assert writer.purge_step is None
    assert isinstance(writer.file_writer, tensorbolt.FileWriter)
    assert writer.all_writers == {logdir: writer.file_writer}
    assert writer._get_file_writer() is writer.file_writer
    assert writer.scalar_dict == {}
    writer.close()
    assert writer.file_writer is None
    assert writer.all_writers is None


def test_a_path_stays_a_path(tmp_path):
    """Difference D36: `log_dir` stays as given, file writers answer with a string."""
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        assert writer.log_dir == tmp_path / "run"
        assert isinstance(writer.get_logdir(), pathlib.Path)
        assert writer.file_writer.get_logdir() == str(tmp_path / "run")
        assert list(writer.all_writers) == [str(tmp_path / "run")]


def test_log_dir_can_be_assigned(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path / "a") as writer:
        writer.log_dir = str(tmp_path / "b")
        assert writer.logdir == str(tmp_path / "b")
        writer.logdir = str(tmp_path / "c")
        writer.close()
        writer.add_scalar("s", 1)
    assert tree(tmp_path)[0] == "a"
    assert scalars(tmp_path / "c") == [("s", 0, 1)]


@pytest.mark.parametrize(
    "keywords", [{"log_dir": "x"}, {"logdir": "x"}, {"logdir": "x", "log_dir": "y"}]
)
def test_both_names_of_the_directory(tmp_path, monkeypatch, keywords):
    monkeypatch.chdir(tmp_path)
    tensorbolt.SummaryWriter(**keywords).close()
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("given", [(), (None,), ("",), (None, None), (None, "")])
def test_the_default_directory(tmp_path, monkeypatch, given):
    """Difference D34: `comment=None` is no comment."""
    monkeypatch.chdir(tmp_path)
    import socket

    tensorbolt.SummaryWriter(*given).close()
    (name,) = os.listdir("runs")
    stamp, host = name.split("_", 2)[0:2], name.split("_", 2)[2]
    assert host == socket.gethostname()
    # With a year that has every day of the others.
    assert time.strptime("_".join(["2024", *stamp]), "%Y_%b%d_%H-%M-%S")


def test_the_comment_ends_the_default_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tensorbolt.SummaryWriter(comment="_a/b").close()
    (name,) = os.listdir("runs")
    assert name.endswith("_a")
    assert os.listdir(f"runs/{name}") == ["b"]


def test_none_is_the_default(logdir):
    """Difference D34: with the reference writers None raises, or the process never ends."""
    with tensorbolt.SummaryWriter(logdir, None, None, None, None, None) as writer:
        assert (writer.max_queue, writer.flush_secs, writer.filename_suffix) == (
            10,
            120,
            "",
        )


def test_a_tilde_is_no_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tensorbolt.SummaryWriter("~/$HOME").close()
    assert tree(tmp_path)[:2] == ["~", "~/$HOME"]


def test_with_returns_the_writer_and_lets_exceptions_through(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    with pytest.raises(KeyError), writer as entered:
        assert entered is writer
        writer.add_scalar("s", 1)
        raise KeyError
    assert writer.file_writer is None
    assert scalars(logdir) == [("s", 0, 1)]


def test_close_and_flush_again_do_nothing(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    for _ in range(3):
        writer.close()
        writer.flush()
    assert len(event_files(logdir)) == 1


@pytest.mark.parametrize(
    "method",
    ["add_scalar", "add_text", "add_scalars", "add_histogram", "add_image", "log"],
)
def test_logging_after_close_goes_on_in_a_new_file(logdir, method):
    argument = {
        "add_scalar": ("t", 1), "add_text": ("t", "x"), "add_scalars": ("t", {"k": 1}), "add_histogram": ("t", [1]),
        "add_image": ("t", np.zeros((3, 2, 2))), "log": ({"t": 1},),
    }[method]  # fmt: skip
    writer = tensorbolt.SummaryWriter(logdir)
    for _ in range(3):
        getattr(writer, method)(*argument)
        writer.close()
    assert len(event_files(logdir)) == 3
    where = f"{logdir}/t_k" if method == "add_scalars" else logdir
    assert len(values(where)) == 3


def test_get_file_writer_reopens(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    assert writer._get_file_writer() is writer.file_writer
    assert list(writer.all_writers) == [logdir]
    writer.close()
    assert len(event_files(logdir)) == 2


def test_restoring_the_attributes_after_close_is_allowed(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    own = tensorbolt.FileWriter(f"{logdir}/own", 10, 120, "")
    writer.all_writers[own.get_logdir()] = own
    for each in writer.all_writers.values():
        each.flush()
    writer.close()
    assert own.event_writer._events.closed
    writer.file_writer, writer.all_writers = None, None
    writer.add_scalar("s", 1)
    writer.close()
    assert scalars(logdir) == [("s", 0, 1)]


def test_a_thousand_writers_leave_no_file_open(tmp_path):
    """Difference D3: tensorboardX keeps every writer until the process ends."""
    for number in range(1000):
        with tensorbolt.SummaryWriter(tmp_path) as writer:
            writer.add_scalar("s", number)
    # Background threads let go of some.
    wait_until(lambda: descriptors_below(tmp_path) == 0)
    assert len(event_files(tmp_path)) == 1000


def test_forgotten_writers_close_themselves(tmp_path):
    for _ in range(50):
        tensorbolt.SummaryWriter(tmp_path).add_scalar("s", 1)
    gc.collect()
    wait_until(lambda: descriptors_below(tmp_path) == 0)
    assert len(values(tmp_path)) == 50


def test_stats_count(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        assert sorted(writer.stats()) == sorted(
            [
                "events",
                "bytes",
                "pending_bytes",
                "dropped",
                "errors",
                "last_error",
                "blocked_seconds",
            ]
        )
        for step in range(10):
            writer.add_scalar("s", step, step)
            writer.add_scalars("g", {"a": 1, "b": 2}, step)
        writer.add_image("i", torch.zeros(3, 8, 8))
        writer.flush()
        stats = writer.stats()
        assert stats["events"] == 31
        assert stats["bytes"] == sum(
            path.stat().st_size for path in pathlib.Path(logdir).rglob("*tfevents*")
        )
        assert (
            stats["pending_bytes"],
            stats["dropped"],
            stats["errors"],
            stats["last_error"],
        ) == (0, 0, 0, None)
        assert stats["blocked_seconds"] >= 0
