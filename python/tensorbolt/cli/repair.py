"""`tensorbolt repair`: saves the whole records of damaged event files."""

import argparse
from pathlib import Path

from tensorbolt._addresses import without_login
from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    FILES_OR_ADDRESS,
    Commands,
    add_command,
    add_storage_options,
)
from tensorbolt.cli.verify import add_arguments, checking, print_report, status
from tensorbolt.reading.repair import repair
from tensorbolt.reading.report import FileReport, Report

DESCRIPTION = """\
Saves every whole record of damaged event files, also after zero bytes, garbage and records that are cut
short or spoilt. Prints what is lost, where, and between which steps. Without --output or --in-place
nothing is written.

TensorBoard reads every file whose name has "tfevents" in it, so a repaired file must not be in the
directory of the damaged one. --output takes another place, for a copy of all event files with the
damaged ones repaired. --in-place keeps each damaged file as a backup with "tfdamaged" in its name.
Restart a TensorBoard that is open; it still reads the old file.

Files may be in an object store, and so may OUT. Nothing is removed there and nothing written over, but what
--in-place replaces: on the condition that it is still the object that was read, and after its backup is there.
On this machine there must be room for twice the largest event file."""

EPILOG = """\
exit status:
  0  there was no damage
  1  there was damage; with --output or --in-place, the whole records were saved
  2  wrong arguments, no event files, or one that cannot be read, written or replaced

examples:
  tensorbolt repair runs                     what would be lost?
  tensorbolt repair runs --output saved      then: tensorboard --logdir saved
  tensorbolt repair runs/first --in-place    once the run has ended
  tensorbolt repair s3://bucket/runs --output s3://bucket/saved"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "repair",
        run,
        summary="save what is whole in damaged event files",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_arguments(parser, FILES_OR_ADDRESS, str)
    add_storage_options(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--output",
        metavar="OUT",
        help="put repaired files there, and copies of the others; a directory, or an address",
    )
    where.add_argument(
        "--in-place",
        action="store_true",
        help="replace damaged files, and keep a backup of each next to it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Repair, print the report, and return the exit status."""
    try:
        with checking(arguments.paths) as show:
            report = repair(
                *arguments.paths,
                output=arguments.output,
                in_place=arguments.in_place,
                progress=show,
                storage_options=dict(arguments.storage_option),
            )
    except (OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    print_report(report, arguments)
    if not arguments.json:
        _sum_up(report, arguments)
    return status(report)


def _sum_up(report: Report, arguments: argparse.Namespace) -> None:
    """Print what was lost, and where the rest is."""
    damaged = [file for file in report.files if file.damage]
    for file in damaged:
        print(f"{plain(file.url or file.path)}: {_outcome(file)}")
    if damaged and not (arguments.output or arguments.in_place):
        print("Nothing was written: pass --output OUT or --in-place.")
    if arguments.output:
        written = sum(file.output is not None for file in report.files)
        where = plain(without_login(arguments.output))
        print(f"{counted(written, 'event file')} in {where}")


def _outcome(file: FileReport) -> str:
    kept = f"{counted(file.records, 'event')} kept"
    lost = f"{counted(file.skipped, 'byte')} skipped"
    if file.unreadable:
        lost += f", {counted(file.unreadable, 'unreadable record')} left out"
    if file.header_restored:
        lost += ", first record replaced"
    if file.backup is not None:
        lost += f"; the damaged file is now {plain(Path(file.backup).name)}"
    elif not file.records:
        lost += "; there is nothing to write"
    return f"{kept}, {lost}"
