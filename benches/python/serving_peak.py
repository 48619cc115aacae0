"""Whether a peak of one step among millions of points is in the curve that a page draws; see `--help`.

Both data servers are asked for 1,000 points, as TensorBoard asks them.
"""

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from benches.python import reading, serving_rows

EPILOG = """
examples:
  python -m benches.python.serving_peak                   10,000,000 points, a file of 470 MB
  python -m benches.python.serving_peak --points 100000   fewer
"""
TAG = "train/loss"
HEIGHT = 1000.0
#: Points that TensorBoard asks for.
ASKED = 1000


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; return 1 if our server does not show the peak."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.serving_peak",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--points", type=int, default=10_000_000, help="(10000000)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the step at which the peak is (1)"
    )
    options = parser.parse_args(arguments)
    if options.points < ASKED:
        parser.error(f"--points must be at least {ASKED}")
    peak = int(np.random.default_rng(options.seed).integers(1, options.points - 1))
    name = f"peak-{options.points}-{options.seed}"
    log = reading.ROOT / "build" / "bench" / "logs" / name
    made(log, options.points, peak)
    before = os.getloadavg()[0]
    print(f"| server | points | listed after, s | points in the answer | the peak, step {peak:,} |")  # fmt: skip
    print("|---|---:|---:|---:|---|")
    is_shown = {}
    for server, program in serving_rows.servers().items():
        seconds, count, is_shown[server] = asked(program, log, options.points, peak)
        print(f"| {server} | {options.points:,} | {seconds:.2f} | {count} | {'shown' if is_shown[server] else 'not shown'} |")  # fmt: skip
    command = " ".join(["python -m benches.python.serving_peak", *sys.argv[1:]])
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
    print(f"\n`{command}`, {date} UTC, {os.cpu_count()} cores, load {before:.1f} before.")  # fmt: skip
    return 0 if is_shown["tensorbolt"] else 1


def made(log: Path, points: int, peak: int) -> None:
    """Write the log, if it is not there."""
    from tensorbolt import SummaryWriter

    done = log.with_suffix(".done")
    if done.exists():
        return
    # Noise of which each value is far below the peak.
    values = np.random.default_rng(0).normal(size=points)
    values[peak] = HEIGHT
    with SummaryWriter(log / "run") as writer:
        writer.add_scalar_series(TAG, values, np.arange(points))
    done.touch()


def asked(program: str, log: Path, points: int, peak: int) -> tuple[float, int, bool]:
    """Seconds until all is listed, points in the answer, and whether the peak is among them."""
    with serving_rows.running(program, log) as server:
        _, seconds = server.listed(1, points - 1)
        answer = server.ask("ReadScalars", "scalars", downsample={"num_points": ASKED})
        data = answer.runs[0].tags[0].data
        if not 0 < len(data.step) <= ASKED or data.step[-1] != points - 1:
            raise RuntimeError("the curve has too many points, or not the newest one")
        found = dict(zip(data.step, data.value, strict=True))
        return seconds, len(found), found.get(peak) == HEIGHT


if __name__ == "__main__":
    sys.exit(main())
