"""Curves of ranks in an object store: rank 0 makes them while the job runs, of streams that other machines have uploaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.remote.objects import download, objects, open_writer, steps
from tests.python.support.helpers import said_until, wait_until
from tools.fault_proxy.faults import Faults

import tensorbolt

RANK_1 = """
import sys
from tensorbolt import SummaryWriter
address, resume = sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else None
writer = SummaryWriter(
    address, ranks="reduce", rank=1, world_size=2, flush_secs=1, stall_timeout=100, resume=resume
)
for line in sys.stdin:
    first, last = map(int, line.split())
    for step in range(first, last):
        writer.log({"x": step + 0.5, "tokens": 3}, step)
    writer.flush()
    print("logged", flush=True)
writer.close()
"""


class Machine:
    """Another machine, with a rank: it has a spool of its own."""

    def __init__(self, cloud, directory: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", RANK_1, *arguments],
            env={
                **os.environ,
                **cloud.environment,
                "TENSORBOLT_SPOOL": str(directory),
                "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def log(self, first: int, last: int) -> None:
        print(first, last, file=self._process.stdin, flush=True)
        said_until(self._process.stdout, "logged")

    def end(self) -> None:
        """Have the rank close; it may last until rank 0 does."""
        self._process.stdin.close()

    def wait(self) -> None:
        assert self._process.wait(100) == 0
        self._process.stdout.close()


def rank_0(address, **options):
    reduced = {"ranks": "reduce", "rank": 0, "world_size": 2, "flush_secs": 1}
    return open_writer(address, **reduced, **options)


def log(writer, first, last):
    for step in range(first, last):
        writer.log({"x": step, "tokens": 2}, step)


def test_curves_grow_while_the_job_runs(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/job"
    other = Machine(cloud, tmp_path / "spool of another", address)
    with rank_0(address) as writer:
        writer.reduce_by({"tokens": "sum"})
        log(writer, 0, 10)
        other.log(0, 10)

        def seen(step):
            copies = sorted(tmp_path.glob("copy*"))
            copy = download(
                cloud.client, cloud.bucket, "job", tmp_path / f"copy{len(copies)}"
            )
            return step in steps(copy, "ranks/max/x")

        wait_until(lambda: seen(9))
        # Both ranks are there, and nothing new: lists alone tell that.
        cloud.proxy.clear()
        cloud.proxy.wait(lambda log: sum(one.method == "GET" for one in log) >= 2)
        assert all("list-type" in one.query for one in cloud.proxy.log("GET"))
        log(writer, 10, 20)
        other.log(10, 20)
        wait_until(lambda: seen(19))
        log(writer, 20, 30)
        other.log(20, 30)
        other.end()
    other.wait()
    check(download(cloud.client, cloud.bucket, "job", tmp_path / "log"), 30)
    assert list((tmp_path / "spool").glob("*")) == []


def check(directory, count):
    """All curves are whole, and no point is there twice."""
    board = EventAccumulator(str(directory), {"scalars": 0}).Reload()
    expected = {
        "x": [step + 0.25 for step in range(count)],
        "ranks/min/x": range(count),
        "ranks/max/x": [step + 0.5 for step in range(count)],
        "ranks/max_rank/x": [1] * count,
        "tokens": [5] * count,
    }
    for tag, values in expected.items():
        assert [point.step for point in board.Scalars(tag)] == list(range(count)), tag
        found = [point.value for point in board.Scalars(tag)]
        assert found == pytest.approx(list(values)), tag


def test_a_job_that_was_resumed_makes_no_point_twice(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/job"
    for first, last in [(0, 8), (5, 12)]:
        # All that the first one has logged is older than what the second one logs.
        resumed = () if first == 0 else (str(first),)
        other = Machine(cloud, tmp_path / f"spool{first}", address, *resumed)
        with rank_0(address, resume=first or None) as writer:
            writer.reduce_by({"tokens": "sum"})
            log(writer, first, last)
            other.log(first, last)
            other.end()
        other.wait()
    check(download(cloud.client, cloud.bucket, "job", tmp_path / "log"), 12)
    found = tensorbolt.read(address, ranks="reduce").scalars.where(tags="x").to_numpy()
    assert found["step"].tolist() == [*range(12)]
    assert found["value"].tolist() == [step + 0.25 for step in range(12)]


def test_a_store_that_refuses_to_list_is_reported_and_harms_nothing(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/job"
    cloud.proxy.set(Faults(refuse="AccessDenied", methods=frozenset({"GET"})))
    with (
        pytest.warns(RuntimeWarning, match=r"curves of the ranks.*s3:ListBucket"),
        open_writer(
            address, ranks="reduce", rank=0, world_size=1, flush_secs=1
        ) as writer,
    ):
        writer.add_scalar("x", 1.0, 1)
        wait_until(lambda: writer.stats()["errors"] > 0)
        writer.add_scalar("x", 2.0, 2)
        writer.flush()
    cloud.proxy.heal()
    keys = list(objects(cloud.client, cloud.bucket, "job"))
    assert any(".stream." in key for key in keys)
    assert tensorbolt.read(address, ranks="reduce").scalars.where(tags="x").to_numpy()[
        "value"
    ].tolist() == [1.0, 2.0]
