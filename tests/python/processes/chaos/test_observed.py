"""What a person or a program can learn of troubles: warnings, Python's logging, and the core's own log."""

import logging
import shutil
import subprocess
import sys

import pytest
from tests.python.support.helpers import python

import tensorbolt

PROGRAM = """
import shutil, sys
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1])
shutil.rmtree(sys.argv[1])
writer.add_scalar("s", 1.0)
writer.flush()
writer.close()
"""


def core_log(monkeypatch, level, logdir, program=PROGRAM):
    if level is None:
        monkeypatch.delenv("TENSORBOLT_LOG", raising=False)
    else:
        monkeypatch.setenv("TENSORBOLT_LOG", level)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, logdir],
        capture_output=True,
        text=True,
        check=True,
        timeout=250,
    )
    return [line for line in done.stderr.splitlines() if line.startswith("tensorbolt[")]


def test_the_core_is_silent_unless_asked(logdir, monkeypatch):
    assert core_log(monkeypatch, None, logdir) == []
    assert core_log(monkeypatch, "off", logdir) == []
    assert core_log(monkeypatch, "error", logdir) == []


def test_levels_of_the_cores_log(logdir, monkeypatch):
    (warning,) = core_log(monkeypatch, "warn", logdir)
    assert " WARN " in warning
    assert "removed, replaced or cut" in warning
    info = core_log(monkeypatch, "INFO", logdir)
    assert sum(f"writes to {logdir}/events.out.tfevents." in line for line in info) == 1
    assert any("the process ends; 0 events are not written" in line for line in info)
    trace = core_log(monkeypatch, "trace", logdir)
    assert any("1 events of " in line for line in trace)


def test_an_unknown_level_is_told(logdir, monkeypatch):
    """At once, and by the first writer, whose constructor raises."""
    lines = core_log(monkeypatch, "loud", logdir, "import tensorbolt")
    assert "must be off, error, warn, info, debug or trace" in lines[0]
    with pytest.raises(ValueError, match="TENSORBOLT_LOG must be off, error"):
        tensorbolt.SummaryWriter(logdir)


def test_pythons_logging_hears_of_problems(logdir, caplog):
    """Once, like the warning; and of each file's end with its numbers."""
    with caplog.at_level(logging.DEBUG, "tensorbolt"):
        writer = tensorbolt.SummaryWriter(logdir)
        shutil.rmtree(logdir)
        with pytest.warns(RuntimeWarning, match="removed"):
            for step in range(10):
                writer.add_scalar("s", step, step)
            writer.flush()
        writer.close()
    problems = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(problems) == 1
    assert "removed" in problems[0].getMessage()
    (closed,) = [r for r in caplog.records if r.levelno == logging.INFO]
    assert f"closed {logdir}: 10 events" in closed.getMessage()


def test_without_a_handler_nothing_is_said_twice(logdir):
    done = python(
        """
import shutil, sys, warnings
warnings.simplefilter("always")
"""
        + PROGRAM,
        logdir,
    )
    assert done.stderr.count("removed, replaced or cut") == 1


def test_where_warnings_are_errors_they_are_logged_instead(logdir):
    done = python(PROGRAM, logdir)
    assert done.stderr.count("removed, replaced or cut") == 1
    assert "Traceback" not in done.stderr
