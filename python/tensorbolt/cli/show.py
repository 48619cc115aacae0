"""`tensorbolt show`: scalars and hyperparameters of a log at a glance."""

import argparse
from typing import Any

from tensorbolt.cli.arguments import (
    Commands,
    add_choices,
    add_command,
    add_json,
    add_logdir,
)
from tensorbolt.cli.json_output import print_json
from tensorbolt.cli.logs import (
    opened,
    report_damage,
)
from tensorbolt.cli.progress import progress
from tensorbolt.cli.show_curves import (
    curve_as_json,
    curves_of,
    print_curves,
    print_stats,
)
from tensorbolt.cli.show_hparams import hparams_as_json, print_hparams
from tensorbolt.reading.hparams import HParams

DESCRIPTION = """\
Shows the scalars of each run: the number of points, the first and last value, the lowest and highest where the
terminal has room, and a sparkline of the whole curve. Each character of a sparkline is the mean of the points
in its stretch of steps. A stretch with a value that is NaN or infinite is "!", and one without points is blank.

Below is a table of hyperparameters, if there are any: a row for each run that has some, with the last value of
each metric."""

EPILOG = """\
exit status:
  0  all could be read
  1  there is damage, which was left out; `tensorbolt verify` explains it
  2  wrong arguments, nothing there, or files that cannot be read

examples:
  tensorbolt show                     all curves in the directory "runs"
  tensorbolt show runs --tags loss    tags with "loss" in them
  tensorbolt show runs/first --steps 1000:
                                      the end of the curves, from step 1000 on
  tensorbolt show --stats             where are there NaNs?
  tensorbolt show --hparams           which hyperparameters did best?
  tensorbolt show --json | python -m json.tool"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "show",
        run,
        summary="show scalars and hyperparameters at a glance",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser)
    views = parser.add_mutually_exclusive_group()
    views.add_argument(
        "--stats",
        action="store_true",
        help="numbers instead of sparklines: also the mean, and how many values are NaN or infinite",
    )
    views.add_argument(
        "--hparams", action="store_true", help="only the table of hyperparameters"
    )
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for, and return the exit status."""
    kinds = ("scalars", "hparams")
    with opened(arguments.logdir, arguments, kinds=kinds) as log:
        with progress("looking at curves"):
            curves = [] if arguments.hparams else curves_of(log.scalars)
            sessions = None if arguments.stats else log.hparams
        if arguments.json:
            fields = {}
            if not arguments.hparams:
                fields["curves"] = [curve_as_json(one) for one in curves]
            if sessions is not None:
                fields["sessions"] = hparams_as_json(sessions)
            print_json(fields)
        else:
            _print(curves, sessions, arguments)
        return int(report_damage(log) > 0)


def _print(
    curves: list[dict[str, Any]],
    sessions: HParams | None,
    arguments: argparse.Namespace,
) -> None:
    if curves:
        (print_stats if arguments.stats else print_curves)(curves)
    elif not arguments.hparams:
        print("there are no scalars")
    if sessions is not None and len(sessions):
        if curves:
            print()
        print_hparams(sessions)
    elif arguments.hparams:
        print("there are no hyperparameters")
