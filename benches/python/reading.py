"""Compares `tensorbolt.read` with the readers that people use, on three logs; see `--help`.

Each measurement is a process of its own, and readers take turns, so that a busy machine slows all of them alike. The
answer of each is checked. Processor time says more than time on the clock where other programs run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from benches.python import reading_cases

ROOT = Path(__file__).resolve().parents[2]
#: Values repeat after so many steps; each is exact as float32.
PERIOD = 1000
EPILOG = """
A is one file of 1,000,000 scalars, B 200 runs of 20 tags and 500 steps, C 2,000 images of 170 kB and 100,000 scalars. They
are made once, below build/bench/logs. Two readers return fewer points than there are; the table says how many.

examples:
  python -m benches.python.reading                         everything: half an hour, nearly all of it other readers'
  python -m benches.python.reading --peer-rounds 1         other readers once each
  python -m benches.python.reading --only 'A *'            one log
  python -m benches.python.reading --scale 0.01 --rounds 1 whether all of it works, on small logs
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.reading",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="processes for each row (5)"
    )
    parser.add_argument("--peer-rounds", type=int, help="of other readers (as many)")
    parser.add_argument("--only", default="*", help="a pattern of rows, such as 'A *'")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the logs (1)")
    parser.add_argument(
        "--output", type=Path, help="a Markdown file instead of the terminal"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1 or not 0 < options.scale <= 1:
        parser.error("--rounds must be at least 1, and --scale in (0, 1]")
    cases = reading_cases.chosen(options.only)
    if not cases:
        parser.error(f"no row matches {options.only!r}")
    logs = made(ROOT / "build" / "bench" / "logs" / f"{options.scale:g}", options.scale)
    peer_rounds = options.peer_rounds or options.rounds
    results: dict[str, list[dict[str, Any]]] = {case.name: [] for case in cases}
    before = os.getloadavg()[0]
    for index in range(max(options.rounds, peer_rounds)):
        for case in cases:
            if index < (peer_rounds if case.is_peer else options.rounds):
                results[case.name].append(measured(case.name, logs[case.log]))
    text = "\n".join(table(results, before, sys.argv[1:]))
    if options.output:
        options.output.write_text(text + "\n")
    else:
        print(text)
    return 0


def made(top: Path, scale: float) -> dict[str, Path]:
    """The logs, written if they are not there."""
    logs = {name: top / name for name in "ABC"}
    for name, path in logs.items():
        done = top / f"{name}.done"
        if not done.exists():
            print(f"writing log {name} …", file=sys.stderr)
            write(name, path, scale)
            done.touch()
    return logs


def write(name: str, path: Path, scale: float) -> None:
    """Write one of the logs."""
    from tensorbolt import SummaryWriter

    random = np.random.default_rng(1)
    runs, tags, steps = shape(name, scale)
    for run in range(runs):
        with SummaryWriter(path / f"run{run:03}") as writer:
            for step in range(steps):
                # `log` would put the values of a step into one event; other writers make one of each.
                for tag in range(tags):
                    writer.add_scalar(
                        f"train/metrics/layer{tag:02}/loss", step % PERIOD / 8, step
                    )
                if name == "C" and step % 5 == 0:
                    pixels = random.integers(0, 256, (240, 240, 3), np.uint8)
                    writer.add_image("image", pixels, step, dataformats="HWC")


def shape(name: str, scale: float) -> tuple[int, int, int]:
    """Runs, tags and steps of a log."""
    if name == "B":
        return max(round(200 * scale), 1), 20, 500
    return 1, 10, round({"A": 100_000, "C": 10_000}[name] * scale)


def measured(name: str, log: Path) -> dict[str, Any]:
    """Run one row in a process of its own.

    Raises:
        RuntimeError: It failed, or its answer is wrong.
    """
    command = [sys.executable, "-m", "benches.python.reading_cases", name, str(log)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def table(
    results: dict[str, list[dict[str, Any]]], load: float, arguments: list[str]
) -> Iterator[str]:
    """The rows as Markdown."""
    yield "| row | processes | CPU s | s | MiB over the interpreter | MB read | points | CPU of EventAccumulator ÷ this |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    theirs = {
        name[0]: median(one["cpu"] for one in rounds)
        for name, rounds in results.items()
        if name.endswith("EventAccumulator")
    }
    for name, rounds in results.items():
        middle = {key: median(one[key] for one in rounds) for key in rounds[0]}
        ratio = f"{theirs[name[0]] / middle['cpu']:.0f}" if name[0] in theirs else ""
        yield (
            f"| {name} | {len(rounds)} | {middle['cpu']:.3f} | {middle['wall']:.3f} | {middle['memory'] / 2**20:.0f} | "
            f"{middle['read'] / 1e6:.1f} | {middle['points']:,.0f} | {ratio} |"
        )
    command = " ".join(["python -m benches.python.reading", *arguments])
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
    yield ""
    yield f"`{command}`, {date} UTC, {os.cpu_count()} cores, load before {load:.1f}. Medians; `time.process_time` is CPU s."


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(status)
