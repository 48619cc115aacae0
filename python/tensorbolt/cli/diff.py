"""`tensorbolt diff`: whether two logs have the same scalars."""

import argparse
import dataclasses
import sys

from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import LOG, Commands, add_choices, add_command, add_json
from tensorbolt.cli.json_output import print_json
from tensorbolt.cli.logs import (
    number,
    opened,
    report_damage,
)
from tensorbolt.cli.progress import progress
from tensorbolt.reading.compare import Difference, compare
from tensorbolt.reading.log import Log

DESCRIPTION = """\
Compares the scalars of two logs, run by run, tag by tag and step by step. It is made for tests that must
notice a change of a training run. Two values are equal if |a - b| <= ATOL + RTOL * |b|; NaN equals NaN.
Without tolerances they must be equal bit for bit. Wall times, images, histograms and other data are not
compared; the last line says how many tags that were."""

EPILOG = """\
exit status:
  0  no difference
  1  there are differences, nothing to compare, or a log is damaged, so that not all of it was compared
  2  wrong arguments, nothing there, or files that cannot be read

examples:
  tensorbolt diff runs/reference runs/today
                              must be equal
  tensorbolt diff runs/reference runs/today --rtol 1e-5 --tags '^(loss|lr)$'
                              these two tags must be nearly equal
  tensorbolt diff runs/reference runs/today --common
                              only runs, tags and steps that both have
  tensorbolt diff runs/reference runs/today --json | python -m json.tool"""


def _tolerance(text: str) -> float:
    value = float(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 0")
    return value


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "diff",
        run,
        summary="compare the scalars of two logs",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    for name, what in (("a", "the log to check"), ("b", "the reference")):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help=f"{what}: {LOG}",
        )
    for name in ("rtol", "atol"):
        parser.add_argument(
            f"--{name}",
            type=_tolerance,
            default=0.0,
            metavar=name.upper(),
            help=f"{'relative' if name == 'rtol' else 'absolute'} tolerance [0]",
        )
    parser.add_argument(
        "--common",
        action="store_true",
        help="ignore runs, tags and steps that only one of them has",
    )
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, print the differences, and return the exit status."""
    with opened(arguments.a, arguments) as a, opened(arguments.b, arguments) as b:
        damaged = report_damage(a) + report_damage(b) > 0
        others = len(_other_tags(a) | _other_tags(b))
        with progress("comparing"):
            compared = compare(
                a.scalars,
                b.scalars,
                rtol=arguments.rtol,
                atol=arguments.atol,
                common=arguments.common,
            )
    differences = [one for one in compared if not one.is_equal]
    if arguments.json:
        print_json(
            {
                "equal": not differences,
                "damaged": damaged,
                "compared": len(compared),
                "not_compared": others,
                "differences": [dataclasses.asdict(one) for one in differences],
            }
        )
    else:
        for one in differences:
            print(_line(one, arguments.a, arguments.b))
        print(_summary(len(compared), len(differences), others))
    if not compared and not arguments.json:
        print("no curve was compared", file=sys.stderr)
    return int(bool(differences) or damaged or not compared)


def _other_tags(log: Log) -> set[tuple[str, str]]:
    columns = log.tags.to_dict()
    rows = zip(columns["run"], columns["tag"], columns["kind"], strict=True)
    return {(run, tag) for run, tag, kind in rows if kind != "scalars"}


def _summary(compared: int, differences: int, others: int) -> str:
    verb = "differs" if differences == 1 else "differ"
    line = f"{counted(compared, 'curve')} compared, {differences or 'none'} {verb if differences else 'differs'}"
    if others:
        line += f"; {counted(others, 'tag')} of other kinds not compared"
    return line


def _line(one: Difference, a: str, b: str) -> str:
    curve = f"{plain(one.run)}  {plain(one.tag)}: "
    if one.only_in is not None:
        return curve + f"only in {plain(a if one.only_in == 'a' else b)}"
    parts = []
    if one.differing:
        parts.append(
            f"{one.differing:,} of {counted(one.steps, 'step')} differ, most by {number(one.largest)} at step {one.largest_step}"
        )
    for count, where in ((one.missing_in_b, a), (one.missing_in_a, b)):
        if count:
            parts.append(f"{counted(count, 'step')} only in {plain(where)}")
    values = " and ".join(
        "nothing" if value is None else repr(value) for value in one.first_values
    )
    return curve + "; ".join(parts) + f"; first at step {one.first_step}: {values}"
