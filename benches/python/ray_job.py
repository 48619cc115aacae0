"""Whether jobs on several nodes of Ray leave the curves that numpy computes, also after a node is gone.

    .venvs/engines/bin/python -m benches.python.ray_job [--store]

`ray.cluster_utils.Cluster` starts three nodes on this machine, each with a directory of its own for temporary files, as machines have.
First six actors log with `ranks="reduce"`. Then six workers of Ray Train do, which find their ranks by Ray Train's context; at step 12
one node is taken away, and Ray Train goes on with four workers from its last checkpoint. With `--store` logs and checkpoints are in a
bucket of moto's server. About a minute; `make environments` installs what it needs.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import ray
import ray.train
from ray.cluster_utils import Cluster
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

import tensorbolt
from tensorbolt import SummaryWriter

NODES, WORKERS, LEAST_WORKERS = 3, 6, 4
STEPS, KILLED, CHECKPOINT = 40, 12, 5


def values_of(rank: int, size: int) -> np.ndarray:
    """What a rank of a job of that many logs, for each step."""
    return np.random.default_rng([rank, size]).normal(size=STEPS)


class Actor:
    """A rank that is told which one it is."""

    def __init__(self, address: str, rank: int) -> None:
        self._rank = rank
        self._writer = SummaryWriter(
            address, ranks="reduce", rank=rank, world_size=WORKERS, stall_timeout=60
        )

    def work(self) -> str:
        """Log all steps; returns the node."""
        for step, value in enumerate(values_of(self._rank, WORKERS)):
            self._writer.add_scalar("x", value, step)
        return str(ray.get_runtime_context().get_node_id())

    def close(self) -> None:
        """End the log of this rank."""
        self._writer.close()


def train(told: dict[str, str]) -> None:
    """Be a worker of Ray Train."""
    context = ray.train.get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    begin = 0
    if (checkpoint := ray.train.get_checkpoint()) is not None:
        with checkpoint.as_directory() as directory:
            begin = int(Path(directory, "step").read_text())
    top = Path(told["top"])
    if rank == 0:
        with (top / "sizes").open("a") as sizes:
            print(json.dumps([begin, size]), file=sizes)
    values = values_of(rank, size)
    with SummaryWriter(
        told["address"], ranks="reduce", resume=begin, stall_timeout=60
    ) as writer:
        for step in range(begin, STEPS):
            writer.add_scalar("x", values[step], step)
            if step % CHECKPOINT == CHECKPOINT - 1:
                writer.flush(remote=True)
                # It waits for all workers.
                with tempfile.TemporaryDirectory() as directory:
                    Path(directory, "step").write_text(str(step + 1))
                    saved = ray.train.Checkpoint.from_directory(directory)
                    ray.train.report(
                        {"step": step}, checkpoint=saved if rank == 0 else None
                    )
            if rank == 0:
                (top / "now").write_text(str(step))
            while begin == 0 and step >= KILLED:
                time.sleep(0.1)


class Nodes:
    """Nodes of Ray on this machine.

    Args:
        top: An empty directory.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._cluster = Cluster()
        self._all: list[Any] = []
        for number in range(NODES):
            temporary = top / f"node{number}"
            temporary.mkdir()
            node = self._cluster.add_node(
                num_cpus=WORKERS // NODES,
                env_vars={"TMPDIR": str(temporary)},
                **({"include_dashboard": False} if number == 0 else {}),
            )
            self._all.append(node)
        ray.init(address=self._cluster.address, log_to_driver=False)

    def take_away(self) -> None:
        """End the last node and all that runs on it, at once."""
        self._cluster.remove_node(self._all.pop(), allow_graceful=False)

    def end(self) -> None:
        """End all of them."""
        ray.shutdown()
        self._cluster.shutdown()


