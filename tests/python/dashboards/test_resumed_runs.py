"""A job that torchrun restarts after kills, on nodes whose clocks differ: its curves are those of a job without kills."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing import plugin_event_accumulator
from tests.python.files.test_resume import by_loader, by_read, by_tail
from tests.python.support.machine import needs_launcher

import tensorbolt

STEPS = 40
PROGRAM = """\
import os, signal, sys
from pathlib import Path
from tensorbolt import SummaryWriter

top, rank = Path(sys.argv[1]), int(os.environ["RANK"])
checkpoint = top / f"checkpoint_{rank}"
first = int(checkpoint.read_text()) if checkpoint.exists() else 0
log = top / "log"
for path in (log / f"rank_{rank:05d}").rglob("events.out.tfevents.*"):
    # The clock of the earlier run's node was ahead.
    parts = path.name.split(".")
    parts[3] = f"{int(parts[3]) + 90:010}"
    path.rename(path.with_name(".".join(parts)))
with SummaryWriter(log, ranks="all", resume=first) as writer:
    for step in range(first, 40):
        writer.add_scalar("loss", step + rank / 4, step)
        if step % 10 == 9:
            writer.flush()
            new = checkpoint.with_suffix(".new")
            new.write_text(str(step + 1))
            new.replace(checkpoint)
        killed = top / f"killed_{step}"
        if rank == 1 and step in (15, 28) and not killed.exists():
            killed.touch()
            writer.flush()
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the job, in which rank 1 is killed twice."""
    needs_launcher()
    top = tmp_path_factory.mktemp("job")
    program = top / "train.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node=2", "--max-restarts=2", "--monitor-interval=0.1"]
    done = subprocess.run(
        [*command, str(program), str(top)],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (top / "killed_15").exists()
    assert (top / "killed_28").exists()
    return top / "log"


@pytest.mark.parametrize("rank", [0, 1])
def test_the_curves_are_those_of_a_job_without_kills(job, rank):
    points = [(step, step + rank / 4) for step in range(STEPS)]
    directory = job / f"rank_0000{rank}"
    for reader in (by_loader, by_read, by_tail):
        assert reader(directory, "loss") == points, reader.__name__


def test_points_were_logged_twice(job):
    """The test above is worth something."""
    loader = plugin_event_accumulator.EventAccumulator(
        str(job / "rank_00001"), purge_orphaned_data=False
    )
    assert len(loader.Reload().Tensors("loss")) > STEPS


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_the_dashboard_shows_them(serve, job, load_fast):
    board = serve(job, load_fast)

    def steps(rank):
        points = board.json(
            "plugin/scalars/scalars", run=f"rank_0000{rank}", tag="loss"
        )
        return [int(step) for _, step, _ in points]

    board.wait_until(
        lambda: board.steps("scalars", "scalars").keys() >= {(f"rank_0000{rank}", "loss") for rank in range(2)}
    )  # fmt: skip
    for rank in range(2):
        board.wait_until(lambda: steps(rank) == list(range(STEPS)))  # noqa: B023
