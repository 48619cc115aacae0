"""A test suite of another project in a folder of its own: run with pytest, and what came of each test."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import tensorbolt

SOURCES = str(Path(tensorbolt.__file__).parents[1])


def run(folders, ways, tests, **environment):
    """Run the tests in each folder, all folders at once; return which passed and which did not, folder by folder.

    Args:
        folders: Where the tests are; a module `plugin` in it is loaded before them.
        ways: What comes before `-m pytest` on each command line, beside the interpreter.
        tests: The file or folder of tests, below each folder.
        environment: Variables for the processes.
    """
    processes = []
    try:
        for folder, way in zip(folders, ways, strict=True):
            processes.append(start(folder, way, tests, environment))
        for process in processes:
            process.wait()
    finally:
        for process in processes:
            process.kill()
    return [outcomes(folder) for folder in folders]


def start(folder, way, tests, environment):
    options = ["-q", "-c", os.devnull, "--rootdir=.", "-p", "plugin"]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *way, "-m", "pytest", *options, "--junit-xml=report.xml", tests],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": f".:{SOURCES}",
                "MPLBACKEND": "agg",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )  # fmt: skip


def outcomes(folder):
    """Return the names of the tests that passed, and of the others."""
    assert (folder / "report.xml").exists(), (folder / "output.txt").read_text()
    passed, other = set(), set()
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        (passed if len(case) == 0 else other).add(name)
    return passed, other
