"""All ranks of a job as one run: means that hide nothing, and which rank is the odd one.

Four processes train on a quarter of the digits each, as the ranks of a distributed job do. Every rank logs its own loss.
The labels of rank 2 are shuffled, as when a shard of the data is broken. Where rank 0 alone logs, the log does not show that.

Look at Time Series: `loss` is the mean over the ranks, `ranks/max/loss` goes away from it, and `ranks/max_rank/loss` says
that this is rank 2. `samples` is a sum.
"""

import argparse
import multiprocessing
import time
from pathlib import Path
from threading import Barrier

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

from tensorbolt import SummaryWriter

RANKS = 4
BROKEN = 2
STEPS = 30


def train(logdir: Path, rank: int, together: Barrier) -> None:
    """Train one rank's model on its part of the data."""
    digits = load_digits()
    images, labels = digits.data[rank::RANKS] / 16, digits.target[rank::RANKS]
    if rank == BROKEN:
        labels = np.random.default_rng(0).permutation(labels)
    model = SGDClassifier(loss="log_loss", alpha=0.01, random_state=0)
    # A launcher such as torchrun says the rank in variables: then ranks="reduce" is enough.
    with SummaryWriter(logdir, ranks="reduce", rank=rank, world_size=RANKS) as writer:
        writer.reduce_by({"samples": "sum"})
        together.wait()
        for step in range(STEPS):
            model.partial_fit(images, labels, classes=range(10))
            loss = log_loss(labels, model.predict_proba(images), labels=range(10))
            writer.log({"loss": loss, "samples": (step + 1) * len(images)}, step)
        together.wait()


def main() -> None:
    """Start the ranks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/ranks", now))
    logdir = parser.parse_args().logdir

    context = multiprocessing.get_context("spawn")
    together = context.Barrier(RANKS)
    workers = [
        context.Process(target=train, args=(logdir, rank, together))
        for rank in range(RANKS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
