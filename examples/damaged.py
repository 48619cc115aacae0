"""A damaged log: find out what is lost, and save the rest.

TensorBoard stops reading a file at the first bad byte, without a message. This example overwrites a few
bytes in the middle of a file, as a failing disk may do. `verify` reports the place and the damage; `repair`
keeps every whole record. On the command line: `tensorbolt verify runs`, `tensorbolt repair runs --output saved`.

Look at Time Series: run `saved` has all but a few steps, and run `damaged` ends in the middle.
"""

import argparse
import math
import time
from pathlib import Path

from tensorbolt import SummaryWriter, repair, verify


def main() -> None:
    """Log, damage, verify, and repair."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/damaged", now))
    logdir = parser.parse_args().logdir

    with SummaryWriter(logdir / "damaged") as writer:
        for step in range(1000):
            writer.add_scalar("wave", math.sin(step / 50), step)
    (path,) = (logdir / "damaged").iterdir()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 100] = bytes(100)
    path.write_bytes(data)

    report = verify(logdir / "damaged")
    for file in report.files:
        print(f"{file.path.name}: {'whole' if file.ok else 'damaged'}")
        for finding in file.findings:
            print(f"  at byte {finding.offset}: {finding.message}")

    repair(logdir / "damaged", output=logdir / "saved")
    saved = verify(logdir / "saved")
    events = saved.files[0].records - 1  # the first one holds the version
    print(
        f"The saved file is {'whole' if saved.ok else 'damaged'}, with {events} of 1000 steps"
    )
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
