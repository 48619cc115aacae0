"""Aim's converter makes of an event file by tensorbolt what it makes of its reference writers'.

SwanLab's asks for a login before it reads a file, offline too, so it is not run.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.trackers.run_pair import SECONDS, offline, run_both

HERE = Path(__file__).parent
BOTH = pytest.mark.parametrize("reference", ["torch.utils.tensorboard", "tensorboardX"])
EXPECTED = {
    f"{run}/{tag}"
    for run in ("first", "second")
    for tag in ("train/accuracy", "train/norm", "filter", "filters", "tone")
}


@BOTH
@pytest.mark.timeout(2 * SECONDS)
def test_aim(tmp_path, reference):
    directories = run_both(HERE / "programs/convert.py", reference, tmp_path)
    # `make test-frameworks` sets it up next to the environment of these tests.
    interpreter = Path(sys.prefix).with_name("aim") / "bin/python"
    theirs, ours = (
        json.loads(output(directory, interpreter, HERE / "aim_records.py", directory))
        for directory in directories.values()
    )
    assert theirs.keys() == EXPECTED
    # It passes over audio that says what it is, as TensorBoard needs it (P51 in docs/differences.md).
    assert ours == {key: held for key, held in theirs.items() if "tone" not in key}


def output(directory, *command):
    done = subprocess.run(
        command,
        cwd=directory,
        env=offline(directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
