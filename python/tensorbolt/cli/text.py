"""Prints findings of `verify` and `repair`, and the progress of a long check."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tensorbolt._wording import counted, plain
from tensorbolt.reading.report import FileReport, Finding, Neighbour

#: Findings of one file that are printed; `--json` has more.
MAX_FINDINGS = 20
#: Files of at least this size get a line of progress.
LONG_FILE_BYTES = 64 << 20
#: Seconds between two updates of the progress.
PROGRESS_SECONDS = 0.2


def lines(file: FileReport) -> Iterator[str]:
    """One line for the file, then one for each finding."""
    yield f"{plain(file.path)}: {_state(file)}"
    for finding in file.findings[:MAX_FINDINGS]:
        yield f"  {_finding(finding)}"
    more = file.damage + file.notes - len(file.findings[:MAX_FINDINGS])
    if more > 0:
        yield f"  and {more:,} more"


def _state(file: FileReport) -> str:
    if file.error is not None:
        return file.error
    state = "whole"
    if file.damage:
        state = f"damaged in {counted(file.damage, 'place')}"
    events = counted(file.records, "event")
    steps = f", steps {file.steps[0]} to {file.steps[1]}" if file.steps else ""
    return f"{state}; {events}{steps}, {counted(file.bytes, 'byte')}"


def _finding(finding: Finding) -> str:
    where = f"at byte {finding.offset}: " if finding.length else ""
    kind = "" if finding.damage else "note: "
    sides = [
        f"{word} {_neighbour(event)}"
        for word, event in (("after", finding.before), ("before", finding.after))
        if event is not None
    ]
    around = f" ({', '.join(sides)})" if sides else ""
    return f"{kind}{where}{plain(finding.message)}{around}"


def _neighbour(event: Neighbour) -> str:
    tags = " and ".join(repr(tag) for tag in event.tags[:1])
    others = " …" if len(event.tags) > 1 else ""
    return f"step {event.step}" + (f" of {tags}{others}" if tags else "")


def progress() -> Callable[[Path, int, int], None] | None:
    """A function that shows how far long files are; only on a terminal."""
    if not sys.stderr.isatty():
        return None
    last = 0.0

    def show(path: Path, done: int, size: int) -> None:
        nonlocal last
        now = time.monotonic()
        if size >= LONG_FILE_BYTES and now - last >= PROGRESS_SECONDS:
            last = now
            # Each update clears the line first. The last one stays until the report.
            share = f"{done / size:4.0%} of {size / 1e9:.1f} GB"
            sys.stderr.write(f"\r\x1b[K{plain(path.name)}: {share}\r")
            sys.stderr.flush()

    return show


def end_progress() -> None:
    """Clear the line that `progress` leaves."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[K")
        sys.stderr.flush()
