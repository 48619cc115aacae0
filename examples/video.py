"""Video: animated images, here of weights during training.

Softmax regression learns to read digits. Each frame shows the weights of the ten digits: red pixels count
for the digit, blue pixels against it. TensorBoard shows videos as animated GIFs.

Look at Images: one video with all ten digits in colour, and one made of a batch of eight grey videos.
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from tensorbolt import SummaryWriter


def learn(frames: int) -> NDArray[np.float64]:
    """Return the weights after each of some steps, as images (T, 10, 8, 8)."""
    digits = load_digits()
    images, truth = digits.data / 16, np.eye(10)[digits.target]
    weights = np.zeros((64, 10))
    kept = []
    for _ in range(frames):
        for _ in range(4):
            powers = np.exp(images @ weights)
            error = powers / powers.sum(axis=1, keepdims=True) - truth
            weights = weights - 0.8 * images.T @ error / len(images)
        kept.append(weights.T.reshape(10, 8, 8))
    return np.array(kept)


def main() -> None:
    """Log two videos."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/video", now))
    logdir = parser.parse_args().logdir

    frames = learn(frames=40)
    # From -1 to 1; the few weights beyond are shown as those.
    frames = np.clip(frames / np.quantile(np.abs(frames), 0.99), -1, 1)
    large = frames.repeat(14, axis=2).repeat(14, axis=3)
    large = np.pad(large, ((0, 0), (0, 0), (8, 8), (8, 8)))
    # Two rows of five in each frame: time, rows, columns.
    rows = np.concatenate(np.split(large, 2, axis=1), axis=2)
    grid = np.concatenate(rows.transpose(1, 0, 2, 3), axis=2)
    colours = mpl.colormaps["RdBu_r"](grid / 2 + 0.5)[..., :3]
    with SummaryWriter(logdir) as writer:
        writer.add_video("weights/all", colours, fps=10, dataformats="THWC")

        # Batch, time, channels, rows, columns: videos of a batch play side by side.
        grey = large / 2 + 0.5
        batch = grey.transpose(1, 0, 2, 3)[:8, :, None]
        writer.add_video("weights/batch", batch, fps=10)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
