"""Programs of several frameworks leave the same log with a reference writer and, unchanged, with tensorbolt.

TensorBoard's data server, its loader in Python and our server answer all ten calls over both logs alike, which takes some seconds.
"""

import difflib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.frameworks.logs import lines
from tests.python.serving.comparison import Compared

import tensorbolt

PROGRAMS = Path(__file__).with_name("programs")
SECONDS = 900
"""For a program that never ends and its pair together; a busy machine needs three minutes."""

SOURCES = str(Path(tensorbolt.__file__).parents[1])
WAYS = {
    "reference": [sys.executable],
    "tensorbolt": [sys.executable, "-m", "tensorbolt", "run"],
}

ENVIRONMENT = {
    # Two runs of a program add up in the same order.
    "OMP_NUM_THREADS": "1",
    # Whatever the machine has.
    "CUDA_VISIBLE_DEVICES": "",
    "DS_ACCELERATOR": "cpu",
    "MPLBACKEND": "agg",
    # No service is asked for anything or sent anything.
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A program that is ended because it takes too long says where it was.
    "PYTHONFAULTHANDLER": "1",
}

NOT_COMPARED = {
    # Durations.
    "with_ray_tune": ["^ray/tune/time_"],
    "with_rllib": ["timer|time_|throughput|duration|/perf/|/sample$"],
    "with_stable_baselines3": [
        "^time/(fps|time_elapsed)$",
        # torch writes a video without its data (D18).
        "^states/film$",
    ],
    "with_transformers": ["^(train|eval)/.*(runtime|per_second)$"],
}
"""Tags of which only run, tag and step count."""


RAY = {"with_ray_tune", "with_rllib"}
"""Programs that start a cluster of Ray. It must be there within 30 seconds, so the two of a pair run one after the other."""


def start(way, program, directory):
    """Start a program that logs below `runs` in a directory of its own."""
    directory.mkdir()
    with (directory / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [*WAYS[way], str(PROGRAMS / f"{program}.py"), "runs"],
            cwd=directory,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": SOURCES},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def heads(root):
    """Who wrote each event file: whether the first bytes name tensorbolt."""
    return {
        b"tensorbolt" in file.read_bytes()[:200] for file in root.rglob("*tfevents*")
    }


def wait(way, process, directory, until):
    """Wait until a program has ended, and see that it ended well; kill one that takes too long, and show its threads."""
    try:
        status = process.wait(max(until - time.monotonic(), 1))
    except subprocess.TimeoutExpired:
        # The program dumps the stacks of its threads, and ends.
        process.send_signal(signal.SIGABRT)
        status = process.wait()
    output = (directory / "output.txt").read_text(errors="replace")
    assert status == 0, f"{way} ended with {status}:\n{output}"


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize(
    "program", sorted(path.stem for path in PROGRAMS.glob("with_*.py"))
)
def test_both_logs_are_the_same(tmp_path, program):
    directories = {way: tmp_path / way for way in WAYS}
    processes = {}
    until = time.monotonic() + SECONDS
    try:
        for way, directory in directories.items():
            processes[way] = start(way, program, directory)
            if program in RAY:
                wait(way, processes[way], directory, until)
        for way, process in processes.items():
            wait(way, process, directories[way], until)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    logs = {
        way: lines(directory / "runs", NOT_COMPARED.get(program, ()))
        for way, directory in directories.items()
    }
    assert heads(directories["reference"]) == {False}
    assert heads(directories["tensorbolt"]) == {True}
    assert len(logs["reference"]) > 5, "the program logs next to nothing"
    difference = list(difflib.unified_diff(*logs.values(), *logs, lineterm="", n=0))
    assert not difference, "\n".join(difference)
    answers = Compared(tmp_path)
    assert answers.from_rustboard() == []
    assert answers.from_python() == []
    runs = {run.partition("/")[0] for run, _ in answers.ours.runs}
    assert runs == WAYS.keys()
