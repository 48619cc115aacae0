"""Pictures with boxes and labels, as of a detector.

Digits of scikit-learn are strewn over a sheet. Connected ink is found with SciPy, read by a
support vector machine, and marked with a box and what it was read as. Boxes are xmin, ymin,
xmax, ymax in pixels.

Look at Images; the three steps are three sheets.
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
"""Pixels of an enlarged digit's side; a cell of the sheet is twice as large."""


def strewn(pictures: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return a sheet (6 rows of 8 cells) with a digit anywhere in most cells."""
    rng = np.random.default_rng(seed)
    sheet = np.zeros((6 * 2 * SIDE, 8 * 2 * SIDE))
    for row, column in np.argwhere(rng.random((6, 8)) < 0.7):
        top, left = 2 * SIDE * np.array([row, column]) + rng.integers(4, SIDE - 4, 2)
        picture = pictures[rng.integers(len(pictures))]
        sheet[top : top + SIDE, left : left + SIDE] = picture.repeat(3, 0).repeat(3, 1)
    return sheet


def main() -> None:
    """Find and read the digits of three sheets."""
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
            sheet = strewn(digits.images[1000:], seed=step)
            # Ink that is near belongs together.
            regions, _ = ndimage.label(ndimage.binary_dilation(sheet > 0, iterations=2))
            boxes, names = [], []
            for rows, columns in ndimage.find_objects(regions):
                boxes.append([columns.start, rows.start, columns.stop, rows.stop])
                # What is around the middle of the box, in the size of the pictures.
                top, left = (
                    (part.start + part.stop - SIDE) // 2 for part in (rows, columns)
                )
                found = sheet[top : top + SIDE, left : left + SIDE]
                pixels = found.reshape(8, 3, 8, 3).mean(axis=(1, 3))
                names.append(str(reader.predict(pixels.reshape(1, 64))[0]))
            writer.add_image_with_boxes(
                "sheet",
                1 - sheet / 16,  # black on white
                np.array(boxes).reshape(-1, 4),
                step,
                dataformats="HW",
                labels=names,
                rescale=2,
            )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
