"""Names of event files, and what is refused as a directory or a suffix."""

import os
import re
import socket
import time

import pytest
from tests.python.support.helpers import event_files, scalars

import tensorbolt

NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\.(.+)\.(\d+)\.(\d{6,})")


def test_the_parts_of_a_name(logdir):
    tensorbolt.SummaryWriter(logdir).close()
    (path,) = event_files(logdir)
    seconds, host, process, _ = NAME.fullmatch(path.name).groups()
    assert abs(int(seconds) - time.time()) < 600
    assert host == socket.gethostname()
    assert int(process) == os.getpid()


def test_a_suffix_is_appended_as_it_is(logdir):
    with tensorbolt.SummaryWriter(logdir, filename_suffix="_my suffix.üß") as writer:
        writer.add_scalars("g", {"k": 1})
    assert NAME.match(event_files(logdir)[0].name)
    assert event_files(logdir)[0].name.endswith("_my suffix.üß")
    assert event_files(f"{logdir}/g_k")[0].name.endswith("_my suffix.üß")


@pytest.mark.parametrize("suffix", ["/x", "../x", "a/b", "\0", "a\\b", 3, b"x"])
def test_a_suffix_that_would_leave_the_directory(tmp_path, suffix):
    with pytest.raises((TypeError, ValueError), match="filename_suffix"):
        tensorbolt.SummaryWriter(tmp_path / "run", filename_suffix=suffix)
    assert os.listdir(tmp_path) == []


def test_two_writers_in_one_directory_within_a_second(logdir):
    """Difference D1: tensorboardX's second writer empties the file of the first."""
    writers = [tensorbolt.SummaryWriter(logdir) for _ in range(20)]
    for number, writer in enumerate(writers):
        writer.add_scalar("s", number)
        writer.close()
    assert len(event_files(logdir)) == 20
    assert sorted(number for _, _, number in scalars(logdir)) == list(range(20))


def test_names_sort_in_the_order_they_were_made(logdir):
    """Difference D33: readers take the files of a directory in the order of their names."""
    names = []
    for _ in range(30):
        with tensorbolt.SummaryWriter(logdir) as writer:
            names.append(writer.file_writer.event_writer._file_name)
    assert names == sorted(names)


def test_tensorboardx_way_to_the_name(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        (path,) = event_files(logdir)
        event_writer = writer.file_writer.event_writer
        assert event_writer._file_name == str(path)
        assert event_writer._ev_writer._file_name == str(path)
        assert event_writer._ev_writer._py_recordio_writer.path == str(path)


def test_a_file_where_the_directory_should_be(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OSError, match="run"):
        tensorbolt.SummaryWriter(tmp_path / "run")
    with pytest.raises(OSError, match="run"):
        tensorbolt.SummaryWriter(tmp_path / "run" / "below")
    assert (tmp_path / "run").read_text() == "mine"


def test_a_file_is_a_file_exists_error_as_with_torch(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(FileExistsError):
        tensorbolt.SummaryWriter(tmp_path / "run")


@pytest.mark.parametrize("directory", ["memory://run", "hdfs://x/y"])
def test_remote_stores_are_refused(tmp_path, monkeypatch, directory):
    """Difference P9: unless their scheme is registered; a local directory `hdfs:` is of no use."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="log_dir must be a local directory"):
        tensorbolt.SummaryWriter(directory)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("directory", ["a b", "ü日", "C:\\x", "a:b", "-x", "x" * 200])
def test_directories_of_any_name(tmp_path, monkeypatch, directory):
    monkeypatch.chdir(tmp_path)
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_scalar("s", 1)
    assert os.listdir(tmp_path) == [directory]
    assert scalars(tmp_path / directory) == [("s", 0, 1.0)]


def test_a_directory_that_is_not_unicode(tmp_path):
    name = os.fsdecode(b"\xff\xfe")
    with tensorbolt.SummaryWriter(tmp_path / name) as writer:
        writer.add_scalar("s", 1)
        writer.add_scalars("g", {"k": 1})
    # TensorBoard itself cannot read there.
    assert all(
        path.stat().st_size > 90 for path in (tmp_path / name).rglob("*tfevents*")
    )
    assert len(list((tmp_path / name).rglob("*tfevents*"))) == 2


def test_a_relative_directory_survives_a_change_of_directory(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    writer = tensorbolt.SummaryWriter("run")
    monkeypatch.chdir(tmp_path / "b")
    writer.add_scalar("s", 1)
    writer.close()
    assert scalars(tmp_path / "a" / "run") == [("s", 0, 1.0)]
