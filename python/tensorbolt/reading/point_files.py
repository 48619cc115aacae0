"""Reads tables of scalars from CSV, JSON lines and Parquet files, in batches."""

import csv
import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from tensorbolt.reading.verify import Progress

#: Formats by the ends of file names.
SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
FORMATS = ("csv", "jsonl", "parquet")
#: Rows that are in memory at a time.
BATCH_ROWS = 100_000
#: Lines between two reports of progress.
PROGRESS_ROWS = 1000
#: Columns that are no tags.
_RESERVED = ("run", "step", "wall_time")


@dataclass
class Curve:
    """Points of one tag of one run, in the order of the file."""

    steps: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def batches(
    path: Path, form: str | None, progress: Progress
) -> Iterator[dict[tuple[str, str], Curve]]:
    """Yield the points of a file: from run and tag to what the next rows have of them.

    `progress` is called repeatedly with the file, the bytes read so far, and its size.

    Raises:
        ImportError: The format needs a library that is not installed.
        OSError: The file cannot be read.
        ValueError: It has not the columns or values that are needed.
    """
    form = form or SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise ValueError(
            f"the name of {str(path)!r} does not say its format; pass --format, one of {', '.join(FORMATS)}"
        )
    rows = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}[form](
        path, progress
    )
    # Where the table has no times, all points have that of the import.
    now = time.time()
    batch: dict[tuple[str, str], Curve] = {}
    for number, row in enumerate(rows, 1):
        try:
            _add(row, batch, now)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"row {number} of {str(path)!r}: {error}") from error
        if number % BATCH_ROWS == 0:
            yield batch
            batch = {}
    yield batch


def _lines(path: Path, progress: Progress) -> Iterator[str]:
    size = path.stat().st_size
    with path.open("rb") as file:
        lines = TextIOWrapper(file, newline="", encoding="utf-8-sig")
        for number, line in enumerate(lines):
            if number % PROGRESS_ROWS == 0:
                progress(path, file.tell(), size)
            yield line
    progress(path, size, size)


def _csv(path: Path, progress: Progress) -> Iterator[Mapping[Any, Any]]:
    return csv.DictReader(_lines(path, progress))


def _json_lines(path: Path, progress: Progress) -> Iterator[Mapping[Any, Any]]:
    for line in _lines(path, progress):
        if line.strip():
            yield json.loads(line)


def _parquet(path: Path, progress: Progress) -> Iterator[Mapping[Any, Any]]:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "reading Parquet files needs pyarrow: pip install pyarrow; CSV and JSON lines need nothing"
        ) from error
    size, done = path.stat().st_size, 0
    with pq.ParquetFile(path) as file:
        for part in file.iter_batches(batch_size=BATCH_ROWS):
            progress(path, size * done // file.metadata.num_rows, size)
            yield from part.to_pylist()
            done += part.num_rows


def _add(
    row: Mapping[Any, Any], batch: dict[tuple[str, str], Curve], now: float
) -> None:
    if not isinstance(row, Mapping):
        raise TypeError("it is no object with names")
    if row.get("step") in (None, ""):
        raise ValueError("it has no step")
    if None in row:
        raise ValueError("it has more cells than the header")
    step = _step(row["step"])
    seconds = _seconds(row.get("wall_time"), now)
    run = str(row.get("run") or ".")
    if "tag" in row and "value" in row:
        points: Any = [(row["tag"], row["value"])]
    else:
        points = [pair for pair in row.items() if pair[0] not in _RESERVED]
    for tag, value in points:
        if value is None or value == "":
            continue
        if not isinstance(tag, str) or not tag:
            raise ValueError("it has no tag")
        curve = batch.setdefault((run, tag), Curve())
        number = _number(tag, value)
        curve.steps.append(step)
        curve.times.append(seconds)
        curve.values.append(number)


def _step(value: Any) -> int:
    if isinstance(value, str):
        step = int(value)
    elif isinstance(value, bool) or int(value) != value:
        raise ValueError(f"step must be an integer, not {value!r}")
    else:
        step = int(value)
    if not -(2**63) <= step < 2**63:
        raise ValueError(f"step {step} does not fit 64 bits")
    return step


def _number(tag: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{tag!r} must have a number, not {value!r}") from error


def _seconds(value: Any, now: float) -> float:
    if value is None or value == "":
        return now
    if isinstance(value, datetime):
        when = value
    else:
        try:
            seconds = float(value)
        except ValueError:
            when = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        else:
            if not math.isfinite(seconds):
                raise ValueError(f"wall_time must be finite, not {value!r}")
            return seconds
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return when.timestamp()
