"""The tables of a run, as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

from benches.python.contenders import (
    NUMPY,
    OTHERS,
    OURS,
    OURS_ALONE,
    REFERENCE_WRITERS,
    SILENT,
)
from benches.python.results import Results, best, median
from benches.python.slopes import slopes
from benches.python.verdict import Verdict, of_extra, times_faster, verdicts

NONE = "–"
"""Where a contender cannot do it, or there is no target."""
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def markdown(results: Results) -> str:
    """Return all tables of a run."""
    parts = [
        f"`{results['command']}`, {_machine(results['machine'])}.",
        *_calls(results["rows"]),
        *_tails(results["rows"]),
        *_others(results["rows"]),
        *_training(results["training"]),
        *_curves(results["curves"]),
        *_extras(results["extras"]),
    ]
    return "\n".join(parts)


def duration(seconds: float | None) -> str:
    """Return a time with three digits that matter and a unit."""
    if seconds is None:
        return NONE
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _machine(about: Mapping[str, str]) -> str:
    worded = ("cpu", "system", "date")
    return ", ".join(
        text if name in worded else f"{name} {text}" for name, text in about.items()
    )


def _calls(rows: Mapping[str, Any]) -> list[str]:
    theirs = [one.name for one in REFERENCE_WRITERS]
    lines = []
    for name, entry in rows.items():
        row = entry["contenders"]
        measured = [
            one
            for one in (OURS_ALONE.name, OURS.name)
            if one in row and best(row[one], "caller") is not None
        ]
        # With one thread and with two: what has a target.
        aimed = [one for one in measured if verdicts(name, row, one)]
        for contender in aimed or measured:
            threads = ""
            if OURS_ALONE.name in row:
                threads = (
                    ", 1 thread" if contender == OURS_ALONE.name else ", 2 threads"
                )
            ratios = [
                number(times_faster(row, contender, which))
                for which in ("caller", "total")
            ]
            lines.append(
                [
                    f"{entry['what']}{threads}",
                    cell(row[contender], "caller"),
                    duration(best(row[contender], "total")),
                    *(
                        duration(best(row[one], "caller") if one in row else None)
                        for one in theirs
                    ),
                    f"**{ratios[0]}**; {ratios[1]}",
                    _targets(verdicts(name, row, contender)),
                ]
            )
    head = ["call", OURS.name, "until closed", *theirs, "times as fast", "target"]
    intro = (
        "How long a call holds its caller: the best round, and in brackets the median one. *Until closed*: from the first"
        " call until `close()` has returned, divided by the number of calls. Times as fast, in the call and until closed:"
        " best against the best of the faster reference writer."
    )
    return _section("Calls", intro, head, lines)


def cell(times: Any, which: str) -> str:
    """Return the best round and, in brackets, the median; `which` is `caller` or `total`."""
    if times is None:
        return NONE
    return f"{duration(best(times, which))} ({duration(median(times, which))})"


def _targets(judged: Iterable[Verdict]) -> str:
    texts: dict[bool, list[str]] = {True: [], False: []}
    for one in judged:
        sign = "≥" if one.at_least else "≤"
        which, _, short = one.what.rpartition(", ")
        short = short.replace("times as fast", "").strip()
        target = (
            duration(one.target)
            if short == "seconds"
            else f"{one.target:g} {short}".strip()
        )
        closed = "closed " if which == "total" else ""
        found = "" if one.at_least or short == "seconds" else f" ({number(one.found)})"
        texts[one.met].append(f"{closed}{sign} {target}{found}")
    words = {True: "met", False: "**missed**"}
    parts = [
        f"{', '.join(targets)}: {words[met]}"
        for met, targets in texts.items()
        if targets
    ]
    return "; ".join(parts) or NONE


def _tails(rows: Mapping[str, Any]) -> list[str]:
    names = [OURS.name, *(one.name for one in REFERENCE_WRITERS)]
    lines = []
    for entry in rows.values():
        tails = {
            name: times["tail"]
            for name, times in entry["contenders"].items()
            if times["tail"]
        }
        if tails:
            lines.append([entry["what"], *(_tail(tails.get(name)) for name in names)])
    intro = "Single calls of all rounds, as the caller sees them: the median, p99.9, and the slowest."
    return _section("Slow calls", intro, ["call", *names], lines)


def _tail(tail: Mapping[str, float] | None) -> str:
    if tail is None:
        return NONE
    return "; ".join(duration(tail[which]) for which in ("p50", "p99.9", "max"))


def _others(rows: Mapping[str, Any]) -> list[str]:
    names = [one.name for one in (NUMPY, *OTHERS)]
    names = [
        name
        for name in names
        if any(name in entry["contenders"] for entry in rows.values())
    ]
    lines = [
        [
            entry["what"],
            *(
                cell(entry["contenders"].get(one), "caller")
                for one in (OURS.name, *names)
            ),
        ]
        for entry in rows.values()
        if any(name in entry["contenders"] for name in names)
    ]
    intro = "Other work for another purpose, so no ratio: the sum of the array, and loggers of other formats."
    return _section("Other loggers", intro, ["call", OURS.name, *names], lines)


def _training(rows: Mapping[str, Any]) -> list[str]:
    names = [SILENT.name, OURS.name, *(one.name for one in REFERENCE_WRITERS)]
    lines = []
    for entry in rows.values():
        row, calls = entry["contenders"], entry["calls"]
        cells = []
        for name in names:
            seconds = [best(row[one], "total") for one in (name, SILENT.name)]
            if seconds[0] is None or not seconds[1]:
                cells.append(NONE)
                continue
            more = (
                "" if name == SILENT.name else f" (+{seconds[0] / seconds[1] - 1:.0%})"
            )
            cells.append(f"{duration(seconds[0] * calls)}{more}")
        lines.append([entry["what"], *cells])
    intro = (
        "Seconds of an epoch with everything logged at each step: loss, accuracy, learning rate, a histogram of each"
        " parameter and each gradient, an image of the batch. The best epoch; in brackets, what logging adds."
    )
    return _section("A training run", intro, ["training", *names], lines)


def _curves(curves: Mapping[str, Any]) -> list[str]:
    names = [OURS.name, *(one.name for one in REFERENCE_WRITERS)]
    lines = []
    for curve in curves.values():
        cells = dict.fromkeys(names, NONE)
        for name, which, found in slopes(curve):
            if which == "caller" and name in cells:
                first, last = found.ends
                ends = f"{first[0]:,}: {duration(first[1])}; {last[0]:,}: {duration(last[1])}"
                cells[name] = f"**{found.slope:.2f}** ({ends})"
        lines.append([curve["what"], *cells.values()])
    intro = (
        "The slope of a straight line through the logarithms of the best times of callers, and in brackets the curve's"
        " ends: at 1 the cost grows as the thing does, at 0 it does not grow."
    )
    return _section("Growth", intro, ["call", *names], lines)


def _extras(extras: Mapping[str, Any]) -> list[str]:
    lines = []
    for entry in extras.values():
        judged = of_extra(entry["contenders"][OURS.name], entry["limits"])
        for name, numbers in entry["contenders"].items():
            text = "; ".join(
                _with_unit(what, number) for what, number in numbers.items()
            )
            targets = "; ".join(
                f"{_with_unit(one.what, one.target)}: {'met' if one.met else '**missed**'}"
                for one in judged
            )
            lines.append(
                [entry["what"], name, text, targets if name == OURS.name else NONE]
            )
    intro = "Each in a process of its own."
    head = ["measure", "writer", "found", "target, at most"]
    return _section("The whole process", intro, head, lines)


def _with_unit(what: str, number: float) -> str:
    name, _, unit = what.rpartition(" ")
    if unit == "s":
        return f"{name} {duration(number)}"
    if unit == "MB":
        return f"{name} {number:.3g} MB"
    return f"{what} {number:,.0f}"


def number(ratio: float | None) -> str:
    """Return a ratio with the digits that matter."""
    if ratio is None:
        return NONE
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _section(
    title: str, intro: str, head: list[str], lines: list[list[str]]
) -> list[str]:
    if not lines:
        return []
    rule = ["---", *["---:"] * (len(head) - 1)]
    table = [f"| {' | '.join(cells)} |" for cells in (head, rule, *lines)]
    return ["", f"### {title}", "", intro, "", *table]
