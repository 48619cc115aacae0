"""`tensorbolt edit`: renames and drops tags and runs, cuts and shifts steps."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from tensorbolt._wording import plain
from tensorbolt.cli import text
from tensorbolt.cli.logs import add_json, pattern
from tensorbolt.cli.output import add_overwrite
from tensorbolt.cli.rewritten import EXIT_STATUS, report
from tensorbolt.reading.edit import edit
from tensorbolt.reading.edits import Edits, substitution

DESCRIPTION = """\
Edits the records of a log, of all kinds of data. What is not changed stays byte for byte, fields that
tensorbolt does not know included. The result goes into a new directory, or takes the place of the log with
--in-place: a program that is killed leaves the old log or the new one. Without either, and with --dry-run,
nothing is written, and the counts say what would change. Hyperparameters and layouts of custom scalars have
no step: cuts and shifts leave them alone. They name tags as well, and --rename does not change those names."""

EPILOG = f"""\
{EXIT_STATUS}

examples:
  tensorbolt edit runs --rename 's,^old/,new/,'                     what would be renamed?
  tensorbolt edit runs -o renamed --rename 's,^old/,new/,'
  tensorbolt edit runs -o small --drop-tags '^grad/' --keep-every 10
  tensorbolt edit runs/first --in-place --purge                     once the run has ended
  tensorbolt edit runs -o part --from-step 1000 --to-step 2000 --shift-step=-1000
  tensorbolt edit runs -o seeds --drop-runs debug --rename-run 's/^exp_//'"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "edit",
        help="rename and drop tags and runs, cut and shift steps",
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
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the log directory to make"
    )
    where.add_argument("--in-place", action="store_true", help="replace the log")
    where.add_argument(
        "--dry-run", action="store_true", help="write nothing; the same as neither"
    )
    _add_edits(parser)
    add_overwrite(parser)
    add_json(parser)
    parser.set_defaults(call=run, parser=parser)


def _add_edits(parser: argparse.ArgumentParser) -> None:
    edits = parser.add_argument_group(
        "edits, in this order; the first four may be repeated"
    )
    edits.add_argument(
        "--drop-runs",
        action="append",
        type=pattern,
        default=[],
        metavar="REGEX",
        help="leave out runs in whose name this is found",
    )
    edits.add_argument(
        "--rename-run",
        action="append",
        type=_substitution,
        default=[],
        metavar="S",
        help="rename runs, as sed does",
    )
    edits.add_argument(
        "--drop-tags",
        action="append",
        type=pattern,
        default=[],
        metavar="REGEX",
        help="leave out tags in which this is found",
    )
    edits.add_argument(
        "--rename",
        action="append",
        type=_substitution,
        default=[],
        metavar="S",
        help="rename tags: s,PATTERN,REPLACEMENT, with any separator, g for all places, i for any case",
    )
    edits.add_argument(
        "--purge",
        action="store_true",
        help="leave out what a restart, or a later point at the same step, replaces",
    )
    edits.add_argument(
        "--from-step", type=int, metavar="N", help="leave out earlier steps"
    )
    edits.add_argument(
        "--to-step", type=int, metavar="N", help="leave out this step and later ones"
    )
    edits.add_argument(
        "--keep-every",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="of each tag keep the first point and every N-th after it",
    )
    edits.add_argument(
        "--shift-step", type=int, default=0, metavar="N", help="add this to the steps"
    )


def _substitution(expression: str) -> Callable[[str], str]:
    try:
        return substitution(expression)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _at_least_one(number: str) -> int:
    if not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{number!r} is not a number of at least 1")
    return int(number)


def run(arguments: argparse.Namespace) -> int:
    """Edit, say what changed, and return the exit status."""
    if arguments.overwrite and arguments.output is None:
        arguments.parser.error("--overwrite has a meaning with --output only")
    edits = Edits(
        rename=_renames(arguments.rename),
        drop=_drops(arguments.drop_tags),
        from_step=arguments.from_step,
        to_step=arguments.to_step,
        shift_step=arguments.shift_step,
        purge=arguments.purge,
        keep_every=arguments.keep_every,
    )
    try:
        result = edit(
            arguments.logdir,
            arguments.output,
            lambda _: edits,
            drop_run=_drops(arguments.drop_runs),
            rename_run=_renames(arguments.rename_run),
            in_place=arguments.in_place,
            overwrite=arguments.overwrite,
            progress=text.progress(),
        )
    except (OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    finally:
        text.end_progress()
    output = arguments.logdir if arguments.in_place else arguments.output
    return report(result, output, arguments)


def _renames(steps: list[Callable[[str], str]]) -> Callable[[str], str] | None:
    if not steps:
        return None

    def rename(name: str) -> str:
        for step in steps:
            name = step(name)
        return name

    return rename


def _drops(patterns: "list[re.Pattern[str]]") -> Callable[[str], bool] | None:
    if not patterns:
        return None
    return lambda name: any(pattern.search(name) for pattern in patterns)
