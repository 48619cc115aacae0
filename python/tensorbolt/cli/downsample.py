"""`tensorbolt downsample`: smaller logs, with fewer points of each curve."""

import argparse

from tensorbolt.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_output,
    add_source,
    at_least_one,
)
from tensorbolt.cli.rewritten import EXIT_STATUS, rewrite
from tensorbolt.reading.edit import edit
from tensorbolt.reading.edits import Edits
from tensorbolt.reading.log import read
from tensorbolt.reading.rewrite import Rewritten, RunPlan
from tensorbolt.reading.verify import Progress

DESCRIPTION = """\
Makes a copy of a log with at most N points of each scalar tag of each run. The points that stay, and all other
kinds of data, are copied byte for byte. What a restart replaced is left out, as TensorBoard leaves it out."""

EPILOG = f"""\
methods:
  lttb      keeps the shape of curves (largest triangle three buckets)
  minmax    the lowest and the highest point of each stretch of steps
  uniform   points at equal distances

{EXIT_STATUS}

examples:
  tensorbolt downsample runs -o small
                               at most 1000 points of each curve
  tensorbolt downsample runs -o smaller -n 200 --method minmax
                               200 points, with all spikes"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "downsample",
        run,
        summary="make a log with fewer points of each curve",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_source(parser)
    add_output(parser)
    parser.add_argument(
        "-n",
        type=at_least_one,
        default=1000,
        metavar="N",
        help="points of each curve [1000]",
    )
    parser.add_argument(
        "--method",
        choices=("lttb", "minmax", "uniform"),
        default="lttb",
        help="choice of points [lttb]",
    )
    add_json(parser)


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
        return Edits(purge=True, kept=kept)

    def call(progress: Progress) -> Rewritten:
        return edit(
            arguments.logdir,
            arguments.output,
            edits_of,
            overwrite=arguments.overwrite,
            progress=progress,
        )

    return rewrite(call, [arguments.logdir], arguments.output, arguments)
