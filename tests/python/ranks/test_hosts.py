"""A job on two hosts that have nothing in common but the directory of the log: namespaces of the network and of the host's name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support import streams
from tests.python.support.machine import needs

import tensorbolt

STEPS = 200
RANKS = 4
PROGRAM = """
import sys, time
from pathlib import Path
import numpy as np
from tensorbolt import SummaryWriter
directory, rank = sys.argv[1], int(sys.argv[2])
meeting = Path(directory).with_name("meeting")
meeting.mkdir(exist_ok=True)
values = np.random.default_rng(0).normal(size=(200, 4))
with SummaryWriter(directory, ranks="reduce", rank=rank, world_size=4, stall_timeout=100) as writer:
    # Ranks of a host share a stream if they run at the same time.
    (meeting / str(rank)).touch()
    while len(list(meeting.iterdir())) < 4:
        time.sleep(0.02)
    for step in range(len(values)):
        writer.add_scalar("x", values[step, rank], step)
"""


def on_host(name: str, tmp_path: Path, *command: str) -> "subprocess.Popen[str]":
    """Start a program on a host of this name, with a directory for temporary files of its own and no network."""
    temporary = tmp_path / f"tmp of {name}"
    temporary.mkdir(exist_ok=True)
    script = 'hostname "$0" && exec "$@"'
    return subprocess.Popen(
        ["unshare", "--net", "--uts", "sh", "-c", script, name, *command],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
            "TMPDIR": str(temporary),
            "TENSORBOLT_REDUCE_WINDOW": "600",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def test_hosts_share_a_directory(tmp_path):
    namespaces = ["unshare", "--net", "--uts", "true"]
    is_allowed = subprocess.run(namespaces, check=False, capture_output=True)
    needs(is_allowed.returncode == 0, "namespaces need root's rights")
    job = tmp_path / "job"
    hosts = ["node-a", "node-a", "node-b", "node-b"]
    programs = [
        on_host(host, tmp_path, sys.executable, "-c", PROGRAM, str(job), str(rank))
        for rank, host in enumerate(hosts)
    ]
    for program in programs:
        program.communicate(timeout=250)
        assert program.returncode == 0
    made = [path.name.split(".")[1] for path in streams.streams(job)]
    assert sorted(made) == ["node-a", "node-b"]
    values = np.random.default_rng(0).normal(size=(STEPS, RANKS))
    expected = {
        "x": values.mean(axis=1),
        "ranks/max/x": values.max(axis=1),
        "ranks/max_rank/x": values.argmax(axis=1),
    }
    board = EventAccumulator(str(job), {"scalars": 0}).Reload()
    for tag, of_steps in expected.items():
        found = board.Scalars(tag)
        assert [point.step for point in found] == list(range(STEPS))
        assert [point.value for point in found] == pytest.approx(of_steps, rel=1e-6)
    # A third host looks at it.
    tool = sys.executable, "-m", "tensorbolt"
    reduced = on_host("desktop", tmp_path, *tool, "reduce", str(job), "--json")
    counts = json.loads(reduced.communicate(timeout=250)[0])
    assert (counts["streams"], counts["ranks"], counts["present"]) == (
        2,
        RANKS,
        STEPS * RANKS,
    )
    doctor = on_host("desktop", tmp_path, *tool, "doctor", str(job), "--json")
    told = json.loads(doctor.communicate(timeout=250)[0])
    assert doctor.returncode == 0, told
