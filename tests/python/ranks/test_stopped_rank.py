"""A rank that the system stops for longer than the window: it is named, its values are late, and the reader counts them."""

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

from tests.python.support.helpers import wait_until

import tensorbolt
from tensorbolt import SummaryWriter

RANK_1 = """
import sys
from tensorbolt import SummaryWriter

with SummaryWriter(sys.argv[1], ranks="reduce", rank=1, world_size=2) as writer:
    for line in sys.stdin:
        writer.add_scalar("a", 3, int(line))
        writer.flush()
        print(line, end="", flush=True)
"""


def points(directory, **options):
    """Steps and values of the curve."""
    table = tensorbolt.read(directory, tags="a", **options).scalars.to_numpy()
    return [*zip(table["step"].tolist(), table["value"].tolist(), strict=True)]


def test_a_rank_that_is_stopped_for_longer_than_the_window(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSORBOLT_REDUCE_WINDOW", "0.5")
    package = Path(tensorbolt.__file__).parents[1]
    other = subprocess.Popen(
        [sys.executable, "-c", RANK_1, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(package)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def log(step):
        other.stdin.write(f"{step}\n")
        other.stdin.flush()

    with other, warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        log(0)
        assert other.stdout.readline() == "0\n"
        writer = SummaryWriter(tmp_path, ranks="reduce", rank=0, world_size=2)
        writer.add_scalar("a", 1, 0)
        wait_until(lambda: len(points(tmp_path)) == 1)
        other.send_signal(signal.SIGSTOP)
        writer.add_scalar("a", 1, 1)
        log(1)
        # The curve goes on without it.
        wait_until(lambda: len(points(tmp_path)) == 2)
        other.send_signal(signal.SIGCONT)
        assert other.stdout.readline() == "1\n"
        other.stdin.close()
        assert other.wait(60) == 0
        writer.close()
    assert points(tmp_path)[1] == (1, 1.0)
    assert points(tmp_path, ranks="reduce") == [(0, 2.0), (1, 2.0)]
    texts = [str(warning.message) for warning in found]
    assert any('rank 1 did not log "a" at step 1' in text for text in texts)
    assert any('rank 1 logged "a" at step 1 too late' in text for text in texts)
