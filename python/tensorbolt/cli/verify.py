"""`tensorbolt verify`: checks event files for damage."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tensorbolt._addresses import is_store, without_login
from tensorbolt._wording import plain
from tensorbolt.cli import text
from tensorbolt.cli.arguments import (
    FILES_OR_ADDRESS,
    Commands,
    add_command,
    add_json,
    add_storage_options,
)
from tensorbolt.cli.json_output import print_json
from tensorbolt.cli.progress import FileProgress, files_progress
from tensorbolt.reading.repair import files
from tensorbolt.reading.report import Report
from tensorbolt.reading.verify import verify

DESCRIPTION = """\
Checks event files, and directories with any number of runs: framing and checksums of all records, the messages
in them, the order of steps, and names of files. Nothing is changed, and files that are being written may be
checked.

A place at which TensorBoard stops reading is damage. A place that TensorBoard reads in a surprising way is a
note, and so is a last record that ends in the middle."""

EPILOG = """\
exit status:
  0  no damage, whatever the notes
  1  damage; `tensorbolt repair` saves the whole records
  2  wrong arguments, no event files, or one that cannot be read

examples:
  tensorbolt verify runs                 all runs in the directory "runs"
  tensorbolt verify runs/first runs/job && echo whole
                                         for scripts
  tensorbolt verify s3://bucket/runs     all runs below an address of an object store
  tensorbolt verify --json runs | python -m json.tool"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "verify",
        run,
        summary="check event files for damage",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_arguments(parser, FILES_OR_ADDRESS, str)
    add_storage_options(parser)


def add_arguments(
    parser: argparse.ArgumentParser, what: str, make: Callable[[str], Any]
) -> None:
    """The arguments that both commands take; `what` the paths are, and what each becomes."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=make,
        metavar="PATH",
        help=what,
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check, print the report, and return the exit status."""
    try:
        with checking(arguments.paths) as show:
            report = verify(
                *arguments.paths,
                progress=show,
                storage_options=dict(arguments.storage_option),
            )
    except (FileNotFoundError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    print_report(report, arguments)
    if not arguments.json and any(file.damage for file in report.files):
        print("`tensorbolt repair` saves the whole records.")
    return status(report)


def checking(paths: Sequence[str | Path]) -> AbstractContextManager[FileProgress]:
    """Show how much of the files is checked."""

    def names() -> list[Path]:
        return [path for source in paths for path, _ in files(Path(source))]

    # To ask a store would take longer than the line is worth.
    known = None if any(map(is_store, paths)) else names
    return files_progress(
        f"checking {', '.join(without_login(str(path)) for path in paths)}", known
    )


def print_report(report: Report, arguments: argparse.Namespace) -> None:
    """Print the findings, as text or as JSON."""
    if arguments.json:
        print_json(report.to_json())
        return
    if not report.files:
        where = ", ".join(map(plain, arguments.paths))
        print(f"no event files in {where}", file=sys.stderr)
    for file in report.files:
        print(*text.lines(file), sep="\n")


def status(report: Report) -> int:
    """The exit status: 0, 1 for damage, 2 if there was nothing to look at."""
    if not report.files or any(file.error for file in report.files):
        return 2
    return int(not report.ok)
