"""All numbers of a step in one call, and a whole curve in one call.

`log` takes a mapping, which may be nested. It joins the names with slashes, and the first part is the
group of the chart. With `auto_step=True` each tag counts its own steps if a call passes none.
`add_scalar_series` takes a whole curve, such as the history that a library returns after training.

Look at Time Series: groups `train`, `test` and `history`.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Train a network, log each epoch in a call, then its history in one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/log", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    model = MLPClassifier(hidden_layer_sizes=(32,), random_state=0)
    with SummaryWriter(logdir, auto_step=True) as writer:
        for _ in range(30):
            model.partial_fit(train_x, train_y, classes=range(10))
            guesses = model.predict(test_x)
            scores = precision_recall_fscore_support(test_y, guesses, zero_division=0)
            precision, recall, f1, _ = scores
            writer.log(
                {
                    "accuracy": model.score(test_x, test_y),
                    # Three numbers for each of three digits: nine more charts.
                    "digit": {
                        str(digit): {
                            "precision": precision[digit],
                            "recall": recall[digit],
                            "f1": f1[digit],
                        }
                        for digit in (1, 5, 8)
                    },
                },
                prefix="test",
            )
            # Counts for itself: no step here either.
            writer.log({"loss": model.loss_}, prefix="train")

        losses = np.array(model.loss_curve_)
        writer.add_scalar_series("history/loss", losses, range(len(losses)))
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
