"""torchtitan's loggers, as its metrics processor calls them; that one needs a GPU."""

import sys

import digits
import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchtitan.components.metrics import LoggerContainer, TensorBoardLogger

model = digits.model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
logger = LoggerContainer()
logger.add_logger(TensorBoardLogger(sys.argv[1], tag="digits"))
for step, (images, labels) in enumerate(DataLoader(digits.dataset(), 64)):
    loss = functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    metrics = {
        "loss_metrics/global_avg_loss": loss.item(),
        "grad_norm": model[0].weight.grad.norm(),
        "num_tokens": labels.numel(),
    }
    logger.log(metrics, step)
logger.close()
