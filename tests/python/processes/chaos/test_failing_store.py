"""A store that fails: calls go on, each cause is reported once and counted, and nothing is lost when it comes back."""

import errno
import os
import re
import resource
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.python.support.helpers import (
    descriptors_below,
    event_files,
    python,
    records,
    scalars,
    wait_until,
)
from tests.python.support.machine import needs, small_disk

import tensorbolt

COUNT = 300
EXPECTED = [("s", step, float(step)) for step in range(3 * COUNT)]


def log(writer, part):
    for step in range(part * COUNT, (part + 1) * COUNT):
        writer.add_scalar("s", step, step)


def written(writer):
    return writer.stats()["pending_bytes"] == 0


def words(fault):
    """What the operating system calls an error."""
    return re.escape(os.strerror(getattr(errno, fault)))


@pytest.mark.parametrize("operation", ["write", "fsync"])
@pytest.mark.parametrize(
    "fault", ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "ETIMEDOUT"]
)
def test_errors_are_told_once_and_healed(store, place, operation, fault):
    writer = tensorbolt.SummaryWriter(place, fsync=operation == "fsync")
    log(writer, 0)
    writer.flush()
    store.order(operation, fault)
    with pytest.warns(RuntimeWarning) as caught:
        log(writer, 1)
        writer.flush()
        wait_until(lambda: writer.stats()["errors"] > 2)
        writer.flush()
    (message,) = {str(warning.message) for warning in caught}
    assert len(caught) == 1
    assert str(place) in message
    assert re.search(words(fault), message)
    assert re.search(words(fault), writer.stats()["last_error"])
    store.heal()
    log(writer, 2)
    wait_until(lambda: written(writer))
    writer.close()
    assert scalars(place) == EXPECTED
    assert writer.stats()["dropped"] == 0


@pytest.mark.parametrize("fault", ["EINTR", "short 1", "short 13", "short 40"])
def test_what_is_no_failure_is_not_told(store, place, fault):
    """Interrupted and short writes go on where they stopped."""
    writer = tensorbolt.SummaryWriter(place)
    for part in range(3):
        store.order("write", fault)
        log(writer, part)
        if fault == "EINTR":
            wait_until(lambda: writer.stats()["pending_bytes"] > 0)
            store.heal()
        wait_until(lambda: written(writer))
    writer.close()
    assert scalars(place) == EXPECTED
    assert writer.stats()["errors"] == 0


@pytest.mark.parametrize("fault", ["ESTALE", "ENOTCONN", "EIO"])
def test_a_file_that_takes_no_more_is_followed_by_another(store, place, fault):
    """Some file systems never take up a file again that they have failed once."""
    writer = tensorbolt.SummaryWriter(place)
    log(writer, 0)
    writer.flush()
    store.order("write", fault)
    with pytest.warns(RuntimeWarning, match=words(fault)):
        log(writer, 1)
        wait_until(lambda: writer.stats()["errors"] > 3)
        writer.flush()
    store.heal()
    log(writer, 2)
    wait_until(lambda: written(writer))
    writer.close()
    assert len(event_files(place)) == 2
    assert scalars(place) == EXPECTED


def test_a_torn_record_is_cut_off_before_the_next_file(store, place):
    writer = tensorbolt.SummaryWriter(place)
    log(writer, 0)
    writer.flush()
    with pytest.warns(RuntimeWarning):
        # The first write takes a few bytes of a record, the next ones fail.
        store.order("write", "short 70")
        log(writer, 1)
        wait_until(lambda: not (store.orders / "write").exists())
        store.order("write", "ENOTCONN")
        log(writer, 2)
        wait_until(lambda: writer.stats()["errors"] > 1)
        writer.flush()
    store.heal()
    wait_until(lambda: written(writer))
    writer.close()
    for path in event_files(place):
        records(path)
    assert scalars(place) == EXPECTED


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_both_readers_go_on_after_a_torn_record(
    store, place, tmp_path, load_fast, serve
):
    """Where it cannot be cut off, it is the last thing in its file."""
    writer = tensorbolt.SummaryWriter(place)
    log(writer, 0)
    writer.flush()
    store.order("truncate", "EIO")
    with pytest.warns(RuntimeWarning):
        store.order("write", "short 70")
        writer.add_text("t", "x" * 1000, 0)
        wait_until(lambda: not (store.orders / "write").exists())
        store.order("write", "ENOTCONN")
        log(writer, 1)
        wait_until(lambda: writer.stats()["errors"] > 1)
        writer.flush()
    store.heal()
    log(writer, 2)
    writer.close()
    board = serve(place, load_fast)
    expected = [step for _, step, _ in EXPECTED]

    def steps():
        return board.steps("scalars", "scalars").get((".", "s"), [])

    board.wait_until(lambda: len(steps()) == len(expected))
    assert steps() == expected


def test_a_file_that_cannot_be_made_for_a_while(store, place):
    """Sub-runs and new files after a close are made in the background."""
    writer = tensorbolt.SummaryWriter(place)
    store.order("create", "EACCES")
    store.order("mkdir", "EACCES")
    with (
        pytest.warns(RuntimeWarning, match="20 events .* were given up"),
        pytest.warns(RuntimeWarning, match="Permission denied"),
    ):
        for step in range(20):
            writer.add_scalars("g", {"a": step}, step)
        writer.close()
        log(writer, 0)
        writer.flush()
    dropped = writer.stats()["dropped"]
    assert dropped == 20
    store.heal()
    wait_until(lambda: written(writer))
    writer.close()
    assert scalars(place) == EXPECTED[:COUNT]


