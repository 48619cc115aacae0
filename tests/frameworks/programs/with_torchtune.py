"""torchtune's metric logger, as its recipes call it."""

import sys

import digits
import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchtune.training.metric_logging import TensorBoardLogger

model = digits.model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
logger = TensorBoardLogger(sys.argv[1], organize_logs=False)
for step, (pictures, labels) in enumerate(DataLoader(digits.dataset(), 64)):
    loss = functional.cross_entropy(model(pictures), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    logger.log_dict({"loss": loss.item(), "lr": 0.1, "tensor": loss}, step)
    logger.log("num_tokens", labels.numel(), step)
logger.close()
