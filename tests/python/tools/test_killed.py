"""Commands that are ended leave the old or the new, and nothing hidden: at once, or when the next command runs there."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt.reading.work_directory import (
    LOCK,
    PREFIX,
    remove_abandoned,
    work_directory,
)

#: Runs a command, and stops it right before what it made takes its place, until a signal or the end of the input comes.
STOPPED = """
import os, sys
from pathlib import Path
from tensorbolt import cli

waited = False

def wait(event, arguments):
    global waited
    commits = event == "os.rename" and ".tensorbolt-" in str(arguments[0])
    commits = commits or (event == "ctypes.dlopen" and any(Path().rglob(".tensorbolt-*")))
    if commits and not waited:
        waited = True
        os.write(1, b"ready")
        os.read(0, 1)

sys.addaudithook(wait)
sys.exit(cli.main(sys.argv[1:]))
"""
#: Each replaces `old`, or `log`, and makes it in a work directory.
COMMANDS = {
    "edit": "edit log -o old -f --rename s/loss/new/",
    "edit file": "edit log/a --in-place --rename s/loss/new/",
    "edit directory": "edit log --in-place --rename s/loss/new/",
    "merge": "merge log -o old -f",
    "downsample": "downsample log -o old -f -n 2",
    "import": "import points.csv -o old -f",
    "reduce": "reduce log -o old -f",
    "reduce table": "reduce log -o old.csv -f",
    "export": "export log -o old.csv -f",
    "export images": "export log -o old -f --kind images",
    "repair copy": "repair damaged --output saved",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory with logs, in which commands are called."""
    for run in ("log/a", "log/b", "old", "damaged"):
        with SummaryWriter(tmp_path / run) as writer:
            for step in range(9):
                writer.add_scalar("loss", step, step)
    (path,) = (tmp_path / "damaged").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "points.csv").write_text("step,loss\n1,0.5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(directory):
    """The bytes of all files; names of work directories are their beginnings."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def stopped(words):
    """A process of the command, right before what it made takes its place."""
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, *words.split()],
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.read(5) == b"ready", process.stderr.read()
    return process


def ended_by(process, number):
    """End a process by a signal, and return its status and what it printed."""
    process.send_signal(number)
    out, err = process.communicate()
    return process.returncode, out, err


def work_directories(place):
    return [*place.rglob(f"{PREFIX}*")]


@pytest.mark.parametrize("name", COMMANDS)
def test_signals_leave_all_as_it_was_and_the_next_command_removes_what_a_kill_left(
    name, place
):
    before = contents(place)
    number, status = (
        (signal.SIGTERM, 128 + signal.SIGTERM)
        if len(name) % 2
        else (signal.SIGINT, -signal.SIGINT)
    )
    assert ended_by(stopped(COMMANDS[name]), number) == (status, b"", b"")
    assert contents(place) == before
    assert not work_directories(place)
    ended_by(stopped(COMMANDS[name]), signal.SIGKILL)
    assert work_directories(place)
    left = contents(place)
    assert {path: left[path] for path in before} == before
    assert cli.main(COMMANDS[name].split()) in (0, 1)
    assert not work_directories(place)


def test_a_repair_in_place_has_one_backup_however_often_it_is_ended(place):
    (path,) = (place / "damaged").iterdir()
    data = path.read_bytes()
    command = "repair damaged --in-place"
    for _ in range(2):
        ended_by(stopped(command), signal.SIGKILL)
        assert path.read_bytes() == data
        assert work_directories(place)
    # The file has its second name, so the repair ends first.
    assert ended_by(stopped(command), signal.SIGTERM)[0] == 128 + signal.SIGTERM
    assert not work_directories(place)
    assert tensorbolt.verify(path).ok
    (backup,) = set((place / "damaged").iterdir()) - {path}
    assert backup.read_bytes() == data


def test_another_command_removes_it_too_and_leaves_what_runs_and_what_others_made(
    place, capsys
):
    running = stopped(COMMANDS["import"])
    ended_by(stopped(COMMANDS["edit"]), signal.SIGKILL)
    (place / f"{PREFIX}file").touch()
    (place / f"{PREFIX}link").symlink_to("log")
    assert len(work_directories(place)) == 4
    assert cli.main(["export", "log", "-o", "points.jsonl"]) == 0
    assert len(work_directories(place)) == 3
    assert running.communicate() == (b"old: 1 run, 1 point\n", b"")
    assert running.returncode == 0
    assert {path.name for path in work_directories(place)} == {
        f"{PREFIX}file",
        f"{PREFIX}link",
    }
    assert sorted(path.name for path in (place / "log").iterdir()) == ["a", "b"]


def test_a_work_directory_that_is_half_removed_goes_with_the_next(tmp_path):
    for name, inside in (("empty", []), ("begun", [LOCK, "new"]), ("locked", [LOCK])):
        left = tmp_path / f"{PREFIX}{name}"
        left.mkdir()
        for file in inside:
            (left / file).touch()
    with (tmp_path / f"{PREFIX}locked" / LOCK).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with work_directory(tmp_path) as work:
            assert {path.name for path in work_directories(tmp_path)} == {
                f"{PREFIX}locked",
                work.name,
            }
    with work_directory(tmp_path) as work:
        assert work_directories(tmp_path) == [work]
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("moment", ["mkdtemp", "open", "flock", "unlink", "close"])
def test_a_command_that_looks_at_any_moment_disturbs_no_other(
    moment, tmp_path, monkeypatch
):
    module = tempfile if moment == "mkdtemp" else fcntl if moment == "flock" else os
    call = getattr(module, moment)
    looks = 0

    def then_look(*args, **kwargs):
        nonlocal looks
        result = call(*args, **kwargs)
        monkeypatch.setattr(module, moment, call)
        looks += 1
        remove_abandoned(tmp_path)
        if looks < 3:
            monkeypatch.setattr(module, moment, then_look)
        return result

    monkeypatch.setattr(module, moment, then_look)
    with work_directory(tmp_path) as work:
        (work / "file").write_text("kept")
        remove_abandoned(tmp_path)
        assert work_directories(tmp_path) == [work]
        assert (work / "file").read_text() == "kept"
    assert looks
    assert not [*tmp_path.iterdir()]


def test_commands_that_begin_and_end_at_once_disturb_no_other(tmp_path):
    def begin_and_end(number):
        for turn in range(100):
            with work_directory(tmp_path) as work:
                (work / "file").write_text(f"{number} {turn}")
                assert (work / "file").read_text() == f"{number} {turn}"

    with ThreadPoolExecutor(4) as pool:
        assert len([*pool.map(begin_and_end, range(4))]) == 4
    with work_directory(tmp_path) as work:
        assert work_directories(tmp_path) == [work]


def test_what_is_not_finished_is_no_run(place, capsys):
    command = "reduce log -o log/all"
    ended_by(stopped(command), signal.SIGKILL)
    (left,) = work_directories(place)
    assert [*left.rglob("*tfevents*")]
    assert [run.name for run in tensorbolt.read(place / "log").runs] == ["a", "b"]
    for words in ("ls log", "verify log", "tail log --once", "edit log", "show log"):
        assert cli.main(words.split()) == 0
        assert left.name not in capsys.readouterr().out
    # Its statistics would be of its own results.
    assert cli.main([*command.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"][0]["runs"] == ["a", "b"]


@pytest.mark.parametrize("ignored", [False, True])
def test_a_closed_terminal_ends_a_command_unless_nohup_ignores_it(ignored, place):
    before = contents(place)
    handler = signal.SIG_IGN if ignored else signal.SIG_DFL
    previous = signal.signal(signal.SIGHUP, handler)
    try:
        process = stopped(COMMANDS["export"])
    finally:
        signal.signal(signal.SIGHUP, previous)
    status = ended_by(process, signal.SIGHUP)[0]
    assert status == (0 if ignored else 128 + signal.SIGHUP)
    assert (contents(place) == before) != ignored
    assert not work_directories(place)
