"""Flags with which TensorBoard shows all of a log, each with its reason.

TensorBoard's defaults save memory: it keeps ten images of each tag, chosen at random, and follows one growing file in each
directory.
"""

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tensorbolt import _core
from tensorbolt._wording import counted
from tensorbolt.reading.discover import EventFile, event_files

#: Steps of each tag that TensorBoard keeps by default, by the name of the plugin.
DEFAULT_SAMPLES = {
    "audio": 10,
    "histograms": 500,
    "images": 10,
    "mesh": 100,
    "pr_curves": 100,
    "scalars": 1000,
    "text": 100,
}
#: Bytes that the steps of one plugin may take in TensorBoard's memory.
SAMPLES_BYTES = 256 << 20
#: Bytes counted for a step at least. A scalar is small, but the page that draws it is not.
MIN_SAMPLE_BYTES = 256
#: Steps of one tag that a page draws without delay.
MAX_SAMPLES = 10_000
#: Seconds since the last write during which a file counts as being written; a day, as in TensorBoard.
LIVE_SECONDS = 24 * 3600.0
#: Seconds that reading the log may take; the rest of a larger log is estimated.
SCAN_SECONDS = 5.0


@dataclass(frozen=True)
class Need:
    """A flag of TensorBoard, and the reason for it."""

    flag: str
    reason: str


@dataclass(frozen=True)
class Log:
    """Counts of a log, and the flags that it needs.

    Attributes:
        files: Event files.
        runs: Directories with event files.
        needs: Flags that this log needs.
        remarks: Sentences on problems that no flag solves.
    """

    files: int
    runs: int
    needs: tuple[Need, ...]
    remarks: tuple[str, ...]


def scan(top: Path, seconds: float = SCAN_SECONDS) -> Log:
    """Read the files of a log directory, for at most `seconds`."""
    scans = [_Scan(file) for file in event_files(top)]
    deadline = time.monotonic() + seconds
    # The files take turns, so that at the deadline most runs have been read in part.
    waiting = deque(scans)
    while waiting and time.monotonic() < deadline:
        scan = waiting.popleft()
        if scan.advance():
            waiting.append(scan)
    needs = [*_samples(scans), *_several_files(scans), *_loader(scans)]
    runs = {scan.file.run for scan in scans}
    return Log(len(scans), len(runs), tuple(needs), tuple(_remarks(scans)))


class _Scan:
    """One file, and what was read of it."""

    def __init__(self, file: EventFile) -> None:
        self.file = file
        self.error: str | None = None
        self.follower = _core.Follower(file.path)

    def advance(self) -> bool:
        """Read a part of the file; return whether there is more."""
        try:
            return self.follower.poll()[1]
        except OSError as error:
            self.error = str(error)
            return False

    def is_live(self) -> bool:
        """Whether a program may still write to the file."""
        return self.file.modified >= time.time() - LIVE_SECONDS

    def scale(self) -> float:
        """Return the factor from counts of the part that was read to counts of the whole file."""
        return max(1.0, self.file.size / max(self.follower.position, 1))


def _samples(scans: list[_Scan]) -> Iterator[Need]:
    """Yield the flag for the steps to keep of each tag, if TensorBoard's default would leave some out."""
    count: Counter[tuple[str, str, str]] = Counter()
    size: Counter[tuple[str, str, str]] = Counter()
    for scan in scans:
        for tag, (plugin, values, taken) in scan.follower.series().items():
            series = (plugin, scan.file.run, tag)
            count[series] += round(values * scan.scale())
            size[series] += round(taken * scan.scale())
    longest: Counter[str] = Counter()
    step: Counter[str] = Counter()
    for series, values in count.items():
        plugin = series[0]
        longest[plugin] = max(longest[plugin], values)
        step[plugin] += max(size[series] // max(values, 1), MIN_SAMPLE_BYTES)
    growing = any(scan.is_live() for scan in scans)
    flags, reasons = [], []
    for plugin, kept in DEFAULT_SAMPLES.items():
        steps = longest[plugin]
        # A short series may still grow, and the flag cannot be changed later.
        if steps <= kept and not (steps and growing):
            continue
        keep = min(MAX_SAMPLES, SAMPLES_BYTES // step[plugin])
        if keep > kept:
            flags.append(f"{plugin}={keep}")
            so_far = " so far" if growing else ""
            reasons.append(f"{plugin} {steps:,}{so_far} (it would keep {kept:,})")
    if flags:
        yield Need(
            f"--samples_per_plugin={','.join(flags)}",
            f"steps of the longest tag: {', '.join(reasons)}",
        )


def _several_files(scans: list[_Scan]) -> Iterator[Need]:
    """Yield the flag that follows all files of a directory, if several may still grow."""
    live = Counter(scan.file.run for scan in scans if scan.is_live())
    several = sum(files > 1 for files in live.values())
    if several:
        yield Need(
            "--reload_multifile=true",
            f"{counted(several, 'run')} of this log may be written by several processes; TensorBoard's Python loader"
            " would follow the last file only",
        )


def _loader(scans: list[_Scan]) -> Iterator[Need]:
    """Yield the flag for the slower loader, if the fast one would stop early."""
    nan_times = sum(scan.follower.nan_times > 0 for scan in scans)
    if nan_times:
        yield Need(
            "--load_fast=false",
            f"{counted(nan_times, 'file')} with a time that is not a number, at which TensorBoard's fast loader stops",
        )


def _remarks(scans: list[_Scan]) -> Iterator[str]:
    damaged = sum(scan.follower.damage > 0 for scan in scans)
    if damaged:
        yield (
            f"{counted(damaged, 'file')} damaged: TensorBoard stops reading there; see `tensorbolt verify`"
        )
    failed = [scan for scan in scans if scan.error is not None]
    if failed:
        yield f"{counted(len(failed), 'file')} could not be read: {failed[0].error}"
