"""A program that was written for a reference writer: `python switched.py MODULE LOGDIR`."""

import importlib
import sys

module, logdir = sys.argv[1:]
SummaryWriter = importlib.import_module(module).SummaryWriter
with SummaryWriter(logdir) as writer:
    for step in range(10):
        writer.add_scalar("loss", 1 / (1 + step), step)
# Not the reference writer.
tensorbolt = sys.modules["tensorbolt"]
assert issubclass(SummaryWriter, tensorbolt.SummaryWriter), SummaryWriter.__mro__
assert tensorbolt.read(logdir).scalars["step"].tolist() == list(range(10))
print(tensorbolt.__file__)
