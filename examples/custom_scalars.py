"""Custom scalars: your own charts, with several curves or with a band around a curve.

Five networks learn the same task from different random weights. The layout of the charts is logged
once; the charts show scalars that are logged before or after.

Look at Custom Scalars: curves of one run in one chart, and the median of all five networks with the
range from the worst to the best.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Train five networks side by side."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/custom_scalars", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    models = [
        MLPClassifier(hidden_layer_sizes=(16,), random_state=seed) for seed in range(5)
    ]
    with SummaryWriter(logdir) as writer:
        # All at once, or chart by chart; tags of lines are regular expressions.
        writer.add_custom_scalars(
            {
                "five networks": {
                    "accuracy of each": ["Multiline", [r"accuracy/\d"]],
                    "loss of each": ["Multiline", [r"loss/\d"]],
                }
            }
        )
        writer.add_custom_scalars_marginchart(
            ["accuracy/median", "accuracy/worst", "accuracy/best"],
            category="all together",
            title="accuracy from worst to best",
        )
        writer.add_custom_scalars_multilinechart(
            ["accuracy/best", "accuracy/worst"],
            category="all together",
            title="accuracy, best and worst",
        )
        for epoch in range(20):
            for model in models:
                model.partial_fit(train_x, train_y, classes=range(10))
            accuracy = [model.score(test_x, test_y) for model in models]
            numbers = {
                "accuracy": {
                    **{str(seed): value for seed, value in enumerate(accuracy)},
                    "worst": min(accuracy),
                    "median": float(np.median(accuracy)),
                    "best": max(accuracy),
                },
                "loss": {str(seed): model.loss_ for seed, model in enumerate(models)},
            }
            writer.log(numbers, epoch)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
