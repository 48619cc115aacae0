"""Counting events: `stats`, `flush`, `close`, and errors that raise.

A log is whole without any of these calls: bytes reach the operating system within 200 ms, and the normal
end of a process loses nothing. The example shows how to check it, and how to get an error at once where
logging must not fail.

Look at the terminal, and at Time Series.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np

from tensorbolt import SummaryWriter


def main() -> None:
    """Log, and look at the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/reliability", now))
    logdir = parser.parse_args().logdir

    # "raise": a full disk ends the run, instead of one warning and a count.
    writer = SummaryWriter(logdir, on_error="raise")
    for step in range(10_000):
        writer.add_scalar("wave", math.sin(step / 500), step)
    writer.add_image(
        "noise", np.random.default_rng(0).random((256, 256)), dataformats="HW"
    )
    # Waits until the operating system has everything; needed before something else reads.
    writer.flush()
    for name, value in writer.stats().items():
        print(f"{name:>16}: {value}")

    # Wrong arguments raise in the call that has them, and say what to pass.
    try:
        writer.add_image("noise", np.zeros((3, 4, 5, 6, 7)))
    except ValueError as error:
        print(f"      a mistake: {error}")

    # Closed twice is closed; logging again begins another file of the same run.
    writer.close()
    writer.close()
    writer.add_scalar("wave", math.sin(10_000 / 500), 10_000)
    writer.close()
    print(f"          files: {len(list(Path(writer.get_logdir()).iterdir()))}")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
