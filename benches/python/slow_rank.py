"""Whether a rank that is 5 % slower than the 63 others is named, in a job of as many processes.

    python -m benches.python.slow_rank [JOBS [STEPS]]

The steps of a rank are sleeps of 100 ms with 2 % noise, in a section `forward` that is timed. In the first jobs one rank takes 5 % longer
from step 40 on; the last job of STEPS steps (1,000) has no such rank. Sleeps end late on a busy machine, so the noise is what
the machine makes of it, and a rank may be slow that was not meant to be. So each job ends with the standard deviation of what was
timed, by its median over ranks, and with the rank that was the slowest for a while.
"""

import multiprocessing
import sys
import tempfile
import time
import warnings
from typing import Any

import numpy as np

import tensorbolt
from tensorbolt import SummaryWriter

FORK = multiprocessing.get_context("fork")
RANKS = 64
SECONDS, NOISE, EXCESS = 0.1, 0.02, 0.05
BEGIN = 40
# Steps of which the median is what a rank takes.
WINDOW = 15
STEPS = 120


def _rank(directory: str, rank: int, steps: int, slow: int | None, ready: Any) -> None:
    """Log the steps of a rank; rank 0 prints what it is warned of."""
    random = np.random.default_rng([rank, int(time.time())])
    step = 0

    def show(message: Any, *_: Any) -> None:
        print(f"  at step {step}: {message}", flush=True)

    warnings.simplefilter("always")
    warnings.showwarning = show  # type: ignore[assignment]
    with SummaryWriter(
        directory, ranks="reduce", rank=rank, world_size=RANKS, stall_timeout=60
    ) as writer:
        ready.wait()
        for step in range(steps):
            seconds = SECONDS * (1 + NOISE * random.normal())
            if rank == slow and step >= BEGIN:
                seconds *= 1 + EXCESS
            with writer.timed("forward", step):
                time.sleep(max(0.0, seconds))


def measure(steps: int, slow: int | None) -> None:
    """Run a job, and print what is said of it and what was measured."""
    with tempfile.TemporaryDirectory() as directory:
        ready = FORK.Barrier(RANKS)
        which = "no rank is slow" if slow is None else f"rank {slow} is slow"
        print(f"{which}, {steps} steps", flush=True)
        ranks = [
            FORK.Process(target=_rank, args=(directory, rank, steps, slow, ready))
            for rank in range(RANKS)
        ]
        for one in ranks:
            one.start()
        for one in ranks:
            one.join()
        scalars = tensorbolt.read(directory, ranks="all").scalars
        table = scalars.where(runs="rank_*").to_numpy()
        runs = table["run"]
        own = [table["value"][runs == run] for run in np.unique(runs)]
        noise = np.median([np.std(values) / np.mean(values) for values in own])
        late = np.median([np.median(values) for values in own])
        print(f"  timed: {late * 1e3:.1f} ms, noise of {100 * noise:.1f} %", flush=True)
        windows = np.lib.stride_tricks.sliding_window_view(np.array(own), WINDOW, 1)
        medians = np.median(windows, axis=2)
        excess = medians / np.median(medians, axis=0) - 1
        rank, at = np.unravel_index(np.argmax(excess), excess.shape)
        print(
            f"  slowest over {WINDOW} steps: rank {rank}, {100 * excess[rank, at]:.1f} % from step {at} on",
            flush=True,
        )


def main() -> None:
    """Jobs with a slow rank, and one without."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    for job in range(jobs):
        measure(STEPS, slow=(17 + 20 * job) % RANKS)
    measure(steps, slow=None)


if __name__ == "__main__":
    main()
