"""A sweep of hyperparameters: which settings lead to which results.

Twelve small networks learn to read digits. Each network is a row of a table: a run with its settings
and its results.

Look at HParams. Table View sorts when you click on a column. Parallel Coordinates View draws a line
for each run. Scatter Plot Matrix draws each setting against each result. Time Series has the curves.
"""

import argparse
import itertools
import time
import warnings
from pathlib import Path
from typing import Any

from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter

DOMAINS: dict[str, list[Any]] = {
    "hidden": [8, 32],
    "rate": [0.0003, 0.003, 0.03],
    "activation": ["relu", "tanh"],
}
"""All values that each setting can have."""


def main() -> None:
    """Train with all settings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/hparams", now))
    logdir = parser.parse_args().logdir

    # Thirty epochs are enough to compare.
    warnings.simplefilter("ignore", ConvergenceWarning)
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    with SummaryWriter(logdir) as writer:
        for values in itertools.product(*DOMAINS.values()):
            settings = dict(zip(DOMAINS, values, strict=True))
            model = MLPClassifier(
                hidden_layer_sizes=(settings["hidden"],),
                learning_rate_init=settings["rate"],
                activation=settings["activation"],
                max_iter=30,
                random_state=0,
            )
            begin = time.perf_counter()
            model.fit(train_x, train_y)
            results = {
                "result/accuracy": model.score(test_x, test_y),
                "result/loss": model.loss_,
                "result/seconds": time.perf_counter() - begin,
            }
            run = ",".join(f"{name}={value}" for name, value in settings.items())
            writer.add_hparams(settings, results, DOMAINS, run_name=run)
            # The curve goes to the same run.
            with SummaryWriter(logdir / run) as curves:
                epochs = range(len(model.loss_curve_))
                curves.add_scalar_series("train/loss", model.loss_curve_, epochs)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
