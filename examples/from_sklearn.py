"""From scikit-learn: models that train in one call also have curves, tables and images.

Gradient boosting keeps every stage, so its whole learning curve can be logged afterwards. Its report
becomes a table, the pixels that matter to it become an image, and its mistakes become a grid.

Look at Time Series, Text, Images and PR Curves.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, classification_report
from sklearn.model_selection import train_test_split

from tensorbolt import SummaryWriter


def main() -> None:
    """Train, then log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/from_sklearn", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    model = GradientBoostingClassifier(
        n_estimators=30, max_features=8, max_depth=2, random_state=0
    ).fit(train_x, train_y)
    with SummaryWriter(logdir) as writer:
        stages = range(1, model.n_estimators + 1)
        for name, x, y in ("train", train_x, train_y), ("test", test_x, test_y):
            curve = [accuracy_score(y, guess) for guess in model.staged_predict(x)]
            writer.add_scalar_series(f"accuracy/{name}", curve, stages)
        writer.add_scalar_series("train/loss", model.train_score_, stages)

        guesses = model.predict(test_x)
        report = classification_report(test_y, guesses)
        # Four spaces make code: the report keeps its columns.
        writer.add_text("report", "    " + report.replace("\n", "\n    "))

        looked_at = model.feature_importances_.reshape(8, 8)
        enlarged = np.kron(looked_at / looked_at.max(), np.ones((24, 24)))
        writer.add_image("what it looks at", enlarged, dataformats="HW")
        misread = test_x[guesses != test_y].reshape(-1, 1, 8, 8)
        misread = np.kron(misread, np.ones((8, 8)))
        writer.add_images("misread", np.pad(misread, ((0, 0), (0, 0), (2, 2), (2, 2))))

        sure = model.predict_proba(test_x)
        for digit in 0, 8:
            writer.add_pr_curve(f"digit/{digit}", test_y == digit, sure[:, digit])
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
