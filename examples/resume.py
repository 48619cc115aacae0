"""Resuming after a crash: `purge_step` hides the steps that are logged again.

Training saves its state every 20 steps and ends at step 55, as if the power had failed. The second start
continues from step 40, with `purge_step=40` in the same directory, and TensorBoard drops what the first
start had logged from there on. Run `without purge` omits `purge_step`.

Look at Time Series, with `tensorboard --load_fast false`: without the purge the curve goes back. The
fast loader, TensorBoard's default, drops repeated steps by itself; other readers need the purge.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from tensorbolt import SummaryWriter

SAVED_EVERY, CRASH, STEPS = 20, 55, 100


class PowerFailureError(Exception):
    """Stands for whatever ends a training."""


def train(run: Path, purge: bool, crash: int | None, seed: int) -> None:
    """Train from the last state that was saved; log each step."""
    checkpoint = run / "checkpoint.npz"
    begin, weights = 0, np.zeros((64, 10))
    if checkpoint.exists():
        saved = np.load(checkpoint)
        begin, weights = int(saved["step"]), saved["weights"]
    purge_step = begin if purge and begin else None
    digits = load_digits()
    images, truth = digits.data / 16, np.eye(10)[digits.target]
    # What is drawn after a restart differs, as in real life.
    rng = np.random.default_rng(seed)
    with SummaryWriter(run, purge_step=purge_step) as writer:
        for step in range(begin, STEPS):
            if step % SAVED_EVERY == 0:
                np.savez(checkpoint, step=step, weights=weights)
            if step == crash:
                raise PowerFailureError
            accuracy = ((images @ weights).argmax(1) == digits.target).mean()
            writer.add_scalar("accuracy", accuracy, step)
            batch = rng.integers(len(images), size=16)
            powers = np.exp(images[batch] @ weights)
            error = powers / powers.sum(axis=1, keepdims=True) - truth[batch]
            weights = weights - 0.05 * images[batch].T @ error


def main() -> None:
    """Train, fail, and go on; with a purge and without."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/resume", now))
    logdir = parser.parse_args().logdir

    for name, purge in ("with purge", True), ("without purge", False):
        try:
            train(logdir / name, purge, CRASH, seed=1)
        except PowerFailureError:
            print(f"{name}: failed at step {CRASH}")
        train(logdir / name, purge, crash=None, seed=2)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
