"""Rewrites event files: edited, or several as one. What is not changed stays byte for byte."""

import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tensorbolt import _core
from tensorbolt.reading.discover import EventFile, event_files, no_log
from tensorbolt.reading.edits import Counts, Edits, RunEditor
from tensorbolt.reading.report import FileReport
from tensorbolt.reading.verify import Progress, examine
from tensorbolt.reading.work_directory import work_directory

#: Before a record's content: its length, and the checksum of the length.
_LENGTH = struct.Struct("<Q")
_BEFORE = 12
#: Bytes of records that are edited at once.
_CHUNK_BYTES = 1 << 16


@dataclass
class Rewritten:
    """What was written, or would be.

    Attributes:
        files: Event files that were read.
        changed: Those that are not the same any more.
        runs: Runs that were read.
        runs_left_out: Runs that are not written.
        counts: What became of events and values.
        damaged: Reports of files with damage, or that end inside a record; their whole records were kept.
    """

    files: int = 0
    changed: int = 0
    runs: int = 0
    runs_left_out: int = 0
    counts: Counts = field(default_factory=Counts)
    damaged: list[FileReport] = field(default_factory=list)


@dataclass
class RunPlan:
    """One run of the output.

    Attributes:
        name: Its directory, relative to the top of the log.
        sources: The event files that it is made of, in their order.
        merged: Whether they become one file.
    """

    name: str
    sources: list[Path]
    merged: bool = False


def found_runs(source: Path) -> dict[str, list[EventFile]]:
    """From name of a run to its event files.

    Raises:
        FileNotFoundError: There are none.
    """
    runs: dict[str, list[EventFile]] = {}
    if source.exists():
        for file in event_files(source):
            runs.setdefault(file.run, []).append(file)
    if not runs:
        raise FileNotFoundError(no_log(source))
    return runs


def write_runs(
    plans: Sequence[RunPlan],
    output: Path | None,
    edits_of: Callable[[RunPlan], Edits],
    progress: Progress | None,
) -> tuple[Rewritten, dict[Path, Path]]:
    """Write runs below a directory, or find out what would be written.

    Returns:
        What was written, and from each source that changed to its file in `output`.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: The edits do not fit the log.
    """
    result = Rewritten()
    changed: dict[Path, Path] = {}
    with work_directory(Path(tempfile.gettempdir())) as saved:
        for plan in plans:
            result.runs += 1
            sources = [_whole(path, saved, result, progress) for path in plan.sources]
            edits = edits_of(plan)
            editor = RunEditor(edits, _restarts(sources) if edits.purge else None)
            places = _places(plan, output)
            for number, (path, source) in enumerate(
                zip(plan.sources, sources, strict=True)
            ):
                result.files += 1
                as_new = plan.merged and number > 0
                place = places[number]
                differs = _write(source, place, editor, progress, append=as_new)
                if differs or source is not path or as_new:
                    result.changed += 1
                    if place is not None:
                        changed[path] = place
                if place is not None and not as_new:
                    shutil.copystat(path, place)
            result.counts.add(editor.counts)
            for copy in {*sources} - {*plan.sources}:
                copy.unlink()
    return result, changed


def _places(plan: RunPlan, output: Path | None) -> list["Path | None"]:
    if output is None:
        return [None] * len(plan.sources)
    directory = output / plan.name
    directory.mkdir(parents=True, exist_ok=True)
    if plan.merged:
        return [directory / plan.sources[0].name] * len(plan.sources)
    return [directory / path.name for path in plan.sources]


def _whole(
    path: Path, saved: Path, result: Rewritten, progress: Progress | None
) -> Path:
    """The file, or, if it is damaged, a copy of its whole records."""
    report = examine(path, _core.StepOrderCheck(), progress)
    if report.error is not None:
        raise OSError(report.error)
    if report.damage or report.skipped:
        result.damaged.append(report)
    if not report.damage:
        return path
    copy = saved / f"{len(result.damaged)}.part"
    examine(path, _core.StepOrderCheck(), progress, copy)
    return copy


def _restarts(sources: Sequence[Path]) -> _core.Restarts:
    restarts = _core.Restarts()
    for source in sources:
        with source.open("rb") as file:
            _feed(file, restarts.observe)
    return restarts


def _write(
    source: Path,
    target: Path | None,
    editor: RunEditor,
    progress: Progress | None,
    *,
    append: bool,
) -> bool:
    """Write the events of a file; whether they are not all as they were."""
    differs = False
    mode = "ab" if append else "xb"

    def take(data: bytes) -> tuple[int, int]:
        nonlocal differs
        taken, needed, made = editor.edit(data, skips_headers=append)
        differs |= made is not None
        out.write(memoryview(data)[:taken] if made is None else made)
        if progress is not None:
            progress(source, file.tell() - len(data) + taken, size)
        return taken, needed

    with source.open("rb") as file, _target(target, mode) as out:
        size = source.stat().st_size
        _feed(file, take)
        out.flush()
        if target is not None:
            os.fsync(out.fileno())
    if progress is not None:
        progress(source, size, size)
    return differs


def _feed(file: IO[bytes], take: Callable[[bytes], tuple[int, int]]) -> None:
    """Give whole records to a function; a last one that is cut short is left out.

    Args:
        file: Event file at its start.
        take: Takes records; returns how many bytes whole ones have, and how many the one after them needs.
    """
    size = os.fstat(file.fileno()).st_size
    rest, needed = b"", 0
    # A length that is wrong does not make the read longer than the file.
    while more := file.read(max(_CHUNK_BYTES, min(needed, size) - len(rest))):
        data = rest + more
        taken, needed = take(data)
        rest = data[taken:]


def _target(target: Path | None, mode: str) -> IO[bytes]:
    if target is None:
        return Path(os.devnull).open("wb")
    return target.open(mode)


def merge(
    sources: Sequence[Path],
    output: Path,
    *,
    as_runs: bool,
    keep_restarts: bool,
    progress: Progress | None,
) -> Rewritten:
    """Write several logs as one, to an empty directory.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: Two sources would be the same run.
    """
    plans: dict[str, RunPlan] = {}
    for source in sources:
        prefix = source.resolve().name if as_runs else "."
        for name, files in found_runs(source).items():
            run = os.path.normpath(Path(prefix, name))
            if as_runs and run in plans:
                raise ValueError(
                    f"two of the logs would be the run {run!r}; rename one of their directories, or merge them without --as-runs"
                )
            plan = plans.setdefault(run, RunPlan(run, [], merged=not as_runs))
            plan.sources += [file.path for file in files]
    if not as_runs:
        for plan in plans.values():
            plan.sources.sort(key=_first_time)
    edits = Edits(purge=not as_runs and not keep_restarts)
    return write_runs(list(plans.values()), output, lambda _: edits, progress)[0]


def _first_time(path: Path) -> float:
    with path.open("rb") as file:
        before = file.read(_BEFORE)
        if len(before) < _BEFORE:
            return 0.0
        length = _LENGTH.unpack_from(before)[0]
        payload = file.read(length)
        return _core.wall_time(payload) if len(payload) == length else 0.0