def test_a_constructor_that_fails_says_so_at_once(store, place):
    store.order("mkdir", "EACCES")
    with pytest.raises(PermissionError, match=f"cannot make the directory {place}"):
        tensorbolt.SummaryWriter(place)


def test_on_error_raise_raises_once_and_close_releases_everything(store, place):
    # On a busy machine the store itself may take a second.
    writer = tensorbolt.SummaryWriter(place, on_error="raise", stall_timeout=5)
    log(writer, 0)
    writer.flush()
    store.order("write", "EIO")
    writer.add_scalar("s", COUNT, COUNT)
    with pytest.raises(OSError, match="Input/output error"):
        writer.flush()
    writer.add_scalar("s", COUNT + 1, COUNT + 1)
    with pytest.raises(OSError, match=r"2 events .* were given up"):
        writer.close()
    assert writer.file_writer is None
    assert writer.stats()["pending_bytes"] == 0
    assert writer.stats()["dropped"] == 2
    wait_until(lambda: descriptors_below(place) == 0)
    assert len(event_files(place)) == 1
    assert scalars(place) == EXPECTED[:COUNT]


def test_a_file_that_took_nothing_is_removed(store, place):
    """A new file is tried after three failures. If the writer is closed before it takes anything, readers find none of it."""
    writer = tensorbolt.SummaryWriter(place)
    log(writer, 0)
    writer.flush()
    store.order("write", "EIO")
    with pytest.warns(RuntimeWarning):
        writer.add_scalar("s", COUNT, COUNT)
        wait_until(lambda: len(event_files(place)) == 2)
        writer.close()
    wait_until(lambda: descriptors_below(place) == 0)
    assert len(event_files(place)) == 1
    assert scalars(place) == EXPECTED[:COUNT]


def test_a_close_at_the_limit_begins_a_last_file(logdir):
    """A file that is full when its writer is closed is no reason to give up what the next one takes."""
    python(
        f"""
import resource, sys, warnings
warnings.simplefilter("ignore")
import tensorbolt
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, {resource.RLIM_INFINITY}))
for run in range(20):
    writer = tensorbolt.SummaryWriter(f"{{sys.argv[1]}}/{{run}}")
    for step in range(200 + run):
        writer.add_scalar("s", step, step)
    writer.close()
    assert writer.stats()["dropped"] == 0, (run, writer.stats())
    assert writer.stats()["errors"] > 0
""",
        logdir,
    )
    for run in range(20):
        found = scalars(Path(logdir) / str(run))
        assert [step for _, step, _ in found] == list(range(200 + run))


def test_a_limit_on_the_size_of_files(logdir):
    """A file at its limit is closed off, and another one goes on."""
    done = python(
        f"""
import resource, sys, warnings
warnings.simplefilter("always")
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, {resource.RLIM_INFINITY}))
for step in range(900):
    writer.add_scalar("s", step, step)
    if step % 100 == 0:
        writer.flush()
writer.flush()
import time
while writer.stats()["pending_bytes"]:
    time.sleep(0.01)
writer.close()
assert writer.stats()["dropped"] == 0
""",
        logdir,
    )
    assert done.stderr.count("File too large") == 1
    assert len(event_files(logdir)) > 3
    assert scalars(logdir) == EXPECTED


def test_a_file_system_that_is_read_only_for_a_while(tmp_path):
    with small_disk(tmp_path / "disk") as place:
        writer = tensorbolt.SummaryWriter(place / "run")
        log(writer, 0)
        writer.close()
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        with pytest.warns(RuntimeWarning, match="Read-only file system"):
            log(writer, 1)
            writer.flush()
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        log(writer, 2)
        wait_until(lambda: written(writer))
        writer.close()
        assert scalars(place / "run") == EXPECTED


PERMISSION_THAT_IS_LOST = f"""
import os, sys, time, warnings
import tensorbolt
os.setuid(65534)
place = sys.argv[1]
writer = tensorbolt.SummaryWriter(place)
def log(part):
    for step in range(part * {COUNT}, (part + 1) * {COUNT}):
        writer.add_scalar("s", step, step)
log(0)
writer.close()
os.chmod(place, 0o555)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    log(1)
    writer.flush()
assert len(caught) == 1 and "Permission denied" in str(caught[0].message), caught
os.chmod(place, 0o755)
while writer.stats()["pending_bytes"]:
    time.sleep(0.01)
log(2)
writer.close()
assert writer.stats()["dropped"] == 0
"""


def test_permission_that_is_lost():
    """As an ordinary user, whom permissions bind."""
    needs(
        os.geteuid() == 0, "to lose a permission it takes root, to become another user"
    )
    # Not below `tmp_path`: what is above it is for its owner alone, which every start of pytest sees to.
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory, "run")
        place.mkdir()
        Path(directory).chmod(0o755)
        os.chown(place, 65534, 65534)
        python(PERMISSION_THAT_IS_LOST, place)
        assert scalars(place) == EXPECTED
