"""Images with boxes and labels, such as a detector produces.

Digits of scikit-learn are placed at random on a larger image. SciPy finds connected ink, a support
vector machine reads it, and a box marks it with the digit that was read. Boxes are xmin, ymin, xmax,
ymax in pixels.

Look at Images: the three steps are three images.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from tensorbolt import SummaryWriter

SIDE = 24
"""Pixels of an enlarged digit's side; a cell of the large image is twice as large."""


def scattered(digits: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return an image (6 rows of 8 cells) with a digit anywhere in most cells."""
    rng = np.random.default_rng(seed)
    image = np.zeros((6 * 2 * SIDE, 8 * 2 * SIDE))
    for row, column in np.argwhere(rng.random((6, 8)) < 0.7):
        top, left = 2 * SIDE * np.array([row, column]) + rng.integers(4, SIDE - 4, 2)
        digit = digits[rng.integers(len(digits))]
        image[top : top + SIDE, left : left + SIDE] = digit.repeat(3, 0).repeat(3, 1)
    return image


def main() -> None:
    """Find and read the digits of three images."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/boxes", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    reader = SVC().fit(digits.data[:1000], digits.target[:1000])
    with SummaryWriter(logdir) as writer:
        for step in range(3):
            image = scattered(digits.images[1000:], seed=step)
            # Ink that is near belongs together.
            regions, _ = ndimage.label(ndimage.binary_dilation(image > 0, iterations=2))
            boxes, names = [], []
            for rows, columns in ndimage.find_objects(regions):
                boxes.append([columns.start, rows.start, columns.stop, rows.stop])
                # What is around the middle of the box, in the size of the digits.
                top, left = (
                    (part.start + part.stop - SIDE) // 2 for part in (rows, columns)
                )
                found = image[top : top + SIDE, left : left + SIDE]
                pixels = found.reshape(8, 3, 8, 3).mean(axis=(1, 3))
                names.append(str(reader.predict(pixels.reshape(1, 64))[0]))
            writer.add_image_with_boxes(
                "sheet",
                1 - image / 16,  # black on white
                np.array(boxes).reshape(-1, 4),
                step,
                dataformats="HW",
                labels=names,
                rescale=2,
            )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
