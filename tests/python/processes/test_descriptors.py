"""Descriptors that another part of the program closes.

Daemons and launchers call `os.closerange(3, …)`. The next file that the program opens gets the number that was ours.
"""

import pytest
from tests.python.support.helpers import (
    event_files,
    python,
    scalars,
)


def expected(count):
    return [("s", step, float(step)) for step in range(count)]


def test_a_checkpoint_gets_the_number_of_the_event_file(closing_program, logdir):
    said = closing_program("""
        writer = tensorbolt.SummaryWriter(logdir)
        writer.add_scalar("s", 0, 0)
        writer.flush()
        files = steal()
        for step in range(1, 20):
            writer.add_scalar("s", step, step)
            writer.flush()
        writer.close()
        check(files)
        stats = writer.stats()
        assert (stats["events"], stats["dropped"], stats["errors"]) == (20, 0, 1), stats
    """)
    assert scalars(logdir) == expected(20)
    assert len(event_files(logdir)) == 1
    assert said.count("another part of the program closed its descriptor") == 1
    assert logdir in said


def test_each_time_again(closing_program, logdir):
    """It is reported once, and counted each time."""
    said = closing_program("""
        writer = tensorbolt.SummaryWriter(logdir)
        for step in range(20):
            writer.add_scalar("s", step, step)
            writer.flush()
            if step < 5:
                check(steal())
        writer.close()
        assert writer.stats()["errors"] == 5
    """)
    assert scalars(logdir) == expected(20)
    assert said.count("another part of the program") == 1


@pytest.mark.parametrize("reuse", ["steal()", "os.closerange(3, 1024) or []"])
def test_the_writer_is_closed_first(closing_program, logdir, reuse):
    closing_program(f"""
        writer = tensorbolt.SummaryWriter(logdir)
        writer.add_scalar("s", 0, 0)
        writer.flush()
        files = {reuse}
        writer.close()
        check(files)
    """)
    assert scalars(logdir) == expected(1)


def test_a_reader_of_the_same_file_gets_its_number(closing_program, logdir):
    """Device and inode are those of the event file; how it is open differs."""
    closing_program("""
        import glob
        writer = tensorbolt.SummaryWriter(logdir)
        writer.add_scalar("s", 0, 0)
        writer.flush()
        os.closerange(3, 1024)
        (path,) = glob.glob(logdir + "/*")
        files = [open(path, mode) for mode in ("rb", "r+b") for _ in range(10)]
        for step in range(1, 20):
            writer.add_scalar("s", step, step)
        writer.close()
        for file in files:
            assert file.seek(0, 2) == os.path.getsize(path)
            file.close()
    """)
    assert scalars(logdir) == expected(20)


def test_the_file_is_gone_as_well(closing_program, logdir):
    """What was in it is lost; the rest goes to a new file."""
    said = closing_program("""
        import shutil
        writer = tensorbolt.SummaryWriter(logdir)
        files = steal()
        shutil.rmtree(logdir)
        for step in range(20):
            writer.add_scalar("s", step, step)
        writer.close()
        check(files)
        assert writer.stats()["dropped"] == 0
    """)
    assert scalars(logdir) == expected(20)
    assert "logging goes on in a new one" in said


def test_the_path_has_another_file(closing_program, logdir):
    """What took its place is not touched."""
    closing_program("""
        import glob
        writer = tensorbolt.SummaryWriter(logdir)
        files = steal()
        (path,) = glob.glob(logdir + "/*")
        os.rename(path, checkpoint)
        with open(path, "wb") as other:
            other.write(b"not a log")
        for step in range(20):
            writer.add_scalar("s", step, step)
        writer.close()
        check(files)
        with open(path, "rb") as other:
            assert other.read() == b"not a log"
        os.remove(path)
    """)
    assert scalars(logdir) == expected(20)


def test_sub_runs_and_many_writers(closing_program, logdir):
    closing_program("""
        writers = [tensorbolt.SummaryWriter(f"{logdir}/{number}") for number in range(5)]
        for writer in writers:
            writer.add_scalars("g", {"a": 0.0}, 0)
            writer.flush()
        files = steal()
        for writer in writers:
            writer.add_scalars("g", {"a": 1.0}, 1)
            writer.close()
        check(files)
    """)
    for number in range(5):
        found = scalars(f"{logdir}/{number}/g_a")
        assert found == [("g", 0, 0.0), ("g", 1, 1.0)]


