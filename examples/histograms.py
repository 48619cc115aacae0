"""Histograms and distributions: how numbers are distributed, step after step.

A network of scikit-learn learns to read digits. The example logs its weights, one by one and all in
one call, its confidence with chosen buckets, and counts that were made elsewhere.

Look at Histograms, with a slice for each step and the latest in front, and at Distributions, which
shows the same from above, with lines for the percentiles. Weights spread out as the network learns,
and its confidence moves to the right.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Train, and log the weights after each epoch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/histograms", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    images, labels = digits.data / 16, digits.target
    model = MLPClassifier(hidden_layer_sizes=(64,), random_state=0)
    with SummaryWriter(logdir) as writer:
        for epoch in range(24):
            model.partial_fit(images, labels, classes=range(10))
            # One array; the buckets are TensorFlow's, wide enough for anything.
            writer.add_histogram("weights/first_layer", model.coefs_[0], epoch)
            # A whole mapping of arrays in one call.
            biases = {"hidden": model.intercepts_[0], "output": model.intercepts_[1]}
            writer.add_histograms(biases, epoch, prefix="biases")
            # Buckets of our choice: tenths.
            confidence = model.predict_proba(images).max(axis=1)
            edges = np.linspace(0, 1, 11)
            writer.add_histogram(
                "confidence/of each picture", confidence, epoch, bins=edges
            )
            # What was counted elsewhere, say on many machines, needs no array any more.
            counts, _ = np.histogram(confidence, edges)
            writer.add_histogram_raw(
                "confidence/counted before",
                min=confidence.min(),
                max=confidence.max(),
                num=confidence.size,
                sum=confidence.sum(),
                sum_squares=np.square(confidence).sum(),
                bucket_limits=edges[1:],
                bucket_counts=counts,
                global_step=epoch,
            )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
