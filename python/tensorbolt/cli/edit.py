"""`tensorbolt edit`: renames and drops tags and runs, cuts and shifts steps."""

import argparse
import re
from collections.abc import Callable

from tensorbolt.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_places,
    add_source,
    at_least_one,
    pattern,
)
from tensorbolt.cli.rewritten import EXIT_STATUS, rewrite
from tensorbolt.reading.edit import edit
from tensorbolt.reading.edits import Edits, substitution
from tensorbolt.reading.rewrite import Rewritten
from tensorbolt.reading.verify import Progress

DESCRIPTION = """\
Edits the records of a log, of all kinds of data. What is not changed stays byte for byte, fields that
tensorbolt does not know included. The result goes into a new directory with -o, or takes the place of the log
with --in-place. Without either nothing is written, and the counts say what would change. A program that is
killed leaves the old log or the new one.

Hyperparameters and layouts of custom scalars have no step: cuts and shifts leave them alone. They name tags as
well, and --rename does not change those names."""

EPILOG = f"""\
{EXIT_STATUS}

examples:
  tensorbolt edit runs --rename 's,^old/,new/,'
                                what would be renamed?
  tensorbolt edit runs -o renamed --rename 's,^old/,new/,'
  tensorbolt edit runs -o small --drop-tags '^grad/' --keep-every 10
                                without gradients, and a tenth of the rest
  tensorbolt edit runs/first --in-place --purge
                                once the run has ended: no more of what
                                restarts replaced
  tensorbolt edit runs -o part --from-step 10 --to-step 20 --shift-step=-10
                                steps 10 to 19 become 0 to 9
  tensorbolt edit runs -o seeds --drop-runs debug --rename-run 's/^exp_//'"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "edit",
        run,
        summary="rename and drop tags and runs, cut and shift steps",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_source(parser)
    add_places(parser)
    _add_edits(parser)
    add_json(parser)


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
        type=at_least_one,
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

    def call(progress: Progress) -> Rewritten:
        return edit(
            arguments.logdir,
            arguments.output,
            lambda _: edits,
            drop_run=_drops(arguments.drop_runs),
            rename_run=_renames(arguments.rename_run),
            in_place=arguments.in_place,
            overwrite=arguments.overwrite,
            progress=progress,
        )

    output = arguments.logdir if arguments.in_place else arguments.output
    return rewrite(call, [arguments.logdir], output, arguments)


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