def test_a_daemon(closing_program, logdir, tmp_path):
    """It forks twice, closes what it does not know, and leaves its directory, as the `daemon` package does."""
    closing_program("""
        os.makedirs(logdir)
        os.chdir(os.path.dirname(logdir))
        writer = tensorbolt.SummaryWriter(os.path.basename(logdir))
        writer.add_scalar("s", 0, 0)
        writer.flush()
        done, failed = checkpoint + "done", checkpoint + "failed"
        if os.fork() == 0:
            try:
                os.setsid()
                if os.fork():
                    os._exit(0)
                os.chdir("/")
                os.closerange(0, 1024)
                for step in range(1, 20):
                    writer.add_scalar("s", step, step)
                    writer.add_scalars("g", {"a": step}, step)
                writer.close()
                open(done, "w").close()
            except BaseException:
                import traceback
                open(failed, "w").write(traceback.format_exc())
            finally:
                os._exit(0)
        import time
        while not (os.path.exists(done) or os.path.exists(failed)):
            time.sleep(0.01)
        assert os.path.exists(done), open(failed).read()
        os.chdir("/")
        writer.add_scalar("s", 20, 20)
        writer.close()
    """)
    assert sorted(scalars(logdir)) == expected(21)
    assert len(scalars(f"{logdir}/g_a")) == 19


def test_the_directory_is_left_and_removed(closing_program, logdir):
    """A new file is made where the first one was, not below the present directory."""
    closing_program("""
        import shutil
        os.makedirs(logdir)
        os.chdir(os.path.dirname(logdir))
        writer = tensorbolt.SummaryWriter(os.path.basename(logdir))
        shutil.rmtree(logdir)
        os.makedirs("elsewhere")
        os.chdir("elsewhere")
        for step in range(20):
            writer.add_scalar("s", step, step)
        writer.close()
        assert os.listdir() == []
    """)
    assert scalars(logdir) == expected(20)


@pytest.mark.parametrize("lazy", [False, True])
def test_the_directory_is_left_before_there_is_a_file(lazy, tmp_path):
    """Nothing waits for the file, and closing the writer does not either: it is made in its place or nowhere."""
    python(
        f"""
import contextlib, os, sys, time, warnings
warnings.simplefilter("ignore")
import tensorbolt
os.chdir(sys.argv[1])
os.makedirs("elsewhere")
for run in range(50):
    writer = tensorbolt.SummaryWriter(f"runs/{{run}}", stall_timeout=0, lazy={lazy})
    os.chdir("elsewhere")
    writer.add_scalar("s", 0.0, 0)
    assert writer.get_logdir() == writer.log_dir == f"runs/{{run}}"
    writer.close()
    os.chdir("..")
def names():
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError):
            yield open(f"/proc/self/task/{{task}}/comm").read()
while any(name.startswith("tensorbolt-open") for name in names()):
    time.sleep(0.01)
""",
        tmp_path,
    )
    assert list((tmp_path / "elsewhere").iterdir()) == []
    for path in tmp_path.rglob("*tfevents*"):
        assert path.is_file(), path
        assert path.stat().st_size > 0, path


def test_a_file_of_several_processes(closing_program, logdir):
    closing_program("""
        writer = tensorbolt.GlobalSummaryWriter(logdir)
        writer.add_scalar("s", 0.0)
        files = steal()
        writer.add_scalar("s", 1.0)
        if os.fork() == 0:
            writer.add_scalar("s", 2.0)
            writer.close()
            os._exit(0)
        assert os.wait()[1] == 0
        writer.add_scalar("s", 3.0)
        writer.close()
        check(files)
        stats = writer.smw.stats()
        assert (stats["dropped"], stats["errors"]) == (0, 1), stats
    """)
    assert scalars(logdir) == expected(4)
    assert len(event_files(logdir)) == 1


def test_a_child_leaves_files_alone_that_got_the_number_of_a_shared_one(
    closing_program, logdir
):
    """A fork replaces the descriptors of shared files; those that are not ours any more are not touched."""
    closing_program("""
        writer = tensorbolt.GlobalSummaryWriter(logdir)
        writer.add_scalar("s", 0.0)
        files = steal()
        if os.fork() == 0:
            for file in files:
                assert os.path.exists(os.readlink(f"/proc/self/fd/{file.fileno()}"))
                assert file.tell() == 5
            writer.add_scalar("s", 1.0)
            writer.close()
            os._exit(0)
        assert os.wait()[1] == 0
        check(files)
        writer.close()
    """)
    assert scalars(logdir) == expected(2)
