"""Text: Markdown with tables, lists and code, and a series of predictions in words.

TensorBoard renders Markdown. Markdown decides what is a line break and what is a table: a blank line
ends a paragraph, a table needs its line of dashes, and four spaces make code.

Look at Text. A table of all settings next to the curves is the cheapest diary there is.
"""

import argparse
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import sklearn
from sklearn.datasets import load_digits
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from tensorbolt import SummaryWriter

SCORES = "precision", "recall", "f1-score"


def table(header: list[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines: list[Sequence[object]] = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def main() -> None:
    """Log settings, a report, and predictions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/text", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    with SummaryWriter(logdir) as writer:
        settings: list[list[object]] = [
            ["model", "nearest neighbours"],
            ["pictures", len(train_x)],
            ["Python", platform.python_version()],
            ["scikit-learn", sklearn.__version__],
        ]
        writer.add_text("settings", table(["what", "value"], settings))
        writer.add_text(
            "notes",
            "# Why neighbours?\n\n"
            "A picture is read as **most of its neighbours** are. That needs\n\n"
            "1. a distance: *Euclid's*,\n2. a number of neighbours: see the steps.\n\n"
            "In code:\n\n    model = KNeighborsClassifier(neighbours)\n",
        )
        for neighbours in 1, 3, 9, 27, 81:
            model = KNeighborsClassifier(neighbours).fit(train_x, train_y)
            guesses = model.predict(test_x)
            report = classification_report(test_y, guesses, output_dict=True)
            rows: list[list[object]] = [
                [digit, *(f"{report[digit][name]:.3f}" for name in SCORES)]
                for digit in map(str, range(10))
            ]
            writer.add_text("report", table(["digit", *SCORES], rows), neighbours)
            wrong = [
                f"* picture {number}: a {test_y[number]} is read as {guesses[number]}"
                for number in (guesses != test_y).nonzero()[0]
            ]
            writer.add_text("wrong", "\n".join(wrong), neighbours)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
