"""Comet, which hooks in when the writer is imported."""

import importlib
import sys

import comet_ml

experiment = comet_ml.OfflineExperiment(
    project_name="digits", workspace="tests", offline_directory="comet"
)

from training import train  # noqa: E402 - Comet comes first, as its manual says

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
experiment.end()
