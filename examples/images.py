"""Images: single images, grids, series, and every order of axes.

The images are the two photos and the digits that come with scikit-learn.

Look at Images: a slider moves through the steps of a series. "Show actual image size" shows each
pixel as it was logged. TensorBoard keeps 10 steps of each tag; start it with
`--samples_per_plugin images=100` to see more.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_sample_image

from tensorbolt import SummaryWriter


def main() -> None:
    """Log photos and digits."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/images", now))
    logdir = parser.parse_args().logdir

    flower = load_sample_image("flower.jpg")  # uint8, rows, columns, channels
    digits = load_digits().images / 16  # floats from 0 to 1
    with SummaryWriter(logdir) as writer:
        # The default order of axes is CHW, as torch has it; numpy and PIL have HWC.
        writer.add_image("photo/flower", flower, dataformats="HWC")
        writer.add_image("photo/grey", flower.mean(axis=2) / 255, dataformats="HW")

        # A series: one tag, a step for each.
        for step, contrast in enumerate(np.linspace(0.2, 2, 10)):
            changed = (flower / 255 - 0.5) * contrast + 0.5  # clipped to 0 to 1
            writer.add_image("photo/contrast", changed, step, dataformats="HWC")

        # A batch becomes a grid of 8 columns. Enlarged, for 8 pixels are few.
        batch = digits[:32].repeat(8, axis=1).repeat(8, axis=2)
        framed = np.pad(batch, ((0, 0), (2, 2), (2, 2)), constant_values=0.5)
        writer.add_images("digits/grid", framed[:, None])
        # A list of images is a batch, too.
        means = [digits[load_digits().target == digit].mean(0) for digit in range(8)]
        means = [np.kron(mean, np.ones((12, 12))) for mean in means]
        writer.add_images("digits/means of 0 to 7", means, dataformats="HW")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
