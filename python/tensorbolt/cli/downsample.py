"""`tensorbolt downsample`: smaller logs, with fewer points of each curve."""

import argparse
from pathlib import Path

from tensorbolt._wording import plain
from tensorbolt.cli import text
from tensorbolt.cli.logs import add_json
from tensorbolt.cli.output import add_overwrite
from tensorbolt.cli.rewritten import EXIT_STATUS, report
from tensorbolt.reading.edit import edit
from tensorbolt.reading.edits import Edits
from tensorbolt.reading.log import read
from tensorbolt.reading.rewrite import RunPlan

DESCRIPTION = """\
Makes a copy of a log with at most N points of each scalar tag of each run. All other kinds of data, and the
points that stay, are copied byte for byte. What a restart replaced is left out, as TensorBoard leaves it
out."""

EPILOG = f"""\
methods:
  lttb      keeps the shape of curves (largest triangle three buckets)
  minmax    the lowest and the highest point of each stretch
  uniform   points at equal distances

{EXIT_STATUS}

examples:
  tensorbolt downsample runs -o small
  tensorbolt downsample runs -o small -n 200 --method minmax"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "downsample",
        help="make a log with fewer points of each curve",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "logdir",
        type=Path,
        metavar="LOGDIR",
        help="directory with any number of runs, or an event file",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="OUT",
        help="the log directory to make",
    )
    parser.add_argument(
        "-n", type=int, default=1000, metavar="N", help="points of each curve [1000]"
    )
    parser.add_argument(
        "--method",
        choices=("lttb", "minmax", "uniform"),
        default="lttb",
        help="choice of points [lttb]",
    )
    add_overwrite(parser)
    add_json(parser)
    parser.set_defaults(call=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the log, say what is in it, and return the exit status."""

    def edits_of(plan: RunPlan) -> Edits:
        """Only the scalars of one run are in memory at a time."""
        with read(plan.sources, kinds="scalars") as log:
            points = log.scalars.downsample(arguments.n, arguments.method)
        kept: dict[str, set[int]] = {}
        pairs = zip(points["tag"].tolist(), points["step"].tolist(), strict=True)
        for tag, step in pairs:
            kept.setdefault(tag, set()).add(step)
        return Edits(
            purge=True, keep=lambda tag, step: tag not in kept or step in kept[tag]
        )

    try:
        result = edit(
            arguments.logdir,
            arguments.output,
            edits_of,
            overwrite=arguments.overwrite,
            progress=text.progress(),
        )
    except (OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    finally:
        text.end_progress()
    return report(result, arguments.output, arguments)
