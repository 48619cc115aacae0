"""A file or directory that another program removes or replaces while it is logged to: records do not go into the void."""

import os
import shutil

import pytest
from tests.python.support.helpers import event_files, python, scalars, wait_until

import tensorbolt


def log(writer, begin, end):
    for step in range(begin, end):
        writer.add_scalar("s", step, step)


def expected(begin, end):
    return [("s", step, float(step)) for step in range(begin, end)]


def test_a_directory_that_is_removed(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    log(writer, 0, 100)
    writer.flush()
    shutil.rmtree(logdir)
    with pytest.warns(RuntimeWarning) as caught:
        log(writer, 100, 200)
        writer.flush()
        log(writer, 200, 300)
        writer.flush()
    assert len(caught) == 1
    assert logdir in str(caught[0].message)
    assert "removed, replaced or cut" in str(caught[0].message)
    assert scalars(logdir) == expected(100, 300)
    assert str(event_files(logdir)[0]) == writer.file_writer.event_writer._file_name
    stats = writer.stats()
    assert (stats["errors"], stats["dropped"], stats["pending_bytes"]) == (1, 0, 0)
    writer.close()


def test_a_directory_that_is_removed_again_and_again(logdir):
    """It is reported once; the batch that was just written to nowhere is written again."""
    writer = tensorbolt.SummaryWriter(logdir)
    with pytest.warns(RuntimeWarning, match="removed") as caught:
        for number in range(5):
            shutil.rmtree(logdir)
            log(writer, number * 10, number * 10 + 10)
            writer.flush()
            assert scalars(logdir) == expected(number * 10, number * 10 + 10)
    assert len(caught) == 1
    assert writer.stats()["errors"] == 5
    writer.close()


def test_a_file_that_is_replaced(logdir):
    """What took its place is not touched."""
    writer = tensorbolt.SummaryWriter(logdir)
    log(writer, 0, 10)
    writer.flush()
    (path,) = event_files(logdir)
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)
    kept = path.read_bytes()
    with pytest.warns(RuntimeWarning, match="replaced"):
        log(writer, 10, 20)
        writer.flush()
    writer.close()
    assert path.read_bytes() == kept
    assert scalars(logdir) == expected(0, 20)


def test_a_directory_that_is_moved_takes_the_log_along(logdir, tmp_path):
    writer = tensorbolt.SummaryWriter(logdir)
    log(writer, 0, 10)
    os.rename(logdir, tmp_path / "elsewhere")  # noqa: PTH104
    log(writer, 10, 20)
    writer.close()
    assert scalars(tmp_path / "elsewhere") == expected(0, 20)
    assert writer.stats()["errors"] == 0


def test_a_directory_that_cannot_be_made_again_at_once(logdir):
    """A file stands in the way."""
    writer = tensorbolt.SummaryWriter(logdir)
    shutil.rmtree(logdir)
    with open(logdir, "w"):  # noqa: PTH123
        pass
    with pytest.warns(RuntimeWarning) as caught:
        log(writer, 0, 10)
        writer.flush()
        wait_until(lambda: writer.stats()["errors"] > 3)
        writer.flush()
    assert len(caught) == 2
    os.unlink(logdir)  # noqa: PTH108
    log(writer, 10, 20)
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert scalars(logdir) == expected(0, 20)


def test_a_sub_run_that_is_removed(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("g", {"a": 0.0}, 0)
        writer.flush()
        shutil.rmtree(f"{logdir}/g_a")
        with pytest.warns(RuntimeWarning, match="g_a"):
            writer.add_scalars("g", {"a": 1.0}, 1)
            writer.flush()
    assert scalars(f"{logdir}/g_a") == [("g", 1, 1.0)]


def test_the_directory_of_several_processes(logdir):
    """They meet again in one file with one head."""
    python(
        """
import os, shutil, sys, warnings
import tensorbolt
warnings.simplefilter("ignore")
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
writer.add_scalar("s", -1.0)
shutil.rmtree(sys.argv[1])
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        for number in range(100):
            writer.add_scalar("s", 1.0)
        writer.close()
        os._exit(0)
    children.append(child)
for number in range(100):
    writer.add_scalar("s", 1.0)
writer.close()
for child in children:
    assert os.waitpid(child, 0)[1] == 0
""",
        logdir,
    )
    assert len(event_files(logdir)) == 1
    assert [step for _, step, _ in scalars(logdir)] == list(range(400))


def test_nothing_comes_back_after_the_last_event(tmp_path):
    """The uploader removes the files of a log when all is in the store; the end of the process looks at them once more."""
    python(
        """
import shutil, sys, time
import tensorbolt
from tensorbolt import _core
writer = tensorbolt.SummaryWriter(sys.argv[1])
writer.add_scalar("x", 1)
writer.flush()
shutil.rmtree(sys.argv[1])
assert _core.end(10) == 0
time.sleep(0.3)
assert writer.stats()["errors"] == 0
""",
        tmp_path / "run",
    )
    assert not (tmp_path / "run").exists()
