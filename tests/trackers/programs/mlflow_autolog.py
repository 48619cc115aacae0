"""MLflow with its automatic logging of PyTorch."""

import importlib
import sys

import mlflow
from training import train

mlflow.pytorch.autolog(log_every_n_step=1)
SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with mlflow.start_run(), SummaryWriter("runs/digits") as writer:
    train(writer)
