"""What commands that read a log share: how they open it, and what they say of damage."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorbolt._wording import counted, plain
from tensorbolt.cli.progress import progress
from tensorbolt.reading.inputs import size_of
from tensorbolt.reading.log import Log, read

#: `Log.damage` says this of a file that is still being written, or whose writer was killed: nothing whole is lost.
TORN = "the file ends inside a record"


@contextmanager
def opened(source: Any, arguments: argparse.Namespace, **options: Any) -> Iterator[Log]:
    """Open a log as the arguments ask. While it is read for long, a terminal shows what is read.

    Ends the program with a sentence and status 2 where there is no log.
    """
    try:
        log = read(
            source,
            runs=arguments.runs,
            tags=arguments.tags,
            steps=arguments.steps,
            # Commands that compare several logs have none.
            storage_options=dict(getattr(arguments, "storage_option", ())),
            **options,
        )
    except (FileNotFoundError, ImportError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    if not len(log):
        names = source if isinstance(source, list) else [source]
        chosen = " of these runs" if arguments.runs else ""
        where = ", ".join(map(plain, names))
        arguments.parser.error(f"there are no event files{chosen} in {where}")
    try:
        read_now(log)
        yield log
    finally:
        log.close()


def read_now(log: Log) -> None:
    """Read all of a log. While that lasts long, a terminal shows what share of the bytes is read."""

    def total() -> int | None:
        sizes = [size_of(file) for file in log._files]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    with progress(f"reading {counted(len(log), 'run')}", total) as update:
        log._read(update)


def damage_by_run(log: Log) -> dict[str, int]:
    """Places of each run at which data is lost or changed."""
    table = log.damage.to_dict()
    places: dict[str, int] = {}
    for run, reason in zip(table["run"], table["reason"], strict=True):
        if reason != TORN:
            places[run] = places.get(run, 0) + 1
    return places


def report_damage(log: Log) -> int:
    """Say on standard error what could not be read; how many places are damaged."""
    places = sum(damage_by_run(log).values())
    if places:
        print(
            f"the log is damaged in {counted(places, 'place')}, which were left out; `tensorbolt verify` says where",
            file=sys.stderr,
        )
    return places


def number(value: float) -> str:
    """A number for people: six significant digits."""
    return f"{value:.6g}"


def aligned(rows: list[list[str]], right: set[int]) -> Iterator[str]:
    """Lines with columns of equal width; those in `right` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
