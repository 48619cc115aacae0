"""Fabric's own loop, with its `TensorBoardLogger`."""

import sys

import digits
import torch
from lightning.fabric import Fabric
from lightning.fabric.loggers import TensorBoardLogger
from torch.nn import functional
from torch.utils.data import DataLoader

logger = TensorBoardLogger(sys.argv[1], name="fabric", version="first", prefix="run")
fabric = Fabric(accelerator="cpu", loggers=logger)
fabric.launch()
fabric.seed_everything(0)
model = digits.model()
logger.log_graph(model, torch.zeros(1, 64))
logger.log_hyperparams(
    {"lr": 0.1, "layers": [64, 16, 10], "nested": {"momentum": 0.9}}, {"final": 0.0}
)
module, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), 0.1, 0.9))
loader = fabric.setup_dataloaders(DataLoader(digits.dataset(), 64, shuffle=True))
for step, (images, labels) in enumerate(loader):
    loss = functional.cross_entropy(module(images), labels)
    optimizer.zero_grad()
    fabric.backward(loss)
    optimizer.step()
    fabric.log("loss", loss, step)
    fabric.log_dict({"both": {"loss": loss.item(), "rate": 0.1}}, step)
fabric.log("final", loss)
logger.finalize("success")
