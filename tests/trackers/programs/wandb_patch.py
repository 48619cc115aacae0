"""Weights & Biases with its patch called by hand, after the writer was imported."""

import importlib
import sys

import wandb
from training import train

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
wandb.tensorboard.patch(root_logdir="runs")
run = wandb.init(project="digits")
with SummaryWriter("runs/digits") as writer:
    train(writer)
run.finish()
