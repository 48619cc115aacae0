"""From plain numpy: a simulation without machine learning.

Heat spreads through a photo of scikit-learn. Numbers, an image and a histogram show the process.
Every dtype of numpy is accepted, and logging needs nothing but numpy.

Look at Time Series, which shows all three kinds in one place.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_sample_image

from tensorbolt import SummaryWriter


def main() -> None:
    """Simulate, and log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/from_numpy", now))
    logdir = parser.parse_args().logdir

    heat = load_sample_image("china.jpg")[::2, ::2].astype(np.float32) / 255
    with SummaryWriter(logdir) as writer:
        for step in range(200):
            edges = np.pad(heat, ((1, 1), (1, 1), (0, 0)), mode="edge")
            neighbours = (
                edges[2:, 1:-1] + edges[:-2, 1:-1] + edges[1:-1, 2:] + edges[1:-1, :-2]
            )
            change = 0.2 * (neighbours - 4 * heat)
            heat += change
            # Numbers of numpy are numbers: no .item() is needed.
            values = {
                "brightest": heat.max(),
                "spread": heat.std(),
                "change": change.std(),
            }
            writer.log(values, step, prefix="heat")
            if step % 25 == 0:
                writer.add_image("heat/picture", heat, step, dataformats="HWC")
                writer.add_histogram("heat/values", heat, step, bins=64)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
