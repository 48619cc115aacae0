"""ClearML, which finds writers by itself."""

import importlib
import sys

from clearml import Task

Task.set_offline(True)
# Its monitor would record the load of the machine, which differs from run to run, if the program takes long.
task = Task.init(
    project_name="digits", task_name="digits", auto_resource_monitoring=False
)

from training import train  # noqa: E402 - ClearML comes first, as its manual says

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
with SummaryWriter("runs/digits") as writer:
    train(writer)
task.close()
