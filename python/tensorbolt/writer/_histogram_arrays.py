"""Histograms of the arrays of a call: those that can be read now, and those that a device is still computing."""

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tensorbolt import _arrays, _core
from tensorbolt._core import DONE, Outcome, Writer
from tensorbolt.writer._base import WriterBase

if TYPE_CHECKING:
    from tensorbolt.device_values import Counted

Job: TypeAlias = "tuple[str, np.ndarray[Any, Any], bool]"
"""A tag, an array, and whether that holds the bits of bfloat16 numbers."""


class ArrayMethods(WriterBase):
    """Has arrays binned now, or when they have arrived."""

    def _own_default_bins(self) -> Any:
        """Return `default_bins` if they were changed."""
        raise NotImplementedError

    def _log_histograms(
        self, jobs: "list[Job]", step: Any, seconds: float | None, counter: str
    ) -> None:
        """Log checked arrays at one step."""
        raise NotImplementedError

    def _log_arrays(
        self,
        given: list[tuple[str, Any, str]],
        step: Any,
        seconds: float | None,
        counter: str,
        *,
        skips_empty: bool = False,
    ) -> None:
        """Log tags, arrays and their names in error texts at one step; with `auto_step` it is the next number of `counter`."""
        if self._defer_histograms(given, step, seconds, counter, skips_empty=skips_empty):  # fmt: skip
            return
        jobs = self._jobs_of(given, skips_empty=skips_empty)
        if jobs:
            self._wait_for(tag for tag, _, _ in jobs)
            self._log_histograms(jobs, step, seconds, counter)

    def _jobs_of(
        self, given: list[tuple[str, Any, str]], *, skips_empty: bool
    ) -> "list[Job]":
        jobs = []
        for tag, values, name in given:
            # Reading an empty one may wait for its device all the same.
            if skips_empty and self._framework(values) and 0 in values.shape:
                continue
            data, bfloat16 = _arrays.array(values, name)
            if not skips_empty:
                check_not_empty(data, name)
            if data.size:
                jobs.append((tag, data, bfloat16))
        return jobs

    def _defer_histograms(
        self,
        given: list[tuple[str, Any, str]],
        step: Any,
        seconds: float | None,
        counter: str,
        *,
        skips_empty: bool = False,
    ) -> bool:
        """Have histograms of arrays that a device is still computing written when they have arrived, and log the others.

        False if there is none of the former; then nothing is logged.
        """
        if not self._may_have_device_values():
            return False
        frameworks = [self._framework(values) for _, values, _ in given]
        if not any(frameworks) or self._own_default_bins() is not None:
            return False
        if not self._can_defer():
            return False
        # Imported here: most programs need none of it.
        from tensorbolt.device_values import histograms_of

        _, arrays, names = zip(*given, strict=True)
        places, snapshot = histograms_of(arrays, names, frameworks)
        if snapshot is None:
            return False
        waiting = set(places)
        others = [one for place, one in enumerate(given) if place not in waiting]
        jobs = self._jobs_of(others, skips_empty=skips_empty)
        self._wait_for(tag for tag, _, _ in jobs)
        seconds = _core.now() if seconds is None else seconds
        tags = [given[place][0] for place in places]
        outcome = DONE
        with self._numbered(step, counter) as number:
            if jobs:
                outcome = self._write(
                    lambda events: events.add_histograms(jobs, None, number, seconds)
                )
            self._queue().append(
                tags,
                snapshot,
                lambda found: self._write_arrived(tags, found, number, seconds),
                is_known=False,
                count=len(tags),
            )
        if outcome.alert:
            self._report_problems()
        self._warn_of_skipped([tag for tag, _, _ in jobs], outcome)
        return True

    def _write_arrived(
        self,
        tags: list[str],
        found: "list[_arrays.Array | Counted]",
        step: int,
        seconds: float,
    ) -> None:
        """Write histograms of what has arrived from a device: elements, or what it has counted of them."""
        for tag, one in zip(tags, found, strict=True):
            outcome = self._write(partial(_add_arrived, tag, one, step, seconds))
            counted = getattr(one, "skipped", None)
            skipped = outcome.skipped if counted is None else [counted]
            for of_one in skipped:
                self._warn_of_values(tag, *of_one)

    def _warn_of_skipped(self, tags: list[str], outcome: Outcome) -> None:
        for tag, skipped in zip(tags, outcome.skipped, strict=False):
            self._warn_of_values(tag, *skipped)

    def _warn_of_values(
        self, tag: str, nan: int, infinite: int, out_of_range: int
    ) -> None:
        if nan or infinite:
            self._notices.once(
                f"not finite {tag}",
                f"add_histogram: {nan} NaN and {infinite} infinite values of {tag!r} are left out of its histogram",
            )
        if out_of_range:
            self._notices.once(
                f"out of range {tag}",
                f"add_histogram: {out_of_range} values of {tag!r} are outside all buckets and not counted in any",
            )


def _add_arrived(
    tag: str,
    one: "_arrays.Array | Counted",
    step: int,
    seconds: float,
    events: Writer,
) -> Outcome:
    if isinstance(one, _arrays.Array):
        return events.add_histograms([(tag, *one)], None, step, seconds)
    return events.add_histogram_raw(
        tag, one.statistics, one.limits, one.counts, step, seconds
    )


def check_not_empty(data: "np.ndarray[Any, Any]", name: str) -> None:
    """Raise a `ValueError` for an array without elements."""
    if data.size == 0:
        raise ValueError(
            f"{name} is empty (shape {data.shape}); a histogram needs at least one element"
        )
