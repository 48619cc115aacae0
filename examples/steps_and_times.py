"""Steps and times: passed by hand, for a whole block, and counted.

The example logs a day of temperatures as if they had been measured live: `walltime` is the time of each.
`use_metadata` gives step and time to all calls in a block that pass none, those of libraries included.
With `auto_step=True` each tag counts its steps. `timed` logs the seconds of a block.

Look at Time Series: choose "Relative" or "Wall" as Horizontal Axis, and the charts cover a day, although
the example ran for a moment.
"""

import argparse
import math
import time
from pathlib import Path

from tensorbolt import SummaryWriter

HOUR = 3600.0


def library(writer: SummaryWriter, temperature: float) -> None:
    """Log like a function of a library, which knows no steps."""
    writer.add_scalar("fahrenheit", temperature * 9 / 5 + 32)
    writer.add_text("comment", "cold" if temperature < 12 else "warm")


def main() -> None:
    """Log a day."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument(
        "--logdir", type=Path, default=Path("runs/steps_and_times", now)
    )
    logdir = parser.parse_args().logdir

    midnight = time.time() - 24 * HOUR
    day = [12 - 6 * math.cos(math.pi * hour / 12) for hour in range(24)]
    with SummaryWriter(logdir / "by hand") as writer:
        for hour, temperature in enumerate(day):
            when = midnight + hour * HOUR
            writer.add_scalar("celsius", temperature, hour, walltime=when)
    with SummaryWriter(logdir / "by block") as writer:
        for hour, temperature in enumerate(day):
            when = midnight + hour * HOUR
            with writer.use_metadata(global_step=hour, walltime=when):
                writer.add_scalar("celsius", temperature)
                library(writer, temperature)
    with SummaryWriter(logdir / "counted", auto_step=True) as writer:
        for temperature in day:
            writer.add_scalar("celsius", temperature)
            with writer.timed("library"):
                library(writer, temperature)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
