"""Whether a job of torchrun that shrinks from 8 to 6 ranks and grows to 8 again leaves the curves of one that did neither.

    python -m benches.python.elastic_job [STEPS]

Four agents of `torchrun --nnodes=3:4 --nproc-per-node=2` stand for four nodes; their ranks reduce with gloo at each step. At step 12 one
node is killed, agent and ranks. The three others meet again and go on from the last checkpoint with six ranks, until a new
agent joins. The curves that TensorBoard's loader, `tensorbolt.read` and the reducer find at the end are compared with what
the ranks logged, for each step with the number of ranks that went through it last.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np

import tensorbolt
from tensorbolt import SummaryWriter

KILLED, JOINED = 12, 27
PATIENCE = 300.0
RENDEZVOUS = "join_timeout=400,last_call_timeout=1,keep_alive_interval=1,keep_alive_max_attempt=3,read_timeout=60"


def work(top: Path, steps: int) -> None:
    """Be a rank."""
    import torch
    import torch.distributed as dist

    # It differs from agent to agent once one of them had a failure, and gloo's ranks would look for each other in different places.
    os.environ["TORCHELASTIC_RESTART_COUNT"] = "0"
    dist.init_process_group("gloo", timeout=timedelta(seconds=30))
    rank, size = dist.get_rank(), dist.get_world_size()
    checkpoint = top / "checkpoint"
    first = torch.tensor([int(checkpoint.read_text()) if checkpoint.exists() else 0])
    dist.broadcast(first, 0)
    begin = int(first)
    if rank == 0:
        with (top / "sizes").open("a") as sizes:
            print(json.dumps([begin, size]), file=sizes)
    with SummaryWriter(
        top / "job", ranks="reduce", resume=begin, stall_timeout=30
    ) as writer:
        for step in range(begin, steps):
            dist.all_reduce(torch.tensor(float(step)))
            writer.add_scalar("x", step + 0.1 * rank, step)
            writer.add_scalar("size", size, step)
            if rank == 0:
                (top / "now").write_text(f"{step} {size}")
            if rank == 0 and step % 5 == 4:
                writer.flush()
                (top / "new").write_text(str(step + 1))
                (top / "new").rename(checkpoint)
            time.sleep(0.1)
            # Until a node is killed, and until a new one is there.
            while (begin, step) == (0, KILLED) or (size, step) == (6, JOINED):
                time.sleep(0.1)
                # A rank that is gone shows in a reduction alone.
                dist.all_reduce(torch.tensor(0.0))
    dist.barrier()
    dist.destroy_process_group()


class Job:
    """The agents of a job.

    Args:
        top: An empty directory.
        steps: Of the job.
    """

    def __init__(self, top: Path, steps: int) -> None:
        self._top, self._steps, self._began = top, steps, time.monotonic()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.agents: list[subprocess.Popen[bytes]] = []

    def say(self, *words: object) -> None:
        """Print something with the seconds since the begin."""
        print(f"{time.monotonic() - self._began:6.1f} s:", *words, flush=True)

    def start(self) -> None:
        """Start one more agent; the first one is the meeting point."""
        number = len(self.agents)
        with (self._top / f"agent{number}").open("wb") as said:
            agent = subprocess.Popen(
                [
                    *(sys.executable, "-m", "torch.distributed.run"),
                    *("--nnodes=3:4", "--nproc-per-node=2", "--max-restarts=9"),
                    *("--rdzv-backend=c10d", "--rdzv-id=job"),
                    f"--rdzv-endpoint=127.0.0.1:{self._port}",
                    f"--rdzv-conf=is_host={int(number == 0)},{RENDEZVOUS}",
                    *("--monitor-interval=0.2", "--local-addr=127.0.0.1"),
                    *(__file__, "--rank", str(self._top), str(self._steps)),
                ],
                env={
                    **os.environ,
                    "GLOO_SOCKET_IFNAME": "lo",
                    "OMP_NUM_THREADS": "1",
                    "TENSORBOLT_REDUCE_WINDOW": "120",
                    # Each meeting has a store of its own, without the addresses of the one before.
                    "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
                },
                stdout=said,
                stderr=said,
            )
        self.agents.append(agent)

    def kill(self, number: int) -> None:
        """Kill an agent and its ranks."""
        agent = self.agents[number]
        listed = ["ps", "-o", "pid=", "--ppid", str(agent.pid)]
        ranks = subprocess.run(listed, capture_output=True, text=True, check=True)
        for pid in ranks.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        agent.kill()
        agent.wait()

    def now(self) -> tuple[int, int]:
        """The last step, and the number of ranks."""
        try:
            step, size = (self._top / "now").read_text().split()
        except (OSError, ValueError):
            return -1, 0
        return int(step), int(size)

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: It does not in five minutes.
        """
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the job stands at {self.now()}; see {self._top}")
            time.sleep(0.1)

    def reach(self, step: int, size: int) -> None:
        """Wait for a step of that many ranks."""
        self.wait(lambda: self.now()[0] >= step and self.now()[1] == size)
        self.say(f"{size} ranks at step {self.now()[0]}")


def compare(job: Job, top: Path, steps: int) -> bool:
    """Print which curves are as they ought to be; whether all are."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    sizes = np.zeros(steps)
    for begin, size in map(json.loads, (top / "sizes").read_text().splitlines()):
        job.say(f"{size} ranks from step {begin} on")
        sizes[begin:] = size
    lowest = np.arange(steps)
    expected = {
        "x": lowest + 0.1 * (sizes - 1) / 2,
        "ranks/max/x": lowest + 0.1 * (sizes - 1),
        "size": sizes,
    }
    directory = str(top / "job")
    board = EventAccumulator(directory, {"scalars": 0}).Reload()
    logs = tensorbolt.read(directory), tensorbolt.read(directory, ranks="reduce")
    is_right = True
    for tag, values in expected.items():
        points = board.Scalars(tag)
        found = {"TensorBoard": ([p.step for p in points], [p.value for p in points])}
        for name, log in zip(("read", "reducer"), logs, strict=True):
            table = log.scalars.where(tags=tag).to_numpy()
            found[name] = (table["step"].tolist(), table["value"].tolist())
        for name, (at, of) in found.items():
            same = at == list(range(steps)) and np.allclose(of, values, rtol=1e-6)
            is_right &= same
            job.say(f"{tag} by {name}: {'equal' if same else 'DIFFERENT'}")
    return is_right


def main() -> int:
    """Run the job; 1 if a curve is wrong."""
    if sys.argv[1:2] == ["--rank"]:
        work(Path(sys.argv[2]), int(sys.argv[3]))
        return 0
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        job = Job(top, steps)
        try:
            for _ in range(4):
                job.start()
            job.reach(KILLED, 8)
            job.kill(3)
            job.reach(JOINED, 6)
            job.start()
            job.reach(steps - 1, 8)
            job.wait(lambda: all(agent.poll() is not None for agent in job.agents))
            job.say("ended with", [agent.returncode for agent in job.agents])
            return int(not compare(job, top, steps))
        finally:
            for number, agent in enumerate(job.agents):
                if agent.poll() is None:
                    job.kill(number)


if __name__ == "__main__":
    sys.exit(main())
