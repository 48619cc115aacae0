"""`tensorbolt tail`: the curves of a run in the terminal, while it goes on."""

import argparse
import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from tensorbolt._addresses import SCHEMES, is_store
from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    FILES_OR_ADDRESS,
    Commands,
    add_command,
    add_logdir,
    add_names,
)

if TYPE_CHECKING:
    from tensorbolt.cli.tail_remote import RemoteLog
    from tensorbolt.reading.follow import FollowedLog, Point
    from tensorbolt.reading.inputs import File

MISSING = (
    "plots need two packages, rich and plotext: pip install 'tensorbolt[terminal]'"
)

DESCRIPTION = """\
Follows the scalars of one run, or of all runs below a directory, with a small plot for each tag. Where the
output is not a terminal, or with --lines, it prints run, step, tag and value, separated by tabs: the last ones
first, then each as it comes. With --json, each point is a JSON object on a line, with its time and its exact value.
Ctrl-C ends it and leaves the last plots standing.

Of a log in an object store, such as s3://bucket/runs, only the ends of the objects are read, at most 1 MiB of each
run; where there is no scalar in them, at most 64 MiB. Curves without a point there are left out, unless you ask for
--last all. Nothing has to be installed."""

EPILOG = """\
exit status:
  0  ended with Ctrl-C, or looked --once
  1  looked --once, and there is damage, which was left out; `tensorbolt verify` explains it
  2  wrong arguments, nothing there, or files that cannot be read

examples:
  tensorbolt tail                  the directory "runs", until Ctrl-C
  tensorbolt tail runs/first --tags loss
                                   tags with "loss" in them
  tensorbolt tail --tags '^train/(loss|lr)$' --runs 'lr0\\.1'
  tensorbolt tail --once           one look, and back to the prompt
  tensorbolt tail --lines --last all --once > points.tsv
                                   all points, for other programs
  tensorbolt tail --json | jq -r 'select(.value == "NaN") | .tag'
                                   tags that become NaN, as they do
  tensorbolt tail s3://bucket/runs --once --last 3"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "tail",
        run,
        summary="follow a run in the terminal",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser, FILES_OR_ADDRESS)
    add_names(parser)
    parser.add_argument("--once", action="store_true", help="look once, and end")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--lines", action="store_true", help="lines instead of plots")
    form.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object for each point, on a line, for programs",
    )
    parser.add_argument(
        "--last",
        type=_last,
        default=10,
        metavar="N",
        help="begin lines or JSON with so many points of each curve, or all [10]",
    )
    parser.add_argument(
        "--interval",
        type=_interval,
        metavar="SECONDS",
        help="between two looks at the files [1; 5 in a store]",
    )


def _last(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(
            f"must be a number from 0 on, or all, not {text!r}"
        )
    return int(text)


def _interval(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Follow, and return the exit status."""
    # Imported here, because `tensorbolt run` should start its program at once.
    from tensorbolt.reading.follow import Choice
    from tensorbolt.reading.signals import ended_by_sigterm

    log: FollowedLog | RemoteLog
    if is_store(arguments.logdir):
        from tensorbolt.cli import tail_remote

        choice, options = (
            Choice(arguments.tags, arguments.runs),
            dict(arguments.storage_option),
        )
        try:
            log = tail_remote.RemoteLog(
                arguments.logdir, choice, arguments.last, options
            )
        except ValueError as error:
            arguments.parser.error(plain(str(error)))
        seconds = arguments.interval or tail_remote.INTERVAL
    else:
        log, seconds = _local(arguments), arguments.interval or 1.0
    damaged = 0
    try:
        with ended_by_sigterm():
            if _plots(arguments):
                from tensorbolt.cli import tail_plots

                tail_plots.follow(log, seconds, once=arguments.once)
            elif arguments.once:
                damaged = _print_once(log, arguments)
            else:
                _follow_lines(log, arguments, seconds)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # The reader of our output has closed it; the rest of the buffer goes to the null device.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    damaged += log.damaged()
    if damaged:
        files = counted(damaged, "file")
        print(
            f"{files} damaged; whole records were read. See `tensorbolt verify`",
            file=sys.stderr,
        )
    return int(arguments.once and damaged > 0)


def _local(arguments: argparse.Namespace) -> "FollowedLog":
    """The log in a local directory."""
    from tensorbolt.reading import discover
    from tensorbolt.reading.follow import Choice, FollowedLog

    if "://" in arguments.logdir:
        arguments.parser.error(
            f"LOGDIR must be a local directory or an address that begins with one of {', '.join(SCHEMES)}, not"
            f" {plain(arguments.logdir)!r}; copy the log, or look at it with `tensorbolt view`"
        )
    top = Path(arguments.logdir).expanduser()
    if not top.exists() or (arguments.once and not any(discover.event_files(top))):
        arguments.parser.error(plain(discover.no_log(top)))
    return FollowedLog(top, Choice(arguments.tags, arguments.runs))


def _plots(arguments: argparse.Namespace) -> bool:
    """Whether to draw plots; on a terminal that lacks the packages for it, print what is missing."""
    if arguments.lines or arguments.json or not sys.stdout.isatty():
        return False
    import importlib.util

    there = all(map(importlib.util.find_spec, ("rich", "plotext")))
    if not there:
        print(f"tensorbolt tail: {MISSING}", file=sys.stderr)
    return there


def _print_once(log: "FollowedLog | RemoteLog", arguments: argparse.Namespace) -> int:
    """Print the last points of each curve, and return how many files are damaged."""
    # Only one look reads whole logs, and needs the reader's tables.
    from tensorbolt.cli import tail_lines
    from tensorbolt.cli.logs import read_now
    from tensorbolt.reading.follow import FollowedLog

    source: Path | list[File]
    if isinstance(log, FollowedLog):
        source = Path(arguments.logdir).expanduser()
    else:
        source = log.begin()
        if not log.files:
            where = plain(arguments.logdir)
            arguments.parser.error(f"there are no event files at {where}")
    with tail_lines.opened(source, arguments.tags, arguments.runs) as opened:
        read_now(opened)
        form = tail_lines.json_lines if arguments.json else tail_lines.lines
        for lines in form(opened.scalars, arguments.last):
            sys.stdout.write(lines)
        sys.stdout.flush()
        return tail_lines.damaged_files(opened)


def _follow_lines(
    log: "FollowedLog | RemoteLog", arguments: argparse.Namespace, seconds: float
) -> None:
    """Print points: the last ones of each curve, then each as it comes."""
    put = _print_json if arguments.json else _print
    last: dict[tuple[str, str], deque[tuple[int, Point]]] = {}
    for number, point in enumerate(log.advance()):
        if arguments.last is None:
            put(point)
        else:
            curve = last.setdefault(
                (point.run, point.tag), deque(maxlen=arguments.last)
            )
            curve.append((number, point))
    for _, point in sorted(
        (entry for curve in last.values() for entry in curve),
        key=lambda entry: entry[0],
    ):
        put(point)
    sys.stdout.flush()
    if not log.files:
        print(f"waiting for event files in {plain(arguments.logdir)}", file=sys.stderr)
    while True:
        time.sleep(seconds)
        for point in log.advance():
            put(point)
        sys.stdout.flush()


def _print(point: "Point") -> None:
    print(
        plain(point.run), point.step, plain(point.tag), f"{point.value:.9g}", sep="\t"
    )


def _print_json(point: "Point") -> None:
    # Only JSON needs the module.
    from tensorbolt.cli.json_output import point_text

    print(point_text(point.run, point.tag, point.step, point.wall_time, point.value))
