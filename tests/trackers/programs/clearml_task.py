"""ClearML, which finds writers by itself."""

import importlib
import sys

from clearml import Task

Task.set_offline(True)
task = Task.init(project_name="digits", task_name="digits")

from training import train  # noqa: E402 - ClearML comes first, as its manual says

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
task.close()
