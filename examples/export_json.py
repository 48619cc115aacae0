"""All scalars as a JSON file, for programs that do not read event files.

`export_scalars_to_json` writes what this writer's `add_scalars` has logged: for the path of each curve,
a list of wall time, step and value.

Look at the file that the example names, or at Time Series.
"""

import argparse
import json
import time
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

from tensorbolt import SummaryWriter


def main() -> None:
    """Train, export, and read the export back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/export_json", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16, digits.target, random_state=0
    )
    model = SGDClassifier(loss="log_loss", random_state=0)
    with SummaryWriter(logdir) as writer:
        for epoch in range(20):
            model.partial_fit(train_x, train_y, classes=range(10))
            accuracy = {
                "train": model.score(train_x, train_y),
                "test": model.score(test_x, test_y),
            }
            writer.add_scalars("accuracy", accuracy, epoch)
        writer.export_scalars_to_json(logdir / "scalars.json")

    curves = json.loads((logdir / "scalars.json").read_text())
    for name, curve in curves.items():
        _, step, value = max(curve, key=lambda point: point[2])
        print(f"{Path(name).name}: best {value:.3f} at step {step}")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
