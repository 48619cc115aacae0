"""Precision-recall curves: how well each class is separated from all others, step by step.

A network of scikit-learn learns to read digits. After some epochs its probabilities for three digits
are logged as curves. One more curve is made from counts, as when many machines count.

Look at PR Curves. The slider moves through the steps: curves bend to the upper right corner as the
network learns.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Train, and log curves on the way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/pr_curves", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    model = MLPClassifier(hidden_layer_sizes=(16,), random_state=0)
    with SummaryWriter(logdir) as writer:
        for epoch in range(1, 41):
            model.partial_fit(train_x, train_y, classes=range(10))
            if epoch % 10:
                continue
            probabilities = model.predict_proba(test_x)
            for digit in 1, 3, 8:
                # A label is true or false: is it this digit or not?
                truth, sure = test_y == digit, probabilities[:, digit]
                writer.add_pr_curve(f"digit/{digit}", truth, sure, epoch)

        # From counts at thresholds 0, 0.1, … 1.
        thresholds = np.linspace(0, 1, 11)
        counts = [
            confusion_matrix(test_y == 8, probabilities[:, 8] >= bound).ravel()
            for bound in thresholds
        ]
        true_negative, false_positive, false_negative, true_positive = np.transpose(
            counts
        )
        writer.add_pr_curve_raw(
            "digit/8, from counts",
            true_positive,
            false_positive,
            true_negative,
            false_negative,
            precision=true_positive / np.maximum(true_positive + false_positive, 1),
            recall=true_positive / (true_positive + false_negative),
            global_step=epoch,
            num_thresholds=len(thresholds),
        )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
