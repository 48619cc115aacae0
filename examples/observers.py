"""Observers: functions that receive every event that is logged.

One observer here watches for numbers that are not finite and ends the training. Another one keeps the
best accuracy. They know nothing of the training loop, and the loop knows nothing of them. Events are
protobuf messages, so TensorBoard (or tensorboardX) must be installed.

Look at Time Series: the learning rate grows until the loss is infinite. The terminal shows what the
observers received.
"""

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from tensorbolt import SummaryWriter


class Guard:
    """Remembers the first scalar that is not finite."""

    def __init__(self) -> None:
        self.alarm: str | None = None

    def __call__(self, event: Any, directory: str) -> None:
        """Look at one event."""
        for value in event.summary.value:
            bad = value.HasField("simple_value") and not math.isfinite(
                value.simple_value
            )
            if bad and self.alarm is None:
                self.alarm = f"{value.tag} is {value.simple_value} at step {event.step} of {directory}"


class Best:
    """Keeps the highest value of one tag, and its step."""

    def __init__(self, tag: str) -> None:
        self.tag, self.value, self.step = tag, -math.inf, -1

    def __call__(self, event: Any, directory: str) -> None:
        """Look at one event."""
        del directory
        for value in event.summary.value:
            if value.tag == self.tag and value.simple_value > self.value:
                self.value, self.step = value.simple_value, event.step


def main() -> None:
    """Train with a learning rate that grows and grows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/observers", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    images, truth = digits.data / 16, np.eye(10)[digits.target]
    weights = np.zeros((64, 10))
    guard, best = Guard(), Best("accuracy")
    with SummaryWriter(logdir) as writer, np.errstate(all="ignore"):
        writer.add_observer(guard)
        writer.add_observer(best)
        for step in range(1000):
            powers = np.exp(images @ weights)
            probabilities = powers / powers.sum(axis=1, keepdims=True)
            loss = -np.log(probabilities[truth == 1]).mean()
            accuracy = (probabilities.argmax(1) == digits.target).mean()
            writer.log({"loss": loss, "accuracy": accuracy}, step)
            if guard.alarm:
                break
            weights -= 1.1**step * images.T @ (probabilities - truth) / len(truth)
        # From here on no observer is called.
        writer.remove_observer(guard)
        writer.remove_observer(best)
        writer.add_text("verdict", f"Stopped: {guard.alarm}")
    print(f"Stopped: {guard.alarm}")
    print(f"Best accuracy: {best.value:.3f} at step {best.step}")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
