"""Commands that take long say on a terminal how far they are, and leave nothing of it there."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.support.terminals import Terminal

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.cli.progress import files_progress

#: Runs a command with or without rich. `SLOW` decides how slow the work is: "all" shows the line of all work, "none" of none,
#: and "held" holds the reading up until the input ends.
PROGRAM = """
import os, sys, threading
from tensorbolt import cli
from tensorbolt.cli import progress
from tensorbolt.reading import log as logs
from tensorbolt.reading.log import Log

class AtOnce(threading.Timer):
    def start(self):
        self.function()
    def join(self):
        pass

slow, look = os.environ["SLOW"], os.environ["LOOK"]
progress.UPDATE_SECONDS = 0
progress.DELAY_SECONDS = 0 if slow == "held" else 1e6
if look == "text":
    sys.modules["rich"] = None
if slow == "all":
    threading.Timer = AtOnce
    # One thread reads, and looks each time that it gets bytes.
    logs.LOOK_SECONDS, logs.wanted_threads = 0, lambda _: 1
if slow == "held":
    read = Log._read
    def held(log, *report):
        os.read(0, 1)
        return read(log, *report)
    Log._read = held
sys.exit(cli.main(sys.argv[1:]))
"""
#: What each command is called with, and what it says that it does.
COMMANDS = {
    "ls": ("log", ["reading 2 runs", "looking at tags"]),
    "show": ("log", ["reading 2 runs", "looking at curves"]),
    "diff": ("log log", ["reading 2 runs", "comparing"]),
    "export": ("log -o points.csv", ["making the table", "writing points.csv"]),
    "reduce": ("log -o out", ["reading 2 runs", "computing 1 group", "writing out"]),
    "edit": ("log -o out", ["rewriting log"]),
    "merge": ("log -o out", ["rewriting log"]),
    "downsample": ("log -o out", ["rewriting log"]),
    "import": ("table.csv -o out", ["importing table.csv"]),
    "tail": ("log --once --lines", ["reading 2 runs"]),
    "verify": ("log", ["checking log"]),
    "repair": ("log", ["checking log"]),
}
SHARE = re.compile(r"… (\d+)%")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("progress")
    for run in ("a", "b"):
        with SummaryWriter(directory / "log" / run) as writer:
            for step in range(5000):
                writer.add_scalar("loss", step, step)
    (directory / "table.csv").write_text(
        "step,loss\n" + "".join(f"{step},0.5\n" for step in range(5000))
    )
    return directory


def start(logs, words, slow, look="text", program=PROGRAM, **streams):
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
        "TERM": "xterm",
        "SLOW": slow,
        "LOOK": look,
    }
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-c", program, *words.split()]
    return subprocess.Popen(command, cwd=logs, env=environment, **streams)


def on_terminal(logs, words, slow, look="text"):
    """The terminal on which a command ran, and its standard output."""
    with Terminal(80, 50) as terminal:
        process = start(
            logs, words, slow, look, stdout=subprocess.PIPE, stderr=terminal.theirs
        )
        os.close(terminal.theirs)
        terminal.read_all()
        out = process.communicate()[0].decode()
        assert process.returncode == 0, terminal.text
    return terminal, out


@pytest.mark.parametrize(
    ("command", "look"),
    [*((command, "text") for command in COMMANDS), ("ls", "bar"), ("edit", "bar")],
)
def test_all_work_is_named_and_nothing_stays(command, look, logs):
    words, what = COMMANDS[command]
    words = f"{command} {words}" + (" -f" if " -o " in words else "")
    terminal, out = on_terminal(logs, words, "all", look)
    for name in what:
        assert name in terminal.text
    assert terminal.screen() == []
    assert out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    "command", ["edit", "import", "ls", "show", "diff", "export", "tail"]
)
def test_the_share_grows_to_the_end(command, logs):
    words = COMMANDS[command][0]
    words = f"{command} {words}" + (" -f" if " -o " in words else "")
    shares = [
        int(share) for share in SHARE.findall(on_terminal(logs, words, "all")[0].text)
    ]
    if command == "diff":
        # Two logs are read, one after the other.
        shares = shares[: shares.index(100) + 1]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 100
    assert len({*shares}) >= 4


@pytest.mark.parametrize("look", ["bar", "text"])
def test_short_work_shows_nothing(look, logs):
    terminal, out = on_terminal(logs, "ls log", "none", look)
    assert "2 runs" in out
    assert terminal.screen() == []
    assert "reading" not in terminal.text


def test_nothing_is_said_where_standard_error_is_no_terminal(logs):
    process = start(
        logs, "ls log", "all", "bar", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"2 runs" in out


@pytest.mark.parametrize("look", ["bar", "text"])
@pytest.mark.parametrize("interrupted", [False, True])
def test_the_line_comes_while_the_work_goes_on(interrupted, look, logs):
    with Terminal(80, 50) as terminal:
        process = start(
            logs,
            "ls log",
            "held",
            look,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=terminal.theirs,
        )
        os.close(terminal.theirs)
        terminal.read_until("reading 2 runs")
        if interrupted:
            process.send_signal(signal.SIGINT)
        process.stdin.close()
        terminal.read_all()
        with process:
            out = process.stdout.read().decode()
        assert process.returncode == (-signal.SIGINT if interrupted else 0)
    assert terminal.screen() == []
    assert ("2 runs" in out) != interrupted
    # The cursor is there again.
    hidden, shown = (terminal.text.rfind(f"\x1b[?25{end}") for end in "lh")
    assert shown >= hidden


def test_an_interrupt_while_the_thread_of_the_line_starts_leaves_nothing(logs):
    program = PROGRAM.replace(
        "sys.exit(",
        """
import signal, time
start = threading.Timer.start
def interrupted(timer):
    start(timer)
    # Until the line is there.
    time.sleep(0.2)
    signal.raise_signal(signal.SIGINT)
threading.Timer.start = interrupted
sys.exit(""",
    )
    with Terminal(80, 50) as terminal:
        process = start(logs, "ls log", "held", stderr=terminal.theirs, program=program)
        os.close(terminal.theirs)
        terminal.read_all()
        assert process.wait() == -signal.SIGINT
    assert "reading 2 runs" in terminal.text
    assert terminal.screen() == []


def test_errors_stand_alone_on_the_terminal(logs):
    with Terminal(80, 50) as terminal:
        process = start(
            logs, "edit log -o log/in", "all", "text", stderr=terminal.theirs
        )
        os.close(terminal.theirs)
        terminal.read_all()
        assert process.wait() == 2
    lines = terminal.screen()
    assert lines[0].startswith("usage: tensorbolt edit")
    assert not any("rewriting" in line for line in lines)


def test_passes_over_several_files_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    seen = []
    monkeypatch.setattr(
        "tensorbolt.cli.progress._State.update", lambda _, done: seen.append(done)
    )
    a, b = tmp_path / "a", tmp_path / "b"
    with files_progress("working", lambda: [a, b], passes=2) as show:
        for path in (a, b):
            for done in (0, 5, 10, 0, 5, 10):
                show(path, done, 10)
    assert seen == [0, 5, 10, 10, 15, 20, 20, 25, 30, 30, 35, 40]
