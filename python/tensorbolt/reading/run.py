"""The runs of a log."""

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run: a directory with event files.

    Attributes:
        name: The directory, relative to the log directory, with `/` between its parts; `.` for the log directory itself.
        path: The directory; `None` for an open file.
        files: Names of its event files, in the order in which they are read.
        start_time: The lowest time of its events, in UTC; `None` if no event has one.
        end_time: The highest.
        event_count: Whole events that could be taken apart.
        nbytes: Bytes of its files.
        versions: What the first event of each file says of its format, such as `brain.Event:2`.
    """

    name: str
    path: Path | None
    files: tuple[str, ...]
    start_time: datetime | None
    end_time: datetime | None
    event_count: int
    nbytes: int
    versions: tuple[str, ...]


def moment(seconds: float | None) -> datetime | None:
    """The time in UTC, or `None` where the calendar does not have it."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, ValueError, OSError):
        # A year that the calendar does not have.
        return None
