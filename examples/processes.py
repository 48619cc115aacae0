"""Several processes, one run: `GlobalSummaryWriter` counts steps over all of them.

Four processes train models on samples of the digits, and log to the same file. No process needs to know
how many results there were before: each tag counts its own steps.

Look at Time Series: one curve with a point from every model. Images has one image for each model.
"""

import argparse
import multiprocessing
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

from tensorbolt import GlobalSummaryWriter


def train(writer: GlobalSummaryWriter, seed: int) -> None:
    """Train on a sample with replacement; judge by what is left out of it."""
    digits = load_digits()
    images, labels = digits.data / 16, digits.target
    rng = np.random.default_rng(seed)
    for _ in range(5):
        chosen = rng.integers(len(images), size=300)
        left_out = np.setdiff1d(np.arange(len(images)), chosen)
        model = SGDClassifier(loss="log_loss", random_state=0)
        model.fit(images[chosen], labels[chosen])
        accuracy = model.score(images[left_out], labels[left_out])
        writer.add_scalar("accuracy", accuracy)
        kernels = np.kron(model.coef_.reshape(10, 8, 8), np.ones((8, 8)))
        low, high = kernels.min(), kernels.max()
        shades = (kernels - low) / (high - low)
        image = np.block([list(shades[:5]), list(shades[5:])])
        writer.add_image("weights", image, dataformats="HW")
    # Other threads compress images.
    writer.flush()


def main() -> None:
    """Start the processes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/processes", now))
    logdir = parser.parse_args().logdir

    # Spawned processes share nothing with this one: what they need is pickled.
    context = multiprocessing.get_context("spawn")
    with GlobalSummaryWriter(logdir) as writer:
        workers = [
            context.Process(target=train, args=(writer, seed)) for seed in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
