"""Weights & Biases, asked to copy TensorBoard's logs."""

import importlib
import sys

import wandb
from training import train

run = wandb.init(project="digits", sync_tensorboard=True)
SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
run.finish()
