"""Finds the event files below a directory by their names, as TensorBoard does."""

import difflib
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tensorbolt.reading.verify import EVENT_FILE_MARK, directories

#: Directories that the search for a suggestion reads; a whole disk would take minutes.
MAX_DIRECTORIES = 2000
#: Levels that the search goes down.
MAX_DEPTH = 4
#: Suggestions in an error message.
MAX_SUGGESTED = 3


@dataclass(frozen=True)
class EventFile:
    """One event file.

    Attributes:
        path: Its path.
        run: Name of its run: its directory, relative to the log directory.
        identity: Device and number of the file; another file of the same name has others.
        size: Bytes.
        modified: Seconds since the epoch of the last write.
    """

    path: Path
    run: str
    identity: tuple[int, int]
    size: int
    modified: float


def event_files(top: Path) -> Iterator[EventFile]:
    """The event files below a directory, or the one file, in the order in which TensorBoard reads them."""
    if top.is_file():
        yield from _event_file(top, ".")
        return
    for directory, names in directories(top):
        run = os.path.relpath(directory, top)
        for name in sorted(names):
            if EVENT_FILE_MARK in name:
                yield from _event_file(directory / name, run)


def _event_file(path: Path, run: str) -> Iterator[EventFile]:
    try:
        state = path.stat()
    except OSError:
        # Removed meanwhile, or a link to nowhere.
        return
    if not stat.S_ISREG(state.st_mode):
        return
    identity = (state.st_dev, state.st_ino)
    yield EventFile(path, run, identity, state.st_size, state.st_mtime)


def nearest(path: Path) -> list[Path]:
    """Return directories with event files that the user may have meant by `path`, the likeliest first."""
    wanted = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they were typed
    start = next(place for place in (wanted, *wanted.parents) if place.is_dir())
    # Next to an existing directory without a log, there may be one with a log.
    places = [start, start.parent] if start == wanted else [start]
    found = dict.fromkeys(log for place in places for log in _logs(place))
    name = wanted.name.casefold()

    def likeness(log: Path) -> float:
        parts = log.parts[-2:]
        return max(
            difflib.SequenceMatcher(None, part.casefold(), name).ratio()
            for part in parts
        )

    return sorted(found, key=likeness, reverse=True)[:MAX_SUGGESTED]


def _logs(place: Path) -> Iterator[Path]:
    """Yield the nearest directories with event files, or their parents, level by level."""
    waiting = deque([place])
    for _ in range(MAX_DIRECTORIES):
        if not waiting:
            return
        directory = waiting.popleft()
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(EVENT_FILE_MARK in entry.name for entry in entries):
            # TensorBoard shows several runs of one parent together.
            near = place in (directory, directory.parent)
            yield directory if near else directory.parent
        if len(directory.relative_to(place).parts) < MAX_DEPTH:
            waiting.extend(
                directory / entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir()
            )


def no_log(path: Path) -> str:
    """Return a sentence for a path without event files, with suggestions."""
    what = "no event files in" if path.exists() else "there is no"
    likely = nearest(path)
    if not likely:
        return f"{what} {str(path)!r}; pass the directory that the program logs to, as it was given to SummaryWriter"
    return f"{what} {str(path)!r}; did you mean {_or(likely)}?"


def _or(paths: list[Path]) -> str:
    here = Path.cwd()
    names = [
        repr(str(path.relative_to(here) if path.is_relative_to(here) else path))
        for path in paths
    ]
    return " or ".join(names)
