"""Prints findings of `verify` and `repair`."""

from collections.abc import Iterator

from tensorbolt._wording import counted, plain
from tensorbolt.reading.report import FileReport, Finding, Neighbour

#: Findings of one file that are printed; `--json` has more.
MAX_FINDINGS = 20


def lines(file: FileReport) -> Iterator[str]:
    """One line for the file, then one for each finding."""
    yield f"{plain(file.url or file.path)}: {_state(file)}"
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
