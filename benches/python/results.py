"""What a run leaves: one JSON file, from which tables and plots are drawn."""

import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

from benches.python.contenders import EVERYONE, REFERENCE_WRITERS
from benches.python.runner import Times

Results = dict[str, Any]
"""`machine`, `command`, `rows`, `curves`, `training` and `extras`; seconds everywhere."""


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the times."""
    versions = {
        package: number
        for contender in EVERYONE
        if contender.available
        for package, number in contender.versions().items()
    }
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def new(directory: Path) -> Path:
    """Return where a run of now goes."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{time.strftime('%Y%m%d-%H%M%S')}.json"


def save(results: Results, path: Path) -> None:
    """Write what there is so far."""
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Results:
    """Read what `save` wrote, of a run that was cut short too."""
    results: Results = json.loads(path.read_text(encoding="utf-8"))
    return results


def best(times: Times, which: str) -> float | None:
    """Return the quickest round; `which` is `caller` or `total`."""
    rounds: list[float] = times[which]  # type: ignore[literal-required]
    return min(rounds) if rounds else None


def median(times: Times, which: str) -> float | None:
    """Return the usual round."""
    rounds: list[float] = times[which]  # type: ignore[literal-required]
    return statistics.median(rounds) if rounds else None


def faster_reference(row: dict[str, Times], which: str) -> float | None:
    """Return the best time of the faster reference writer, if one takes part."""
    found = [best(row[one.name], which) for one in REFERENCE_WRITERS if one.name in row]
    return min((seconds for seconds in found if seconds is not None), default=None)


def _first(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = (line.split(":", 1)[1].strip() for line in lines if line.startswith(key))
    return next(found, "")
