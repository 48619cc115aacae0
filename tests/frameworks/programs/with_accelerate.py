"""Accelerate's TensorBoard tracker, with everything that it can log."""

import sys

import digits
import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.nn import functional
from torch.utils.data import DataLoader

set_seed(0)
accelerator = Accelerator(cpu=True, log_with="tensorboard", project_dir=sys.argv[1])
accelerator.init_trackers(
    "digits",
    config={"lr": 0.1, "batch_size": 64, "optimizer": "sgd"},
    init_kwargs={"tensorboard": {"flush_secs": 10}},
)
model = digits.model()
model, optimizer, loader = accelerator.prepare(
    model,
    torch.optim.SGD(model.parameters(), 0.1),
    DataLoader(digits.dataset(), 64, shuffle=True),
)
for step, (images, labels) in enumerate(loader):
    scores = model(images)
    loss = functional.cross_entropy(scores, labels)
    optimizer.zero_grad()
    accelerator.backward(loss)
    optimizer.step()
    accuracy = (scores.argmax(1) == labels).float().mean().item()
    accelerator.log({"loss": loss.item(), "accuracy": accuracy, "epoch": 0}, step)
    accelerator.log({"both": {"loss": loss.item(), "accuracy": accuracy}}, step)
accelerator.log({"verdict": "**done**"}, step)
tracker = accelerator.get_tracker("tensorboard")
batch = np.uint8(images.reshape(-1, 8, 8, 1) * 255).repeat(3, -1)
tracker.log_images({"digits": batch}, step, dataformats="NHWC")
accelerator.get_tracker("tensorboard", unwrap=True).add_histogram("scores", scores)
accelerator.end_training()
