"""Whether a job of torchrun that shrinks from 8 to 6 ranks and grows to 8 again leaves the curves of one that did neither.

    python -m benches.python.elastic_job [STEPS]

Four agents of `torchrun --nnodes=3:4 --nproc-per-node=2` stand for four nodes; their ranks reduce with gloo at each step. At step 12 one
node is killed, agent and ranks. The three others meet again and go on from the last checkpoint with six ranks, until a new
agent joins. The clocks of the nodes' ranks are 90 seconds ahead, 90 seconds behind and right, by turns: `tests/python/support/clock.c`
shifts what the C library says. Then the same job runs undisturbed, with eight ranks and clocks that are right.

TensorBoard's two loaders, `tensorbolt tail`, `tensorbolt.read` and the reducer must find the points of `loss`, which is the same on all
ranks as after an all-reduce, equal to those of the undisturbed job, and of `x`, which differs from rank to rank, what numpy makes of
the ranks that went through a step last.
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
from benches.python.curve_readers import READERS, Points

import tensorbolt
from tensorbolt import SummaryWriter

CLOCK = Path(__file__).parents[2] / "tests" / "python" / "support" / "clock.c"
OFF = 90, -90, 0
"""Seconds by which the clocks of nodes are off, by turns."""
KILLED, JOINED = 12, 27
PATIENCE = 300.0
RENDEZVOUS = "join_timeout=400,last_call_timeout=1,keep_alive_interval=1,keep_alive_max_attempt=3,read_timeout=300"


def work(top: Path, steps: int, node: int) -> None:
    """Be a rank."""
    is_disturbed = (top / "clock.so").exists()
    if is_disturbed and "CLOCK_OFF" not in os.environ:
        # The agents, which compare their clocks, have the right time.
        os.environ["LD_PRELOAD"] = str(top / "clock.so")
        os.environ["CLOCK_OFF"] = str(OFF[node % len(OFF)])
        again = [sys.executable, "-m", "benches.python.elastic_job", *sys.argv[1:]]
        os.execv(sys.executable, again)
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
            writer.add_scalar("loss", 1.0 / (step + 1), step)
            if rank == 0:
                (top / "now").write_text(f"{step} {size}")
            if rank == 0 and step % 5 == 4:
                writer.flush()
                (top / "new").write_text(str(step + 1))
                (top / "new").rename(checkpoint)
            time.sleep(0.1)
            # Until a node is killed, and until a new one is there.
            while is_disturbed and (
                (begin, step) == (0, KILLED) or (size, step) == (6, JOINED)
            ):
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
        temporary = self._top / f"node{number}"
        temporary.mkdir()
        with (self._top / f"agent{number}").open("wb") as said:
            agent = subprocess.Popen(
                [
                    *(sys.executable, "-m", "torch.distributed.run"),
                    *("--nnodes=3:4", "--nproc-per-node=2", "--max-restarts=9"),
                    *("--rdzv-backend=c10d", "--rdzv-id=job"),
                    f"--rdzv-endpoint=127.0.0.1:{self._port}",
                    f"--rdzv-conf=is_host={int(number == 0)},{RENDEZVOUS}",
                    *("--monitor-interval=0.2", "--local-addr=127.0.0.1"),
                    *("-m", "benches.python.elastic_job", "--rank"),
                    *(str(self._top), str(self._steps), str(number)),
                ],
                env={
                    **os.environ,
                    # Ranks of a node share a stream, and nodes have none in common.
                    "TMPDIR": str(temporary),
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

    def run(self, is_disturbed: bool) -> None:
        """Run the job to its end.

        Raises:
            TimeoutError: It hangs.
        """
        try:
            for _ in range(4):
                self.start()
            if is_disturbed:
                self.reach(KILLED, 8)
                self.kill(3)
                self.reach(JOINED, 6)
                self.start()
            self.reach(self._steps - 1, 8)
            self.wait(lambda: all(agent.poll() is not None for agent in self.agents))
            self.say("ended with", [agent.returncode for agent in self.agents])
        finally:
            for number, agent in enumerate(self.agents):
                if agent.poll() is None:
                    self.kill(number)


def curves_of(top: Path, steps: int) -> dict[str, np.ndarray]:
    """What the curves of `x` ought to be."""
    sizes = np.zeros(steps)
    for begin, size in map(json.loads, (top / "sizes").read_text().splitlines()):
        print(f"{size} ranks from step {begin} on", flush=True)
        sizes[begin:] = size
    lowest = np.arange(steps)
    return {
        "x": lowest + 0.1 * (sizes - 1) / 2,
        "ranks/min/x": lowest.astype(float),
        "ranks/max/x": lowest + 0.1 * (sizes - 1),
        "ranks/std/x": 0.1 * np.sqrt((sizes**2 - 1) / 12),
        "ranks/p50/x": lowest + 0.1 * (sizes - 1) / 2,
        "ranks/max_rank/x": sizes - 1,
    }


def unlike(points: Points, values: np.ndarray, tolerance: float = 1e-6) -> list[str]:
    """Which steps a curve lacks or has more than once, and which of its values are not these."""
    steps, found = points
    said = []
    for step, value in enumerate(values):
        of_step = [one for at, one in zip(steps, found, strict=True) if at == step]
        if len(of_step) != 1 or abs(of_step[0] - value) > tolerance * (1 + abs(value)):
            said.append(f"at step {step} {of_step} for {value}")
    if len(steps) != len(values) or steps != sorted(steps):
        said.append(f"{len(steps)} points")
    return said


def compare(disturbed: Path, undisturbed: Path, steps: int) -> bool:
    """Print which readers find the curves as they ought to be; whether all do."""
    expected = curves_of(disturbed, steps)
    loss = ["loss", *(f"ranks/{name}/loss" for name in ("min", "max", "std", "p50"))]
    times = tensorbolt.read(disturbed / "job", ranks="all").scalars.to_numpy()[
        "wall_time"
    ]
    apart = (times.max() - times.min()) / np.timedelta64(1, "s")
    print(f"wall times are {apart:.0f} s apart", flush=True)
    is_right = True
    for name, read in READERS.items():
        found = read(disturbed / "job", [*expected, *loss])
        calm = read(undisturbed / "job", loss)
        wrong = {tag: unlike(found[tag], values) for tag, values in expected.items()}
        for tag in loss:
            # The mean of six equal numbers and that of eight may differ in the last digit.
            wrong[tag] = unlike(found[tag], np.array(calm[tag][1]), 1e-12)
            is_right &= len(calm[tag][0]) == steps
        is_right &= not any(wrong.values())
        print(f"{len(wrong)} curves by {name}", flush=True)
        for tag, said in wrong.items():
            for one in said[:5]:
                print(f"  DIFFERENT: {tag} {one}", flush=True)
    return is_right


def main() -> int:
    """Run both jobs; 1 if a curve is wrong."""
    if sys.argv[1:2] == ["--rank"]:
        work(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return 0
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as directory:
        disturbed, undisturbed = Path(directory, "disturbed"), Path(directory, "calm")
        for top in (disturbed, undisturbed):
            top.mkdir()
        built = str(disturbed / "clock.so")
        command = ["cc", "-shared", "-fPIC", "-o", built, str(CLOCK), "-ldl"]
        subprocess.run(command, check=True)
        for top in (disturbed, undisturbed):
            print(f"{top.name} job", flush=True)
            Job(top, steps).run(top is disturbed)
        return int(not compare(disturbed, undisturbed, steps))


if __name__ == "__main__":
    sys.exit(main())
