"""Scalars: one curve per number, several curves in one chart, and several runs.

Softmax regression learns to read scikit-learn's digits, in plain numpy, with three learning rates.
Each learning rate is a run with its own directory below the log directory. TensorBoard draws their
curves into the same charts, with a colour for each run.

Look at Time Series or Scalars. The part of a tag before the slash is the group of its chart.
`add_scalars` puts several curves into one chart; each of them is a run below the run.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from tensorbolt import SummaryWriter

Array = NDArray[np.float64]


def softmax(scores: Array) -> Array:
    """Return probabilities (N, 10) from scores (N, 10)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def judge(weights: Array, images: Array, labels: NDArray[np.int64]) -> list[float]:
    """Return the loss and the accuracy on some images."""
    probabilities = softmax(images @ weights)
    loss = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    accuracy = (probabilities.argmax(axis=1) == labels).mean()
    return [float(loss), float(accuracy)]


def train(run: Path, rate: float, data: list[NDArray[Any]]) -> None:
    """Train and log one run."""
    train_x, test_x, train_y, test_y = data
    truth = np.eye(10)[train_y]
    weights = np.zeros((64, 10))
    with SummaryWriter(run) as writer:
        for step in range(100):
            loss, accuracy = judge(weights, train_x, train_y)
            test_loss, test_accuracy = judge(weights, test_x, test_y)
            # A chart each, in the group "train".
            writer.add_scalar("train/loss", loss, step)
            writer.add_scalar("train/accuracy", accuracy, step)
            # One chart with two curves: where they part, it begins to learn by heart.
            both = {"train": loss, "test": test_loss}
            writer.add_scalars("loss", both, step)
            # With a title and a text behind the "i" of its chart.
            writer.add_scalar(
                "test/accuracy",
                test_accuracy,
                step,
                display_name="Accuracy on unseen digits",
                summary_description="Share of **450** images read right.",
            )
            error = softmax(train_x @ weights) - truth
            weights -= rate * train_x.T @ error / len(train_x)


def main() -> None:
    """Train with three learning rates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/scalars", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    data = train_test_split(digits.data / 16, digits.target, random_state=0)
    for rate in 0.1, 0.5, 2.5:
        train(logdir / f"rate={rate}", rate, data)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
