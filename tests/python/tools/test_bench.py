"""`tensorbolt bench` measures what it says, says it in words and as JSON, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tensorbolt
from tensorbolt.cli import main

SOURCES = str(Path(tensorbolt.__file__).parents[1])
ROWS = {
    "scalar": "a scalar",
    "group": "three grouped",
    "log": "100 scalars at once",
    "histogram/1000": "a histogram of 1,000 values",
    "histogram/100000": "a histogram of 100,000 values",
    "histogram/1000000": "a histogram of 1,000,000 values",
    "histogram/10000000": "a histogram of 10,000,000 values",
    "image": "an image, 427 x 640",
    "video": "a video, 30 frames of 64 x 64",
    "text": "a text",
}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    return tmp_path_factory.mktemp("bench") / "not" / "yet"


@pytest.fixture(scope="module")
def measured(logdir):
    """Output, progress, and numbers of a short run; it needs no torch, so it is a fresh process."""
    numbers = logdir.parent.parent / "numbers.json"
    command = [sys.executable, "-m", "tensorbolt", "bench", "--seconds", "0.5"]
    done = subprocess.run(
        [*command, "--logdir", str(logdir), "--json", str(numbers)],
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr, json.loads(numbers.read_text())


def test_each_call_is_timed_and_its_bytes_are_counted(measured):
    calls = measured[2]["calls"]
    assert {name: row["what"] for name, row in calls.items()} == ROWS
    for row in calls.values():
        assert list(row["writers"]) == ["tensorbolt"]
        timed = row["writers"]["tensorbolt"]
        assert 0 < timed["caller"] <= timed["total"]
        assert timed["calls"] >= 3
    size = {name: row["writers"]["tensorbolt"]["bytes"] for name, row in calls.items()}
    # A record of a scalar has 16 bytes of framing, 9 of the time, 2 to 4 of the step, and the value with its tag.
    assert 35 < size["scalar"] < 60
    assert 3 * 35 < size["group"] < 3 * 60
    assert 427 * 640 < size["image"] < 427 * 640 * 3
    assert size["histogram/1000000"] > size["histogram/1000"] > 5_000


def test_the_storage_is_measured(measured):
    store = measured[2]["store"]
    assert store["bytes_per_second"] > 0
    for which in ("flush", "flush_with_fsync"):
        assert 0 < store[which]["median"] <= store[which]["slowest"]
        assert store[which]["count"] >= 1


def test_the_table_says_it_in_words(measured, logdir):
    out = measured[0]
    for what in ROWS.values():
        assert what in out
    assert "holds your loop" in out
    assert f"into {logdir}" in out
    assert "flush() returns after" in out
    assert "torch" not in out


def test_progress_goes_to_stderr(measured):
    # A busy machine's disk may be warned of in between.
    lines = [line for line in measured[1].splitlines() if line.startswith("[")]
    assert len(lines) == len(ROWS) + 1
    assert lines[0] == "[1/11] a scalar, tensorbolt"
    assert lines[-1] == "[11/11] the storage"


def test_nothing_is_left_behind(measured, logdir):
    assert list(logdir.iterdir()) == []


def test_reference_writers_take_part_if_asked(tmp_path, capsys):
    options = ["--seconds", "0.5", "--compare", "--json", "-"]
    assert main(["bench", "--logdir", str(tmp_path), *options]) == 0
    found = json.loads(capsys.readouterr().out)
    for row in found["calls"].values():
        assert list(row["writers"]) == ["tensorbolt", "torch", "tensorboardX"]
        assert row["writers"]["torch"] or row["what"] == ROWS["video"]
        assert row["writers"]["tensorboardX"] is not None
    scalars = found["calls"]["scalar"]["writers"].values()
    assert all(35 < timed["bytes"] < 60 for timed in scalars)


# Other tests have imported the reference writers before.
@pytest.mark.filterwarnings("ignore:these modules imported a reference writer")
def test_our_facades_are_no_reference_writers(tmp_path, capsys):
    tensorbolt.install()
    try:
        options = ["--seconds", "0.1", "--compare"]
        assert main(["bench", "--logdir", str(tmp_path), *options]) == 0
    finally:
        tensorbolt.uninstall()
    out = capsys.readouterr().out
    assert "torch.utils.tensorboard is left out: here it is tensorbolt's" in out
    assert "tensorboardX is left out: here it is tensorbolt's" in out


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_seconds_must_be_positive(seconds, capsys):
    with pytest.raises(SystemExit):
        main(["bench", f"--seconds={seconds}"])
    assert "must be a positive number of seconds" in capsys.readouterr().err


def test_a_directory_is_needed(tmp_path, capsys):
    (tmp_path / "file").touch()
    for logdir, words in (
        (tmp_path / "file", "cannot be written to"),
        ("s3://bucket/runs", "must be a local directory"),
    ):
        with pytest.raises(SystemExit):
            main(["bench", "--logdir", str(logdir)])
        assert words in capsys.readouterr().err


def test_numbers_that_cannot_be_written_are_told(tmp_path, capsys):
    path = tmp_path / "none" / "numbers.json"
    options = ["--seconds", "0.1", "--json", str(path)]
    assert main(["bench", "--logdir", str(tmp_path / "runs"), *options]) == 1
    printed = capsys.readouterr()
    assert "a scalar" in printed.out
    assert "cannot be written" in printed.err
