"""What TensorBoard has to be told so that it shows all of a log.

Its defaults are made for small memory: ten pictures of each tag, drawn by chance, one growing file in each folder. Here the
log is looked at, and every flag comes with the reason for it.
"""

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tensorbolt import _core
from tensorbolt._wording import counted
from tensorbolt.reading.discover import EventFile, event_files

#: Steps of each tag that TensorBoard keeps, by the name of the plugin, unless it is told otherwise.
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
#: What a step takes there at least; a scalar is small, but not the page that draws it.
MIN_SAMPLE_BYTES = 256
#: Steps of one tag that a page still draws without delay.
MAX_SAMPLES = 10_000
#: Seconds since the last write during which a file counts as being written. TensorBoard itself goes by a day.
LIVE_SECONDS = 24 * 3600.0
#: Seconds that the look may take; the rest of a larger log is estimated.
SCAN_SECONDS = 5.0


@dataclass(frozen=True)
class Need:
    """A flag of TensorBoard, and the reason for it."""

    flag: str
    reason: str


@dataclass(frozen=True)
class Log:
    """What a look at a log found.

    Attributes:
        files: Event files.
        runs: Folders with event files.
        needs: Flags that this log needs.
        remarks: Sentences on what no flag helps against.
    """

    files: int
    runs: int
    needs: tuple[Need, ...]
    remarks: tuple[str, ...]


def look_at(top: Path, patience: float = SCAN_SECONDS) -> Log:
    """Look at a log directory, for as many seconds at most."""
    looks = [_Look(file) for file in event_files(top)]
    deadline = time.monotonic() + patience
    # In turn, so that where time is up something is known of most runs.
    waiting = deque(looks)
    while waiting and time.monotonic() < deadline:
        look = waiting.popleft()
        if look.go_on():
            waiting.append(look)
    needs = [*_samples(looks), *_several_files(looks), *_loader(looks)]
    runs = {look.file.run for look in looks}
    return Log(len(looks), len(runs), tuple(needs), tuple(_remarks(looks)))


class _Look:
    """One file, and what was read of it."""

    def __init__(self, file: EventFile) -> None:
        self.file = file
        self.error: str | None = None
        self.follower = _core.Follower(file.path)

    def go_on(self) -> bool:
        """Read some more; whether there is more after that."""
        try:
            return self.follower.look()[1]
        except OSError as error:
            self.error = str(error)
            return False

    def is_live(self) -> bool:
        """Whether somebody may still write to it."""
        return self.file.modified >= time.time() - LIVE_SECONDS

    def share(self) -> float:
        """By what to multiply counts to have those of the whole file."""
        return max(1.0, self.file.size / max(self.follower.position, 1))


def _samples(looks: list[_Look]) -> Iterator[Need]:
    """The steps to keep of each tag, where the default would leave some out."""
    count: Counter[tuple[str, str, str]] = Counter()
    size: Counter[tuple[str, str, str]] = Counter()
    for look in looks:
        for tag, (plugin, values, taken) in look.follower.series().items():
            series = (plugin, look.file.run, tag)
            count[series] += round(values * look.share())
            size[series] += round(taken * look.share())
    longest: Counter[str] = Counter()
    step: Counter[str] = Counter()
    for series, values in count.items():
        plugin = series[0]
        longest[plugin] = max(longest[plugin], values)
        step[plugin] += max(size[series] // max(values, 1), MIN_SAMPLE_BYTES)
    growing = any(look.is_live() for look in looks)
    flags, reasons = [], []
    for plugin, kept in DEFAULT_SAMPLES.items():
        steps = longest[plugin]
        # What is short may still become long, and the flag cannot be changed later.
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


def _several_files(looks: list[_Look]) -> Iterator[Need]:
    """Polling of all files of a folder, where several may still grow."""
    live = Counter(look.file.run for look in looks if look.is_live())
    several = sum(files > 1 for files in live.values())
    if several:
        yield Need(
            "--reload_multifile=true",
            f"{counted(several, 'run')} of this log may be written by several processes; its Python loader would go on"
            " with the last file only",
        )


def _loader(looks: list[_Look]) -> Iterator[Need]:
    """The slower loader, where the fast one would leave something out."""
    timeless = sum(look.follower.timeless > 0 for look in looks)
    if timeless:
        yield Need(
            "--load_fast=false",
            f"{counted(timeless, 'file')} with a time that is not a number, at which its fast loader stops",
        )


def _remarks(looks: list[_Look]) -> Iterator[str]:
    damaged = sum(look.follower.damage > 0 for look in looks)
    if damaged:
        yield (
            f"{counted(damaged, 'file')} damaged: TensorBoard stops reading there; see `tensorbolt verify`"
        )
    failed = [look for look in looks if look.error is not None]
    if failed:
        yield f"{counted(len(failed), 'file')} could not be read: {failed[0].error}"
