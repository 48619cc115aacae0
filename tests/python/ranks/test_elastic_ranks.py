"""`ranks="reduce"` under torchrun: ranks are killed, the job shrinks from 8 to 6 ranks and grows again, and clocks are wrong.

Every reader shows the curves of a job that nothing happened to. About ten seconds of processor time.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.python.files.test_resume import READERS
from tests.python.serving.providers import from_stub, rustboard
from tests.python.support.machine import needs, needs_launcher

import tensorbolt
from tensorbolt.cli import main

SUPPORT = Path(__file__).parents[1] / "support"
SIZES = 8, 6, 8
"""Ranks of the job, in the steps from 0, 10 and 20 on."""

PROGRAM = """\
import os, signal, sys, time
from pathlib import Path

top, rank = Path(sys.argv[1]), int(os.environ["RANK"])
turn = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
size = (8, 6, 8)[turn]
if rank >= size:
    sys.exit()
node = rank // 4
os.environ["TMPDIR"] = str(top / f"node_{node}")
# Once more, with the clock of a node whose clock is wrong, after each restart in another way.
if "CLOCK_OFF" not in os.environ:
    os.environ["CLOCK_OFF"] = str((90, -90, 0)[(turn + node) % 3])
    os.execv(sys.executable, [sys.executable, *sys.argv])

from tensorbolt import SummaryWriter

checkpoint = top / "checkpoint"
first = int(checkpoint.read_text()) if checkpoint.exists() else 0


def wait_for(ranks, step):
    # As a collective does.
    while not all((top / f"{turn}-{step}-{other}").exists() for other in ranks):
        time.sleep(0.01)


with SummaryWriter(top / "log", ranks="reduce", rank=rank, world_size=size, resume=first) as writer:
    for step in range(first, 30):
        # What a later turn replaces is wrong.
        value = step + {1: 1.0, 2: -1.0}.get(rank, 0.0) + (1000 if step >= 10 * (turn + 1) else 0)
        writer.log({"loss": value, "seconds/forward": 1.0 + rank / 100}, step)
        if step % 10 == 9:
            writer.flush()
            if rank == 0:
                wait_for(range(1, size), step)
                checkpoint.write_text(str(step + 1))
            (top / f"{turn}-{step}-{rank}").touch()
            wait_for(range(size), step)
        if (turn, rank, step) in ((0, 3, 13), (1, 0, 25)):
            writer.flush()
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The log of the job, which ended well at last."""
    needs_launcher()
    needs(shutil.which("cc"), "no compiler for the wrong clock", "gcc")
    top = tmp_path_factory.mktemp("job")
    clock, source = top / "clock.so", SUPPORT / "clock.c"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", clock, source]
    subprocess.run([*command, "-ldl"], check=True)
    for node in range(2):
        (top / f"node_{node}").mkdir()
    program = top / "train.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node=8", "--max-restarts=2", "--monitor-interval=0.1"]
    done = subprocess.run(
        [*command, program, top],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
            "LD_PRELOAD": str(clock),
            "TENSORBOLT_REDUCE_WINDOW": "120",
            "TENSORBOLT_STALL_TIMEOUT": "120",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return top / "log"


def undisturbed(step):
    """From tag to value, of a job in which nothing happened."""
    size = SIZES[step // 10]
    values = np.full(size, float(step))
    values[1:3] += 1.0, -1.0
    return {
        "loss": values.mean(),
        "ranks/min/loss": values.min(),
        "ranks/max/loss": values.max(),
        "ranks/std/loss": values.std(),
        "ranks/p50/loss": np.median(values),
        "ranks/max_rank/loss": 1.0,
        "ranks/slowest_rank/seconds/forward": size - 1.0,
    }


CURVES = {
    tag: [(step, float(np.float32(undisturbed(step)[tag]))) for step in range(30)]
    for tag in undisturbed(0)
}


@pytest.mark.parametrize("tag", CURVES)
def test_readers_show_the_curves_of_an_undisturbed_job(job, tag):
    for reader in READERS:
        assert reader(job, tag) == CURVES[tag], reader.__name__


def test_the_data_server_does(job):
    with rustboard(job) as stub:
        provider = from_stub(stub)
        found = provider.read_scalars(
            None, experiment_id="", plugin_name="scalars", downsample=1000
        )["."]
    for tag, points in CURVES.items():
        assert [(datum.step, datum.value) for datum in found[tag]] == points, tag


def test_the_reducer_and_the_reader_of_all_values_do(job, tmp_path):
    assert main(["reduce", str(job), "-o", str(tmp_path / "curves")]) == 0
    for log in tensorbolt.read(tmp_path / "curves"), tensorbolt.read(job, ranks="reduce"):  # fmt: skip
        for tag, points in CURVES.items():
            table = log.scalars.where(tags=tag).to_dict()
            values = np.float32(table["value"]).astype(float)
            assert [*zip(table["step"], values, strict=True)] == points, tag


def test_values_were_replaced_and_clocks_were_wrong(job):
    """The tests above are worth something."""
    kept = tensorbolt.read(job, ranks="all").scalars
    times = np.array(kept["wall_time"])
    assert np.ptp(times.astype("datetime64[s]").astype(int)) > 150
    ranks = {run for run in kept["run"] if run.startswith("rank_")}
    assert len(ranks) == 8
    files = [len(list(job.glob(pattern))) for pattern in ("events.*", "ranks/*")]
    assert files == [3, 6]
