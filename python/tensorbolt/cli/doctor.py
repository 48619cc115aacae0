"""`tensorbolt doctor`: what a program that logs would do here, and what would go wrong."""

import argparse
import os

from tensorbolt._environment import LOG_DIR
from tensorbolt._wording import counted
from tensorbolt.cli.arguments import (
    DEFAULT,
    Commands,
    add_command,
    add_json,
    add_storage_options,
)
from tensorbolt.cli.doctor_checks import Check, checks, worst
from tensorbolt.cli.doctor_index import index
from tensorbolt.cli.doctor_variables import options_for_stores, variables
from tensorbolt.cli.json_output import print_json

DESCRIPTION = """\
Says what a program that logs would do if it were started as this command was: its rank and who says so, whether
the log directory can be written (a small file is made there and removed), free space, threads, logs that wait for
an object store, where `tensorbolt view` remembers what it has read, versions, and which options variables of the
environment set. Of the variables of clouds it prints the names alone.

Start it the way the program is started: on the machine, in the container, by the launcher."""

EPILOG = """\
exit status:
  0  nothing is wrong
  1  something is worth a look; the line says what to do
  2  wrong arguments, or a program could not log there

examples:
  tensorbolt doctor                  for the directory runs
  tensorbolt doctor runs/today       for another one
  tensorbolt doctor s3://bucket/runs --storage-option aws_region=eu-west-1
  tensorbolt doctor s3://bucket/runs --write
                                     and whether objects can be put there"""

_MARKS = {"ok": "  ", "warning": "! ", "error": "X "}


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "doctor",
        run,
        summary="say what a program that logs would do here, and what would go wrong",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "log_dir",
        nargs="?",
        metavar="LOGDIR",
        help=f"directory or address that the program would log to [{LOG_DIR}, or {DEFAULT}]",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="put a small object into the object store and remove it; a local directory is always tried so",
    )
    add_storage_options(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, print what was found, and return the exit status."""
    log_dir = arguments.log_dir or os.environ.get(LOG_DIR) or DEFAULT
    options = dict(arguments.storage_option) or options_for_stores()
    found = [*checks(log_dir, options, arguments.write), *index(), *variables()]
    status = worst(found)
    if arguments.json:
        rows = [check._asdict() for check in found]
        print_json({"ok": not status, "checks": rows})
    else:
        _print(found)
    return status


def _print(found: list[Check]) -> None:
    width = max(len(check.about) for check in found)
    for check in found:
        print(f"{_MARKS[check.state]}{check.about:<{width}}  {check.text}")
        if check.remedy:
            print(f"  {'':<{width}}  -> {check.remedy}")
    problems = [check for check in found if check.state != "ok"]
    if problems:
        print(f"{counted(len(problems), 'line')} to look at, marked with ! or X")
    else:
        print("nothing is wrong")
