"""A log directory for each experiment, with the time as its default name.

`SummaryWriter()` without a directory makes `runs/<date and time>_<host><comment>` below the
current directory, so that experiments do not mix. The comment distinguishes them. A regular
expression in TensorBoard's field "Filter runs" selects some of them, such as `lr=0.1`.

At the end `tensorbolt.open_log` reads all runs back as one table, and names the best one.

Look at Time Series: three runs, with the settings in their names.
"""

import argparse
import os
import time
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

from tensorbolt import SummaryWriter, open_log


def main() -> None:
    """Run three experiments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/experiments", now))
    logdir = parser.parse_args().logdir.absolute()

    # Names without a directory are relative to the current one.
    logdir.mkdir(parents=True, exist_ok=True)
    os.chdir(logdir)
    digits = load_digits()
    for rate in 0.001, 0.01, 0.1:
        with SummaryWriter(comment=f"_lr={rate}_batch=all") as writer:
            print(f"{writer.get_logdir()} below {logdir}")
            model = SGDClassifier(
                loss="log_loss", learning_rate="constant", eta0=rate, random_state=0
            )
            for epoch in range(20):
                model.partial_fit(digits.data / 16, digits.target, range(10))
                accuracy = model.score(digits.data / 16, digits.target)
                writer.add_scalar("accuracy", accuracy, epoch)
    with open_log(logdir, tags="accuracy") as log:
        best = log.scalars.max().to_dict()
    value, run = max(zip(best["value"], best["run"], strict=True))
    print(f"Best accuracy: {value:.3f} in {Path(run).name}")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
