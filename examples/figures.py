"""Matplotlib figures: everything that matplotlib can draw can be logged.

`matplotlib.figure.Figure` needs no display and no pyplot, so there is nothing to close. A list of
figures becomes a grid. Drawing takes longer than logging, so log figures once per epoch, not at every
step.

Look at Images: how often each digit is read as which digit, and the ROC curves of three models.
"""

import argparse
import time
from pathlib import Path

from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Log figures of three models."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/figures", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    models = [
        LogisticRegression(max_iter=200),
        GaussianNB(),
        DecisionTreeClassifier(random_state=0),
    ]
    figures = []
    with SummaryWriter(logdir) as writer:
        for model in models:
            model.fit(train_x, train_y)
            figure = Figure(figsize=(3.1, 3.1), layout="constrained")
            axes = figure.subplots()
            ConfusionMatrixDisplay.from_predictions(
                test_y,
                model.predict(test_x),
                ax=axes,
                cmap="Blues",
                colorbar=False,
                text_kw={"fontsize": 6},
            )
            axes.set_title(type(model).__name__)
            figures.append(figure)
        writer.add_figure("confusion", figures)

        figure = Figure(figsize=(5, 4), layout="constrained")
        axes = figure.subplots()
        for model in models:
            eights = model.predict_proba(test_x)[:, 8]
            name = type(model).__name__
            RocCurveDisplay.from_predictions(test_y == 8, eights, ax=axes, name=name)
        axes.set_title("Is it an 8?")
        writer.add_figure("roc", figure)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
