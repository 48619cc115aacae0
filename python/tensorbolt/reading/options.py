"""Arguments of `tensorbolt.read`, checked."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tensorbolt import _core
from tensorbolt.reading.session_info import with_hparams

#: Kinds of data, as `kinds` and the table of tags name them.
KINDS = (
    "scalars",
    "histograms",
    "images",
    "audio",
    "text",
    "tensors",
    "pr_curves",
    "meshes",
    "graphs",
    "hparams",
    "layout",
)
_CHOICES = {
    "duplicates": ("last", "first", "all", "error"),
    "restarts": ("purge", "keep"),
    "on_damage": ("skip", "stop", "raise"),
    "wall_time": ("timestamp", "float"),
}
#: More threads wait for the same memory.
_MAX_THREADS = 16


@dataclass(frozen=True)
class Selection:
    """What of a log is read, and how.

    Attributes:
        kinds: Kinds of data.
        steps: The first and the last step.
        checksum: Whether all bytes are compared with their checksums.
        on_damage: `skip`, `stop` or `raise`.
        threads: Threads that read.
        wants_tag: Says whether a tag is wanted; `None` if all are.
    """

    kinds: tuple[str, ...]
    steps: tuple[int, int]
    checksum: bool
    on_damage: str
    threads: int
    wants_tag: Callable[[str], bool] | None

    def core(self, restarts: str, duplicates: str) -> _core.Log:
        """A log without files of which this is read; the tags of hyperparameters always are, where their kind is."""
        wants_tag = self.wants_tag
        if "hparams" in self.kinds:
            wants_tag = with_hparams(wants_tag)
        return _core.Log(
            list(self.kinds),
            self.steps,
            self.checksum,
            self.on_damage,
            restarts,
            duplicates,
            self.threads,
            wants_tag,
        )


#: All that there is, damaged places left out.
EVERYTHING = Selection(KINDS, (-(2**63), 2**63 - 1), True, "skip", 1, None)


def check_choices(**given: str) -> None:
    """Check the arguments that are one of a few words.

    Raises:
        ValueError: One is not.
    """
    for argument, value in given.items():
        if value not in _CHOICES[argument]:
            known = ", ".join(map(repr, _CHOICES[argument]))
            raise ValueError(f"{argument} must be one of {known}, not {value!r}")


def wanted_kinds(kinds: Iterable[str] | str | None) -> tuple[str, ...]:
    """The kinds that were asked for."""
    if kinds is None:
        return KINDS
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in wanted:
        if kind not in KINDS:
            raise ValueError(f"kinds must be of {', '.join(KINDS)}, not {kind!r}")
    return wanted


def wanted_threads(threads: int | None) -> int:
    """How many threads read."""
    if threads is None:
        cores = getattr(os, "sched_getaffinity", None)
        count = len(cores(0)) if cores else os.cpu_count() or 1
        return min(count, _MAX_THREADS)
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    return int(threads)
