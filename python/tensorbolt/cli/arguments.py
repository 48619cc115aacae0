"""Arguments that several commands take: each has one name, one meaning and one text of help."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from tensorbolt._addresses import is_store, without_login
from tensorbolt.cli.ending import ended_well
from tensorbolt.cli.help import Help

#: Where commands are added to the command line.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
#: Where writers put logs unless they are given a directory.
DEFAULT = "runs"

#: What a log may be for commands that read tables, and for those that work on files.
LOG = "directory with any number of runs, an event file, a pattern, or an address such as s3://bucket/runs"
FILES = "directory with any number of runs, or an event file"
FILES_OR_ADDRESS = f"{FILES}, also in a store, such as s3://bucket/runs"


def add_command(
    commands: Commands,
    name: str,
    call: Callable[[argparse.Namespace], int],
    *,
    summary: str,
    description: str,
    epilog: str,
) -> argparse.ArgumentParser:
    """Add a command without arguments, which calls a function with its arguments.

    Args:
        commands: Where to add it.
        name: The command.
        call: Its function, which returns the exit status.
        summary: The line about it in the help of the program.
        description: What it does.
        epilog: Exit status and examples.
    """
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=Help,
    )
    parser.set_defaults(call=ended_well(call), parser=parser)
    return parser


def add_logdir(parser: argparse.ArgumentParser, what: str = LOG) -> None:
    """Add the log to read; `runs` if none is given."""
    parser.add_argument(
        "logdir",
        nargs="?",
        default=DEFAULT,
        metavar="LOGDIR",
        help=f"{what} [{DEFAULT}]",
    )
    add_storage_options(parser)


def add_storage_options(parser: argparse.ArgumentParser) -> None:
    """Add `--storage-option`."""
    parser.add_argument(
        "--storage-option",
        action="append",
        default=[],
        type=_storage_option,
        metavar="KEY=VALUE",
        help="for the store's client, as in storage_options of SummaryWriter; may be given again",
    )


def _storage_option(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        # The text may be a secret.
        raise argparse.ArgumentTypeError(
            "an option must be KEY=VALUE, such as aws_region=eu-west-1"
        )
    return key, value


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the one log that is rewritten."""
    parser.add_argument("logdir", type=local_path, metavar="LOGDIR", help=FILES)


def local_path(text: str) -> Path:
    """The type of an argument that is a file or directory of this machine."""
    if is_store(text):
        raise argparse.ArgumentTypeError(
            f"{without_login(text)!r} is in an object store, and this command works on local files: copy the log first"
        )
    return Path(text)


def add_sources(
    parser: argparse.ArgumentParser, what: str, make: Callable[[str], Any]
) -> None:
    """Add one log or several, and what each argument becomes."""
    parser.add_argument("logdirs", nargs="+", type=make, metavar="LOGDIR", help=what)


def add_output(
    parser: argparse.ArgumentParser,
    *more: str,
    others: str | None = None,
    required: bool = True,
) -> None:
    """Add `-o` and `--overwrite` for a log that is made.

    Args:
        parser: The command.
        more: Further names of `-o`.
        others: What else it may be.
        required: Whether it must be given.
    """
    _add_output(parser, *more, others=others, required=required)
    add_overwrite(parser)


def add_places(parser: argparse.ArgumentParser) -> None:
    """Add `-o`, `--in-place` and `--dry-run`, of which at most one is given, and `--overwrite`."""
    where = parser.add_mutually_exclusive_group()
    _add_output(where, required=False)
    where.add_argument("--in-place", action="store_true", help="replace the log")
    where.add_argument(
        "--dry-run", action="store_true", help="write nothing; the same as neither"
    )
    add_overwrite(parser)


def _add_output(
    parser: "argparse._ActionsContainer",
    *more: str,
    required: bool,
    others: str | None = None,
) -> None:
    parser.add_argument(
        "-o",
        "--output",
        *more,
        required=required,
        type=Path,
        metavar="OUT",
        help="log directory to make" + (f", or {others}" if others else ""),
    )


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Add `--overwrite`."""
    parser.add_argument(
        "-f",
        "--overwrite",
        action="store_true",
        help="replace what is there; otherwise that is an error",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, for programs"
    )


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add `--runs`, `--tags` and `--steps`."""
    add_names(parser)
    parser.add_argument(
        "--steps",
        type=steps,
        metavar="FIRST:STOP",
        help="only steps from the first to before the second; either may be left out",
    )


def add_names(parser: argparse.ArgumentParser) -> None:
    """Add `--runs` and `--tags`."""
    for name, where in (("runs", "runs in whose name"), ("tags", "tags in which")):
        parser.add_argument(
            f"--{name}",
            type=pattern,
            metavar="REGEX",
            help=f"only {where} this is found",
        )


def pattern(text: str) -> "re.Pattern[str]":
    """The type of an argument that is a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a regular expression: {error}"
        ) from error


def steps(text: str) -> tuple[int | None, int | None]:
    """The type of an argument that is a range of steps, `FIRST:STOP`."""
    try:
        first, stop = text.split(":")
        return (int(first) if first else None, int(stop) if stop else None)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FIRST:STOP, such as 100:200, 100: or :200"
        ) from error


def at_least_one(text: str) -> int:
    """The type of an argument that is a number of things."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)
