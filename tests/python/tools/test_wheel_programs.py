"""The workflow of releases and the programs with which it tries a wheel; `tools/try_wheel.py` tries one in minutes."""

import re
import subprocess
import sys
from pathlib import Path

import tensorbolt

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "tools/wheel_programs"
WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


def run(directory, *words):
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(
        command, check=False, cwd=directory, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_written_is_read_back(tmp_path):
    printed = run(tmp_path, PROGRAMS / "write_and_read.py", "runs")
    assert printed.startswith(f"tensorbolt {tensorbolt.__version__} reads back")
    run(tmp_path, PROGRAMS / "read_with_tensorboard.py", "runs")


def test_the_modules_of_the_reference_writers_are_tensorbolt(tmp_path):
    program = (PROGRAMS / "switched.py", "torch.utils.tensorboard", "runs")
    printed = run(tmp_path, "-m", "tensorbolt", "run", *program)
    assert printed.strip() == tensorbolt.__file__


def test_a_program_that_gets_the_reference_writer_fails(tmp_path):
    command = [sys.executable, str(PROGRAMS / "switched.py"), "tensorboardX", "runs"]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "tensorbolt" in done.stderr


def test_the_workflow_takes_the_oldest_rust_that_the_project_allows():
    [oldest] = re.findall(
        r'^rust-version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE
    )
    assert re.findall(r'RUST: "(.+)"', WORKFLOW) == [oldest]


def test_each_target_has_a_wheel_before_the_index_gets_any():
    targets = re.findall(r"\{ target: ([a-z0-9_-]+),", WORKFLOW)
    assert len(targets) == len(set(targets)) == 7
    # And the source archive.
    counts = re.findall(r'test "\$\(ls dist \| .*\)" = (\d+)', WORKFLOW)
    assert counts == [str(len(targets) + 1)] * 2