@contextmanager
def bucket() -> Iterator[str]:
    """Address of an empty bucket, which the environment of this process reaches."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    os.environ.update(
        AWS_ACCESS_KEY_ID="key",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_REGION="us-east-1",
        AWS_ENDPOINT_URL=url,
        S3_ENDPOINT=url,
    )
    boto3.client("s3", endpoint_url=url).create_bucket(Bucket="bucket")
    yield "s3://bucket"
    server.stop()


def curves(values: list[np.ndarray]) -> dict[str, np.ndarray]:
    """What the curves ought to be; each array has the values of all ranks at a step."""
    return {
        "x": np.array([one.mean() for one in values]),
        "ranks/min/x": np.array([one.min() for one in values]),
        "ranks/max/x": np.array([one.max() for one in values]),
        "ranks/std/x": np.array([one.std() for one in values]),
        "ranks/p50/x": np.array([np.median(one) for one in values]),
        "ranks/max_rank/x": np.array([float(one.argmax()) for one in values]),
    }


def compare(address: str, expected: dict[str, np.ndarray]) -> bool:
    """Print whether the curves are right, as rank 0 wrote them and as the reader reduces them."""
    log = tensorbolt.read(address), tensorbolt.read(address, ranks="reduce")
    is_right = True
    for name, one, tolerance in zip(
        ("written", "read"), log, (1e-6, 1e-12), strict=True
    ):
        for tag, values in expected.items():
            table = one.scalars.where(tags=tag).to_numpy()
            same = table["step"].tolist() == list(range(STEPS)) and np.allclose(
                table["value"], values, rtol=tolerance, atol=tolerance
            )
            is_right &= same
            if not same:
                print(f"  {tag}, {name}: DIFFERENT", flush=True)
    print("  curves are", "equal" if is_right else "NOT EQUAL", flush=True)
    return is_right


def actors(address: str) -> bool:
    """Have actors log; whether their curves are right."""
    began = time.monotonic()
    actor: Any = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(Actor)
    all_of_them = [actor.remote(address, rank) for rank in range(WORKERS)]
    nodes = ray.get([one.work.remote() for one in all_of_them])
    ray.get([one.close.remote() for one in reversed(all_of_them)])
    print(
        f"{WORKERS} actors on {len(set(nodes))} nodes, {time.monotonic() - began:.1f} s"
    )
    of_ranks = [values_of(rank, WORKERS) for rank in range(WORKERS)]
    return compare(address, curves(list(np.array(of_ranks).T)))


def take_away_at(nodes: Nodes, now: Path, step: int) -> None:
    """Take a node away once this step was logged."""
    while not now.exists() or int(now.read_text() or 0) < step:
        time.sleep(0.1)
    nodes.take_away()
    print(f"  a node is gone at step {now.read_text()}", flush=True)


def trained(address: str, storage: str, nodes: Nodes, top: Path) -> bool:
    """Have Ray Train lose a node; whether its curves are right."""
    began = time.monotonic()
    trainer = DataParallelTrainer(
        train,
        train_loop_config={"address": address, "top": str(top)},
        scaling_config=ray.train.ScalingConfig(
            num_workers=(LEAST_WORKERS, WORKERS), placement_strategy="SPREAD"
        ),
        run_config=ray.train.RunConfig(
            name="job",
            storage_path=storage,
            failure_config=ray.train.FailureConfig(max_failures=3),
        ),
    )
    killer = threading.Thread(target=take_away_at, args=(nodes, top / "now", KILLED))
    killer.start()
    trainer.fit()
    killer.join()
    values: list[np.ndarray] = [np.empty(0)] * STEPS
    for begin, size in map(json.loads, (top / "sizes").read_text().splitlines()):
        print(f"  {size} workers from step {begin} on")
        of_ranks = np.array([values_of(rank, size) for rank in range(size)])
        values[begin:] = list(of_ranks.T[begin:])
    print(f"Ray Train, {time.monotonic() - began:.1f} s")
    return compare(address, curves(values))


def main() -> int:
    """Run both jobs; 1 if a curve is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", action="store_true", help="log to a bucket")
    is_in_store = parser.parse_args().store
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        top = Path(directory)
        logs = storage = str(top / "logs")
        if is_in_store:
            logs = stack.enter_context(bucket())
            server = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
            storage = f"{logs}/ray?scheme=http&endpoint_override={server}"
        os.environ.update(
            RAY_USAGE_STATS_ENABLED="0",
            TENSORBOLT_SPOOL=str(top / "spool"),
            TENSORBOLT_REDUCE_WINDOW="120",
        )
        nodes = Nodes(top)
        try:
            is_right = actors(f"{logs}/actors")
            is_right &= trained(f"{logs}/train", storage, nodes, top)
        finally:
            nodes.end()
    return int(not is_right)


if __name__ == "__main__":
    sys.exit(main())
