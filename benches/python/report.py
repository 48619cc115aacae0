"""Says on which machine what took how long: a table to read, JSON to keep."""

import json
import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benches.python.contenders import CONTENDERS, OURS
from benches.python.runner import Times

NONE = "-"
"""Where a contender cannot do it."""

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def machine() -> dict[str, Any]:
    """Return what a reader needs to judge the times."""
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count()
    )
    versions = {
        name: text
        for contender in CONTENDERS
        for name, text in contender.versions().items()
    }
    return {
        "cpu": _cpu(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
        "numpy": version("numpy"),
        "date": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def table(results: Mapping[str, Mapping[str, Times]], about: Mapping[str, Any]) -> str:
    """Return everything as Markdown.

    Two tables, because a writer can return at once and still keep the machine busy: the time for which the caller is
    held up, and the time until the file is complete. Ratios compare best with best and, in brackets, median with
    median, against the faster incumbent.
    """
    line = ", ".join(
        f"{name} {text}" if name not in ("cpu", "system", "date") else f"{text}"
        for name, text in about.items()
    )
    parts = [
        line,
        "",
        "Time of a call, as the caller sees it: best (median)",
        "",
        *_rows(results, "caller"),
    ]
    logged = {
        name: times for name, times in results.items() if not name.startswith("import/")
    }
    if logged:
        parts += [
            "",
            "Time per call until `close()` has returned: best (median)",
            "",
            *_rows(logged, "total"),
        ]
    tails = {
        name: times
        for name, times in results.items()
        if any(mine.latencies for mine in times.values())
    }
    if tails:
        parts += [
            "",
            "Slowest call in a thousand (p99.9), as the caller sees it",
            "",
            *_tails(tails),
        ]
    return "\n".join(parts)


def save(
    results: Mapping[str, Mapping[str, Times]], about: Mapping[str, Any], folder: Path
) -> Path:
    """Write the numbers of every round to a new JSON file, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"python-{time.strftime('%Y%m%d-%H%M%S')}.json"
    rows = {
        scenario: {
            name: {**mine.summary(), "caller": mine.caller, "total": mine.total}
            for name, mine in times.items()
        }
        for scenario, times in results.items()
    }
    path.write_text(
        json.dumps({"machine": about, "seconds": rows}, indent=1), encoding="utf-8"
    )
    return path


def duration(seconds: float) -> str:
    """Return a time with three digits that matter and a unit."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _rows(results: Mapping[str, Mapping[str, Times]], which: str) -> list[str]:
    names = [contender.name for contender in CONTENDERS]
    lines = _head(["scenario", *names, "times faster"])
    for scenario, times in results.items():
        summaries = {name: mine.summary() for name, mine in times.items()}
        cells = [
            f"{duration(summaries[name][f'{which}_best'])} ({duration(summaries[name][f'{which}_median'])})"
            if name in summaries
            else NONE
            for name in names
        ]
        ratios = [
            _ratio({name: one[f"{which}_{kind}"] for name, one in summaries.items()})
            for kind in ("best", "median")
        ]
        lines.append(_line([scenario, *cells, f"**{ratios[0]}** ({ratios[1]})"]))
    return lines


def _tails(results: Mapping[str, Mapping[str, Times]]) -> list[str]:
    names = [contender.name for contender in CONTENDERS]
    lines = _head(["scenario", *names, "times faster"])
    for scenario, times in results.items():
        tails = {
            name: tail
            for name, mine in times.items()
            if (tail := mine.tail()) is not None
        }
        lines.append(
            _line(
                [
                    scenario,
                    *(
                        duration(tails[name]) if name in tails else NONE
                        for name in names
                    ),
                    _ratio(tails),
                ]
            )
        )
    return lines


def _ratio(seconds: Mapping[str, float]) -> str:
    others = [taken for name, taken in seconds.items() if name != OURS.name]
    if OURS.name not in seconds or not others:
        return NONE
    ratio = min(others) / seconds[OURS.name]
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _head(cells: list[str]) -> list[str]:
    return [_line(cells), _line(["---", *["---:"] * (len(cells) - 1)])]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (
            line.split(":", 1)[1].strip()
            for line in lines
            if line.startswith("model name")
        ),
        platform.machine(),
    )
