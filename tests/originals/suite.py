"""A test suite of another project in a directory of its own: run with pytest, and what came of each test."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import tensorbolt

SOURCES = str(Path(tensorbolt.__file__).parents[1])


def run(directories, ways, tests, **environment):
    """Run the tests in each directory, all directories at once; return which passed and which did not, directory by directory.

    Args:
        directories: Where the tests are; a module `plugin` in it is loaded before them.
        ways: What comes before `-m pytest` on each command line, after the interpreter.
        tests: The file or directory of tests, below each directory.
        environment: Variables for the processes.
    """
    processes = []
    try:
        for directory, way in zip(directories, ways, strict=True):
            processes.append(start(directory, way, tests, environment))
        for process in processes:
            process.wait()
    finally:
        for process in processes:
            process.kill()
    return [outcomes(directory) for directory in directories]


def start(directory, way, tests, environment):
    options = ["-q", "-c", os.devnull, "--rootdir=.", "-p", "plugin"]
    with (directory / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *way, "-m", "pytest", *options, "--junit-xml=report.xml", tests],
            cwd=directory,
            env={
                **os.environ,
                # Their logs in stores that do not exist would wait in the user's cache.
                "TENSORBOLT_SPOOL": str(directory / "spool"),
                "PYTHONPATH": f".:{SOURCES}",
                "MPLBACKEND": "agg",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )  # fmt: skip


def outcomes(directory):
    """Return the names of the tests that passed, and of the others."""
    assert (directory / "report.xml").exists(), (directory / "output.txt").read_text()
    passed, other = set(), set()
    for case in ElementTree.parse(directory / "report.xml").iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        (passed if len(case) == 0 else other).add(name)
    return passed, other
