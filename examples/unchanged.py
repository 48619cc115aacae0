"""A program for `torch.utils.tensorboard`, as in many tutorials. It does not mention tensorbolt.

    tensorbolt run examples/unchanged.py      logs through tensorbolt
    python examples/unchanged.py              logs as before

Look at Time Series, Images and Graphs: both show the same. The terminal names the writer.
"""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional
from torch.utils.tensorboard import SummaryWriter

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", default=f"runs/unchanged/{now}")
    logdir = parser.parse_args().logdir

    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(digits.target)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)

    writer = SummaryWriter(logdir)
    writer.add_images("digits", images[:16])
    writer.add_graph(model, images[:1])
    for step in range(50):
        loss = functional.cross_entropy(model(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        writer.add_scalar("loss", loss.item(), step)
    writer.close()
    print(f"Logged by {SummaryWriter.__module__}")
    print(f"Look at it: tensorboard --logdir {logdir}")
