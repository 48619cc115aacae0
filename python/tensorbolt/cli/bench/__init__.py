"""`tensorbolt bench`: measures the cost of logging on this machine and this storage."""

import argparse
import math
import tempfile
from pathlib import Path

from tensorbolt.cli.help import Help

DESCRIPTION = """\
Logs scalars, histograms, images, videos and texts as a training loop would, and prints what each call
costs the loop, how much it writes, and how quickly the storage takes it. All files are removed
afterwards."""

EPILOG = """\
examples:
  tensorbolt bench                               two minutes, in the working directory
  tensorbolt bench --logdir /mnt/shared/runs     the storage that your runs are written to
  tensorbolt bench --compare --seconds 300       with torch and tensorboardX, where they are installed
  tensorbolt bench --json -                      numbers for a program

Close other programs first: their load changes the numbers."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "bench",
        help="measure what logging costs on this machine and storage",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Help,
    )
    parser.add_argument(
        "--logdir",
        type=Path,
        default=Path(),
        metavar="DIRECTORY",
        help="write below this directory, which is made if missing [the working directory]",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=120.0,
        metavar="N",
        help="about how long to measure; less makes the numbers less certain [120]",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="also time torch.utils.tensorboard and tensorboardX",
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="also write the numbers to a file; - prints them instead of the table",
    )
    parser.set_defaults(call=bench, parser=parser)


def bench(arguments: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    # Imported here, because `tensorbolt run` should start its program at once.
    from tensorbolt.cli.bench import measure, report

    if "://" in str(arguments.logdir) or ":/" in str(arguments.logdir):
        arguments.parser.error(
            f"--logdir must be a local directory, not {str(arguments.logdir)!r}; the command removes its files afterwards"
        )
    try:
        arguments.logdir.mkdir(parents=True, exist_ok=True)
        directory = tempfile.TemporaryDirectory(
            prefix="tensorbolt-bench-", dir=arguments.logdir
        )
    except OSError as error:
        arguments.parser.error(
            f"--logdir {str(arguments.logdir)!r} cannot be written to: {error}"
        )
    with directory as path:
        found = measure.measure(Path(path), arguments.seconds, arguments.compare)
    found["machine"]["logdir"] = str(arguments.logdir.resolve())
    return report.print_report(found, arguments.json)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(
            f"must be a positive number of seconds, not {text!r}"
        )
    return seconds
