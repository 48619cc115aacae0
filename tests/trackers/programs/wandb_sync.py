"""Weights & Biases, told to copy TensorBoard's logs."""

import importlib
import sys
import time

import wandb
from training import train

run = wandb.init(project="digits", sync_tensorboard=True)
SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
# Its reader follows the files in its own time, and on a busy machine leaves what it has not reached at the end.
time.sleep(10)
run.finish()
