"""Programs that close descriptors that are not theirs."""

import textwrap

import pytest
from tests.python.support.helpers import python

BEGIN = """
import os, sys, warnings
import tensorbolt
warnings.simplefilter("always")
logdir, checkpoint = sys.argv[1:]
def steal():
    "Close every descriptor; then the program's own files get their numbers."
    os.closerange(3, 1024)
    files = [open(f"{checkpoint}{number}", "wb", buffering=0) for number in range(20)]
    for file in files:
        file.write(b"begin")
    return files
def check(files):
    for number, file in enumerate(files):
        file.write(b" end")
        file.close()
        with open(f"{checkpoint}{number}", "rb") as written:
            assert written.read() == b"begin end"
"""


@pytest.fixture
def closing_program(logdir, tmp_path):
    """Return a function that runs a program with the log directory and a name for its own files, and returns
    its standard error. Programs call `steal` and `check`."""

    def run(code):
        code = BEGIN + textwrap.dedent(code)
        return python(code, logdir, tmp_path / "checkpoint").stderr

    return run
