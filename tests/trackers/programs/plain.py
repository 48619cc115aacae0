"""No tracker: what this leaves is converted afterwards."""

import importlib
import sys

from training import train

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
