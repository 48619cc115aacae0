"""A small training on real data that logs what people log; the programs next to this file call it.

Each file is whole before the next one is begun, and they are begun in the order of their names. Weights & Biases lists
what is below a log directory as if it lay in it, goes on to the next name there at the first end of a file, and never
comes back.
"""

import sys
import time

import numpy as np
import torch
from sklearn.datasets import load_digits

EPOCHS = 4


def train(writer):
    digits = load_digits()
    pixels = torch.tensor(digits.data / 16, dtype=torch.float32)
    labels = torch.tensor(digits.target)
    torch.manual_seed(0)
    model = torch.nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    halves = {"first": [], "second": []}
    for epoch in range(EPOCHS):
        loss = torch.nn.functional.cross_entropy(model(pixels), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right = (model(pixels).argmax(1) == labels).float()
        writer.add_scalar("train/loss", loss.item(), epoch)
        writer.add_scalar("train/accuracy", right.mean(), global_step=epoch)
        halves["first"].append(right[:900].mean())
        halves["second"].append(right[900:].mean())
        writer.add_histogram("weights", model.weight, epoch)
    filters = model.weight.detach().reshape(10, 1, 8, 8).sigmoid().repeat(1, 3, 1, 1)
    writer.add_image("filter", filters[3], EPOCHS)
    writer.add_image("upright", filters[3].permute(1, 2, 0), EPOCHS, dataformats="HWC")
    writer.add_images("filters", filters, EPOCHS)
    writer.add_text("notes", "a *small* model", EPOCHS)
    writer.add_audio("tone", np.sin(np.arange(4410) / 16), EPOCHS, 44100)
    writer.add_pr_curve("zeros", labels == 0, model(pixels).softmax(1)[:, 0], EPOCHS)
    end_file(writer)
    for half, accuracies in halves.items():
        for epoch, accuracy in enumerate(accuracies):
            writer.add_scalars("halves", {half: accuracy}, epoch)
        end_file(writer)
    # The one call here whose keywords differ.
    name = "name" if sys.argv[1] == "tensorboardX" else "run_name"
    writer.add_hparams(
        {"lr": 0.5, "optimizer": "sgd", "shuffle": False},
        {"hparam/accuracy": right.mean().item()},
        **{name: "tuned"},
    )


def end_file(writer):
    # tensorboardX's flush leaves what its thread has not come to.
    time.sleep(1)
    writer.flush()
