"""`tensorbolt tail` follows runs in a terminal, and prints lines elsewhere."""

import io
import math
import os
import random
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.python.support.helpers import WRITERS, event_files, wait_until
from tests.python.support.terminals import Terminal

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt._core import Follower
from tensorbolt.reading.follow import MAX_POINTS, Choice, Curve, FollowedLog
from tensorbolt.reading.signals import ended_by_sigterm

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    "TERM": "xterm-256color",
}


@contextmanager
def tail(*arguments, **options):
    """A process that follows; killed in the end if it has not ended."""
    command = [sys.executable, "-m", "tensorbolt", "tail", *map(str, arguments)]
    with subprocess.Popen(command, env=ENVIRONMENT, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def once(capsys, *arguments):
    """The cells of the lines that one look prints."""
    assert cli.main(["tail", "--once", *map(str, arguments)]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("kind", WRITERS)
def test_one_look_prints_the_last_points_of_each_curve(kind, tmp_path, capsys):
    for run in ("a", "b"):
        with WRITERS[kind](str(tmp_path / run)) as writer:
            for step in range(20):
                writer.add_scalar("loss", step / 4, step)
            writer.add_scalar("other", math.nan, 7)
    assert once(capsys, tmp_path, "--last", 2, "--tags", "loss$", "--runs", "b") == [
        ["b", "18", "loss", "4.5"],
        ["b", "19", "loss", "4.75"],
    ]
    assert len(once(capsys, tmp_path)) == 2 * (10 + 1)
    assert len(once(capsys, tmp_path, "--last", "all")) == 2 * (20 + 1)
    assert once(capsys, tmp_path, "--last", 0) == []
    (file,) = event_files(tmp_path / "a")
    assert once(capsys, file, "--tags", "other") == [[".", "7", "other", "nan"]]


def test_both_forms_of_a_scalar_are_read(tmp_path, capsys):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("plain", 0.1, 1)
        writer.add_scalar("tensor", 0.1, 1, new_style=True)
        writer.add_scalar("double", 0.1, 1, new_style=True, double_precision=True)
        writer.add_text("text", "no scalar", 1)
        writer.add_scalar("tab\tand\nline", 1.0, 1)
    assert once(capsys, tmp_path) == [
        [".", "1", "plain", "0.100000001"],
        [".", "1", "tensor", "0.100000001"],
        [".", "1", "double", "0.1"],
        [".", "1", "tab\\tand\\nline", "1"],
    ]


@pytest.mark.parametrize("kind", WRITERS)
def test_one_look_prints_what_was_written_in_its_order(kind, tmp_path, capsys):
    for run, first in [("a", 0), ("b", 5), ("b", 3), ("b/c", 0)]:
        with WRITERS[kind](str(tmp_path / run)) as writer:
            for step in range(first, first + 6):
                for number, tag in enumerate(("z", "loss", "a tag")):
                    # The clock goes back between two points of a tag.
                    time = (
                        1e9 * (1 + len(run)) + first + step + number / 4 - (step == 4)
                    )
                    writer.add_scalar(tag, step / 3 - number, step, walltime=time)
    names = {"tags": re.compile("^(z|loss)$"), "runs": re.compile("^b")}
    # Follows the bytes of each file, whatever their times.
    points = list(FollowedLog(tmp_path, Choice(**names)).advance())
    expected = [
        [point.run, str(point.step), point.tag, f"{point.value:.9g}"]
        for point in points
    ]
    options = ["--tags", "^(z|loss)$", "--runs", "^b", tmp_path]
    every = once(capsys, "--last", "all", *options)
    for run, tag in {(row[0], row[2]) for row in expected}:
        mine = [row for row in every if (row[0], row[2]) == (run, tag)]
        assert mine == [row for row in expected if (row[0], row[2]) == (run, tag)]
        last = once(capsys, "--last", 3, *options)
        assert [row for row in last if (row[0], row[2]) == (run, tag)] == mine[-3:]
    assert len(every) == len(expected)
    assert [row[0] for row in every] == [row[0] for row in expected]
    # Tags take turns, as they did in the program, as long as the clock goes on.
    turns = [row[2] for row in every if row[0] == "b/c"]
    assert turns[:6] == ["z", "loss"] * 3


def test_damage_is_read_around_and_told(tmp_path, capsys):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
    (path,) = event_files(tmp_path)
    path.write_bytes(bytes(64) + path.read_bytes())
    assert cli.main(["tail", "--once", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ".\t1\tloss\t1\n"
    assert "1 file damaged" in said.err


def test_lines_come_as_files_grow_and_appear(tmp_path):
    with (
        tail(
            tmp_path, "--interval", 0.05, stdout=subprocess.PIPE, text=True
        ) as process,
        SummaryWriter(tmp_path / "a") as writer,
    ):
        for step in range(3):
            writer.add_scalar("loss", step, step)
            assert process.stdout.readline().split("\t") == [
                "a",
                str(step),
                "loss",
                f"{step}\n",
            ]
        with SummaryWriter(tmp_path / "b") as other:
            other.add_scalar("loss", 9, 1)
        assert process.stdout.readline() == "b\t1\tloss\t9\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar_series("loss", [0.5] * 20_000, range(20_000))
    command = [sys.executable, "-m", "tensorbolt", "tail", "--once", "--last", "all"]
    done = subprocess.run(
        [
            "bash",
            "-c",
            '"$@" | head -n 1; exit "${PIPESTATUS[0]}"',
            "-",
            *command,
            tmp_path,
        ],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, ".\t0\tloss\t0.5\n", "")


def test_wrong_arguments_say_what_to_pass(tmp_path, capsys):
    run = tmp_path / "runs" / "first"
    with SummaryWriter(run) as writer:
        writer.add_scalar("loss", 1, 1)
    cases = {
        ("--tags", "("): "not a regular expression",
        ("--interval", "0"): "above 0",
        ("--last", "-1"): "from 0 on, or all",
        ("hdfs://host/run",): "must be a local directory",
        (str(tmp_path / "rums"),): f"did you mean '{tmp_path / 'runs'}'",
    }
    for arguments, words in cases.items():
        with pytest.raises(SystemExit) as error:
            cli.main(["tail", "--once", *arguments])
        assert error.value.code == 2
        assert words in capsys.readouterr().err


def test_steps_that_go_back_take_the_place_of_what_was_there():
    curve = Curve()
    for step, value in [(0, 0.0), (5, 5.0), (9, 9.0), (5, 50.0), (6, 60.0)]:
        curve.add(step, value)
    assert (curve.steps, curve.values) == ([0, 5, 6], [0.0, 50.0, 60.0])
    curve.purge(0)
    assert (curve.steps, curve.last) == ([], None)


def test_a_resumed_run_is_purged_as_tensorboard_does(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(10):
            writer.add_scalar("loss", step, step)
    with SummaryWriter(tmp_path, purge_step=4) as writer:
        writer.add_scalar("loss", 70, 7)
    log = FollowedLog(tmp_path, Choice())
    assert len(list(log.advance())) == 11
    assert log.curves["loss"]["."].steps == [0, 1, 2, 3, 7]
    assert list(log.advance()) == []


def test_long_curves_keep_their_peaks():
    curve = Curve()
    for step in range(50_000):
        value = {777: 1e3, 40_001: -1e3, 30_000: math.nan}.get(step, 0.5)
        curve.add(step, value)
    assert len(curve.steps) <= MAX_POINTS
    assert curve.steps == sorted(curve.steps)
    assert {1e3, -1e3} <= set(curve.values)
    assert curve.last == (49_999, 0.5)


def test_files_that_are_replaced_or_removed_are_noticed(tmp_path):
    def write(step):
        with SummaryWriter(tmp_path / "run") as writer:
            writer.add_scalar("loss", step, step)
        return event_files(tmp_path / "run")[-1]

    log = FollowedLog(tmp_path, Choice())
    first = write(1)
    assert [point.step for point in log.advance()] == [1]
    other = write(2)
    other.replace(first)
    assert [point.step for point in log.advance()] == [2]
    first.unlink()
    assert (list(log.advance()), log.files) == ([], 0)


def test_a_follower_tells_what_there_is_of_each_tag(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
        writer.add_scalar("loss", 2, 2)
        writer.add_text("note", "hello", 1)
    (path,) = event_files(tmp_path)
    follower = Follower(path)
    points, more = follower.poll()
    assert [(tag, step, value) for tag, step, _, value in points] == [
        ("loss", 1, 1.0),
        ("loss", 2, 2.0),
    ]
    assert not more
    series = follower.series()
    assert series["loss"][:2] == ("scalars", 2)
    assert series["note/text_summary"][:2] == ("text", 1)
    assert follower.position == path.stat().st_size
    assert (follower.damage, follower.nan_times) == (0, 0)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        follower.poll()


def test_plots_grow_in_a_terminal_and_stay_when_interrupted(tmp_path):
    with Terminal(100, 50) as terminal, SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 0.5, 1)
        writer.flush()
        with tail(
            tmp_path, "--interval", 0.05, stdin=terminal.theirs, stdout=terminal.theirs
        ) as process:
            os.close(terminal.theirs)
            terminal.read_until("loss", "step 1 ", "0.5")
            writer.add_scalar("accuracy", 0.75, 1_000)
            terminal.read_until("accuracy", "step 1,000")
            terminal.text = ""
            process.send_signal(signal.SIGINT)
            # The screen is given back, the cursor shown, and the plots drawn once more.
            terminal.read_until("\x1b[?1049l", "\x1b[?25h")
            after = terminal.text.rpartition("\x1b[?1049l")[2]
            terminal.text = after
            terminal.read_until("accuracy", "step 1,000")
            assert process.wait(60) == 0


def test_an_interruption_is_one_wherever_it_meets_the_drawing(tmp_path):
    from tensorbolt.cli import tail_plots

    with SummaryWriter(tmp_path) as writer:
        for tag in range(9):
            writer.add_scalar(f"tag {tag}", tag, 5)
    log = FollowedLog(tmp_path, Choice())
    list(log.advance())
    for number in (signal.SIGINT, signal.SIGTERM) * 25:
        with (
            pytest.raises((KeyboardInterrupt, SystemExit)) as ended,
            ended_by_sigterm(),
        ):
            interruption = threading.Timer(
                random.uniform(0, 0.05), os.kill, (os.getpid(), number)
            )
            interruption.start()
            while True:
                tail_plots.view(log, 100)
        interruption.join()
        assert ended.type is (
            KeyboardInterrupt if number == signal.SIGINT else SystemExit
        )


def test_what_a_screen_does_not_hold_is_said(tmp_path):
    from rich.console import Console

    from tensorbolt.cli import tail_plots

    with SummaryWriter(tmp_path) as writer:
        for tag in range(9):
            writer.add_scalar(f"tag {tag}", math.inf if tag == 3 else tag, 5)
    log = FollowedLog(tmp_path, Choice())
    console = Console(width=100, height=31, record=True, file=io.StringIO())
    console.print(tail_plots.view(log, 100, 31))
    assert "no scalar that was asked for" in console.export_text()
    list(log.advance())
    console.print(tail_plots.view(log, 100, 31))
    text = console.export_text()
    assert all(f"tag {tag}" in text for tag in range(4))
    assert "5 more tags" in text
    assert re.search(r"inf +step 5", text)
    console.print(tail_plots.view(log, 30))
    text = console.export_text()
    assert all(f"tag {tag}" in text for tag in range(9))


def test_without_the_extra_a_terminal_gets_lines_and_a_word(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 1)
    blocked = "import sys; sys.modules['rich'] = None; sys.argv[0] = 'tensorbolt'\n"
    code = f"{blocked}from tensorbolt.cli import main\nsys.exit(main())"
    with Terminal(80, 24) as terminal:
        done = subprocess.run(
            [sys.executable, "-c", code, "tail", "--once", str(tmp_path)],
            stdout=terminal.theirs,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            check=False,
        )
        os.close(terminal.theirs)
        terminal.read_until("loss")
    assert done.returncode == 0
    assert "pip install 'tensorbolt[terminal]'" in done.stderr


def test_waits_for_the_first_file(tmp_path):
    with tail(
        tmp_path,
        "--interval",
        0.05,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert "waiting for event files" in process.stderr.readline()
        with SummaryWriter(tmp_path) as writer:
            writer.add_scalar("loss", 1, 1)
        assert process.stdout.readline() == ".\t1\tloss\t1\n"
        process.terminate()
        wait_until(lambda: process.poll() is not None)
        assert process.returncode == 128 + signal.SIGTERM
