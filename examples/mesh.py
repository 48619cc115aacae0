"""Meshes and point clouds in three dimensions.

A photo of scikit-learn becomes a relief in its own colours, in which brighter points are higher. The
digits become a cloud of points along the three directions in which they differ most, with a colour for
each digit.

Look at Mesh: drag to turn, scroll to zoom.
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_sample_image
from sklearn.decomposition import PCA

from tensorbolt import SummaryWriter


def triangles(rows: int, columns: int) -> NDArray[np.int64]:
    """Return the triangles (F, 3) of a grid of vertices."""
    corners = np.arange(rows * columns).reshape(rows, columns)
    a, b = corners[:-1, :-1].ravel(), corners[:-1, 1:].ravel()
    c, d = corners[1:, :-1].ravel(), corners[1:, 1:].ravel()
    return np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])


def main() -> None:
    """Log a relief and a cloud."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/mesh", now))
    logdir = parser.parse_args().logdir

    # Every fourth pixel: TensorBoard's page draws up to 65,536 vertices rightly.
    photo = load_sample_image("china.jpg")[::4, ::4]
    rows, columns, _ = photo.shape
    y, x = np.mgrid[
        rows / 2 : -rows / 2 : rows * 1j, -columns / 2 : columns / 2 : columns * 1j
    ]
    height = photo.mean(axis=2) / 255 * 20
    relief = np.stack([x, y, height], axis=2).reshape(1, -1, 3)

    digits = load_digits()
    cloud = PCA(3).fit_transform(digits.data)
    tints = (mpl.colormaps["tab10"](digits.target)[:, :3] * 255).astype(np.uint8)
    # How it is looked at, in words of three.js.
    scene = {
        "camera": {"cls": "PerspectiveCamera", "fov": 60},
        "material": {"cls": "PointsMaterial", "size": 1.2},
    }
    with SummaryWriter(logdir) as writer:
        # Batches of one: vertices (1, N, 3), colours alike, faces (1, F, 3).
        colours = photo.reshape(1, -1, 3)
        faces = triangles(rows, columns)[None]
        writer.add_mesh("photo as relief", relief, colours, faces)
        # Without faces the vertices are points.
        writer.add_mesh("digits", cloud, tints, config_dict=scene)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
