"""Switching a program with one line: `tensorbolt.install()`.

After this line, imports of `torch.utils.tensorboard` and `tensorboardX` give tensorbolt's modules, in
this program and in every library that it imports later. Neither package needs to be installed.
`tensorbolt run PROGRAM` does the same without a line: see `unchanged.py`.

Look at Time Series: one run from each import.
"""

import argparse
import importlib
import time
from pathlib import Path

import tensorbolt


def log(module: str, run: Path) -> None:
    """Log a curve through whatever a module's `SummaryWriter` is."""
    kind = importlib.import_module(module).SummaryWriter
    print(f"{module}.SummaryWriter is of {kind.__module__}")
    with kind(str(run)) as writer:
        for step in range(100):
            writer.add_scalar("loss", 0.97**step, step)


def main() -> None:
    """Install, log through both names, and go back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/switching", now))
    logdir = parser.parse_args().logdir

    # Before the modules that log are imported.
    tensorbolt.install()
    log("torch.utils.tensorboard", logdir / "torch")
    log("tensorboardX", logdir / "tensorboardX")
    # Imports give again what they gave before.
    tensorbolt.uninstall()
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
