"""SwanLab, which replaces the methods of the class."""

import importlib
import sys

import swanlab
from training import train

if sys.argv[1] == "tensorboardX":
    swanlab.sync_tensorboardX()
else:
    swanlab.sync_tensorboard_torch()
SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
