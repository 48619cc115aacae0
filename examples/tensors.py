"""Tensors for programs: arrays that no dashboard shows, kept with the log.

Any shape and dtype is accepted, texts too. The example reads them back with TensorBoard's own reader,
bit for bit.

Look at the terminal. TensorBoard shows only the curve of this run, in Time Series.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from tensorbolt import SummaryWriter


def main() -> None:
    """Log confusion matrices, and read them back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/tensors", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    logged = {}
    with SummaryWriter(logdir) as writer:
        writer.add_tensor("names", ["zero", "one", "two", "three"])
        for neighbours in 1, 10, 100:
            model = KNeighborsClassifier(neighbours)
            model.fit(digits.data[:900], digits.target[:900])
            guesses = model.predict(digits.data[900:])
            logged[neighbours] = confusion_matrix(digits.target[900:], guesses)
            writer.add_tensor("confusion", logged[neighbours], neighbours)
            accuracy = np.trace(logged[neighbours]) / logged[neighbours].sum()
            writer.add_scalar("accuracy", accuracy, neighbours)

    log = EventAccumulator(str(logdir)).Reload()
    for event in log.Tensors("confusion"):
        found = make_ndarray(event.tensor_proto)
        same = np.array_equal(found, logged[event.step])
        print(
            f"step {event.step}: {found.dtype}{found.shape}, {'equal' if same else 'DIFFERENT'}"
        )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
