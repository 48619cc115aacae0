"""Watch a PyTorch model: every weight and every gradient, in one call per step.

`watch` adds no hooks to the model. Call `log` between `backward()` and `zero_grad()`, when the model has
gradients. Names are the model's own, also under `torch.compile`, DDP and FSDP.

Look at Histograms and Distributions, groups `parameters` and `gradients`. Gradients vanish if their
histograms in the first layers shrink to a single peak at 0; they explode if the histograms become wider.
"""

import argparse
import time
from collections import OrderedDict
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

from tensorbolt import SummaryWriter


def main() -> None:
    """Train a deep, narrow network, and watch it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/watch", now))
    logdir = parser.parse_args().logdir

    torch.manual_seed(0)
    torch.set_num_threads(1)
    digits = load_digits()
    images = torch.tensor(digits.data, dtype=torch.float32) / 16
    labels = torch.tensor(digits.target)
    layers = {
        "first": nn.Linear(64, 32),
        "bend1": nn.Tanh(),
        "second": nn.Linear(32, 32),
        "bend2": nn.Tanh(),
        "last": nn.Linear(32, 10),
    }
    model = nn.Sequential(OrderedDict(layers))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    with SummaryWriter(logdir) as writer, writer.watch(model) as watch:
        for step in range(100):
            loss = functional.cross_entropy(model(images), labels)
            optimiser.zero_grad()
            loss.backward()
            if step % 5 == 0:
                watch.log(step)
            optimiser.step()
            writer.add_scalar("loss", loss, step)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
