"""Embeddings in the projector: points with images, labels, and several columns.

The points are scikit-learn's digits: once as their 64 pixels, once as the output of a network's hidden
layer. Each point is shown as the image of its digit, in the colour of its class.

Look at Projector. Choose "features" on the left, "Color by: digit", and T-SNE at the bottom: digits
that the network confuses are at the edge of another cluster. A click on a point lists its nearest
neighbours.
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter


def main() -> None:
    """Train a network, and log two embeddings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/embeddings", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    pixels, labels = digits.data / 16, digits.target
    model = MLPClassifier(hidden_layer_sizes=(32,), random_state=0, tol=1e-2)
    guesses = model.fit(pixels[:900], labels[:900]).predict(pixels)
    features = np.maximum(pixels @ model.coefs_[0] + model.intercepts_[0], 0)

    # A sprite each: ink in the colour of the digit on white, (N, 3, 24, 24).
    ink = (digits.images / 16).repeat(3, axis=1).repeat(3, axis=2)
    colours = mpl.colormaps["tab10"](labels)[:, :3]
    sprites = 1 - ink[:, None] * (1 - colours[:, :, None, None])
    cells = [
        [str(label), str(guess), "yes" if label == guess else "no"]
        for label, guess in zip(labels, guesses, strict=True)
    ]
    header = ["digit", "read as", "right"]
    with SummaryWriter(logdir) as writer:
        # One label per point needs no header. Binary files open faster in TensorBoard.
        writer.add_embedding(pixels, labels, sprites, tag="pixels", binary=True)
        writer.add_embedding(
            features,
            metadata=cells,
            metadata_header=header,
            label_img=sprites,
            global_step=model.n_iter_,
            tag="features",
        )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
