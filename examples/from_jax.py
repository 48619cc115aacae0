"""From JAX: tensorbolt accepts JAX arrays as they are.

A network in plain JAX learns to read digits. `add_histograms` takes a flat mapping. JAX's own tools
make such a mapping of a tree of parameters or gradients.

Look at Time Series, Histograms and Distributions.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from sklearn.datasets import load_digits

from tensorbolt import SummaryWriter


def loss_of(weights: Any, images: Any, labels: Any) -> Any:
    """Return the mean cross-entropy of a network with one hidden layer."""
    hidden = jnp.tanh(images @ weights["hidden"]["kernel"] + weights["hidden"]["bias"])
    scores = hidden @ weights["output"]["kernel"] + weights["output"]["bias"]
    return -jax.nn.log_softmax(scores)[jnp.arange(len(labels)), labels].mean()


def flat(tree: Any) -> dict[str, Any]:
    """Return a tree's leaves by name, such as `hidden/kernel`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {"/".join(key.key for key in path): leaf for path, leaf in leaves}


def main() -> None:
    """Train, and log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/from_jax", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    images, labels = jnp.array(digits.data / 16), jnp.array(digits.target)
    keys = jax.random.split(jax.random.key(0))
    weights = {
        "hidden": {
            "kernel": jax.random.normal(keys[0], (64, 32)) / 8,
            "bias": jnp.zeros(32),
        },
        "output": {
            "kernel": jax.random.normal(keys[1], (32, 10)) / 6,
            "bias": jnp.zeros(10),
        },
    }
    slope = jax.jit(jax.value_and_grad(loss_of))
    with SummaryWriter(logdir) as writer:
        for step in range(100):
            loss, gradients = slope(weights, images, labels)
            writer.add_scalar("train/loss", loss, step)
            if step % 10 == 0:
                writer.add_histograms(flat(weights), step, prefix="weights")
                writer.add_histograms(flat(gradients), step, prefix="gradients")
            weights = jax.tree.map(lambda w, g: w - 0.5 * g, weights, gradients)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
