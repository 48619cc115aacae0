"""What the guides show works: their programs run, and their commands succeed.

In a page, a `python` fence with a title is a file of that name; those without are one program, from top to bottom; a
`console` fence holds commands. What cannot be run here (a browser, another machine) stands in `text` fences.
"""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from tests.python.support.machine import needs_launcher

import tensorbolt

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [
    "../README",
    "index",
    "guides/what-to-log",
    "guides/large-models",
    "guides/distributed",
    "guides/configuration",
    "guides/health",
    "guides/restarts",
    "guides/remote",
    "guides/notebooks",
    "guides/reading",
    "guides/troubleshooting",
]
FENCE = re.compile(
    r'^```(?P<kind>python|console)(?: title="(?P<title>[\w.]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture
def run(tmp_path):
    """A function that runs a command as the guides' reader would, in a directory of its own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    interpreter = shlex.quote(sys.executable)
    for name, what in [("python", ""), ("tensorbolt", " -m tensorbolt")]:
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {interpreter}{what} "$@"\n')
        program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
        # The user's may have logs that wait, of which `doctor` speaks.
        "TENSORBOLT_SPOOL": str(tmp_path / "spool"),
    }

    def run(command):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_works(page, run, tmp_path):
    fences = list(FENCE.finditer((DOCS / f"{page}.md").read_text(encoding="utf-8")))
    assert fences
    program = ""
    for fence in fences:
        if fence["title"]:
            (tmp_path / fence["title"]).write_text(fence["text"])
        elif fence["kind"] == "python":
            program += fence["text"]
    if program:
        (tmp_path / "page.py").write_text(program)
        run("python -W error::RuntimeWarning page.py")
    for fence in fences:
        if fence["kind"] == "console":
            commands = [
                line[2:] for line in fence["text"].splitlines() if line.startswith("$ ")
            ]
            assert commands
            for command in commands:
                if "torch.distributed.run" in command:
                    needs_launcher()
                run(command)


def test_the_notebook_on_a_sweep_has_the_programs_of_the_guide():
    """Its cells are what the program that makes it takes from the guide, which is tried above."""
    cells = runpy.run_path(str(DOCS / "_site" / "sweep_image.py"))["cells"]
    expected = cells((DOCS / "guides" / "reading.md").read_text(encoding="utf-8"))
    assert [kind for kind, _ in expected].count("code") == 4
    book = nbformat.read(DOCS.parent / "examples" / "sweep.ipynb", as_version=4)
    nbformat.validate(book)
    assert [(cell.cell_type, cell.source) for cell in book.cells] == expected


def test_every_guide_is_tried():
    pages = {path.stem for path in (DOCS / "guides").glob("*.md")}
    tried = {page.removeprefix("guides/") for page in PAGES}
    # Two are tried with the examples that they show, and one with a store.
    assert pages <= tried | {"viewing", "insight", "object-stores"}
