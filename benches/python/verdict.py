"""Whether a row meets its target."""

from typing import Any, NamedTuple

from benches.python.contenders import NUMPY, REFERENCE_WRITERS
from benches.python.results import best, faster_reference
from benches.python.runner import Times
from benches.python.targets import TARGETS


class Verdict(NamedTuple):
    """One number and its target."""

    what: str
    found: float
    target: float
    at_least: bool
    """Whether more is better."""

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.found >= self.target if self.at_least else self.found <= self.target


def verdicts(name: str, row: dict[str, Times], contender: str) -> list[Verdict]:
    """Return what the targets of a row say of one of tensorbolt's contenders; empty if there are none."""
    target = TARGETS.get((name, contender))
    if target is None or contender not in row:
        return []
    ours = row[contender]
    found = []
    for which, wanted in (("caller", target.caller), ("total", target.total)):
        ratio = times_faster(row, contender, which)
        if wanted is not None and ratio is not None:
            found.append(Verdict(f"{which}, times as fast", ratio, wanted, True))
    caller = best(ours, "caller")
    if caller is not None and target.seconds is not None:
        found.append(Verdict("seconds", caller, target.seconds, False))
    # An import leaves no log.
    logs = [row[one.name]["bytes"] for one in REFERENCE_WRITERS if one.name in row]
    if target.bytes is not None and ours["bytes"] and any(logs):
        share = min(ours["bytes"]) / min(map(min, filter(None, logs)))
        found.append(Verdict("times the bytes", share, target.bytes, False))
    if caller is not None and target.sums is not None and NUMPY.name in row:
        total = best(row[NUMPY.name], "caller")
        if total:
            found.append(Verdict("times numpy.sum", caller / total, target.sums, False))
    return found


def times_faster(row: dict[str, Times], contender: str, which: str) -> float | None:
    """Return how many times as fast a contender is as the faster reference writer, best round against best round."""
    theirs = faster_reference(row, which)
    ours = best(row[contender], which)
    return theirs / ours if theirs is not None and ours else None


def of_extra(numbers: dict[str, float], limits: dict[str, Any]) -> list[Verdict]:
    """Return what the limits of a whole-process measure say."""
    return [
        Verdict(what, numbers[what], limit, False)
        for what, limit in limits.items()
        if what in numbers
    ]
