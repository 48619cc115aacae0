"""Saves the whole records of damaged event files.

The input is never written to. A repaired file is written in a hidden directory, under a name that TensorBoard does not
read. One rename, or one request to a store, gives it its final place, when all of it is on the device.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import is_store
from tensorbolt.reading.repair_objects import (
    examine_stored,
    replace_stored,
    save_stored,
    stored_files,
)
from tensorbolt.reading.repair_outputs import Output, output_at
from tensorbolt.reading.report import FileReport, Report
from tensorbolt.reading.signals import held_back
from tensorbolt.reading.verify import Progress, backup_name, examine, walk
from tensorbolt.reading.work_directory import work_directory

PROC = Path("/proc")


def repair(
    *paths: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    progress: Progress | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Keep every whole record of event files that are damaged.

    The search for records tries every byte after zeros and garbage, and keeps records byte for byte. It leaves out bytes
    that belong to no whole record, and records that TensorBoard cannot decode. If the first record is lost, a new one
    with the format's version replaces it. Records that the damage doubled are kept twice.

    Without `output` and `in_place` nothing is written: the report says what would be lost.

    Args:
        paths: Event files, and directories with any number of runs; also in object stores, such as `"s3://bucket/runs"`,
            of which ranges are read.
        output: Directory, or address in an object store, for the repaired files and for copies of the files that need no
            repair, with the same names and subdirectories. It must not be inside a directory or address of `paths`, where
            TensorBoard would show everything twice. Existing files are not overwritten; an object that has the same bytes
            already is taken for one that an earlier call has put. Each of several paths gets a subdirectory of its own name.
        in_place: Replace damaged files by repaired ones. Each damaged file stays in its directory, with "tfdamaged"
            instead of "tfevents" in its name. Files that only end inside a record are left alone, as TensorBoard reads
            them. A file that a program on this machine has open for writing, or that changes meanwhile, is not replaced;
            make sure that no program on another machine writes to it. In a store, a copy of the object is put under that
            name first; then the object is replaced, on the condition that it is still the one that was read. A larger one
            than 8 MiB is put in parts, and compared right before the store is asked to join them.
        progress: Called repeatedly with the file, the bytes read so far, and its size.
        storage_options: Keys and values for the stores' clients, as `SummaryWriter` takes them.

    Returns:
        The findings of each file, with `output` and `backup` of those that were written. What keeps an object from being
        replaced is the `error` of its file.

    Raises:
        FileNotFoundError: A path does not exist, or there is nothing at an address.
        FileExistsError: A file in `output` exists already.
        OSError: A file cannot be read or written, or a store refuses.
        ValueError: Both `output` and `in_place` are given, `output` is inside a directory or address of `paths`, an address
            is none, or a store has no such option.
    """
    if output is not None and in_place:
        raise ValueError("pass output or in_place, not both")
    if output is not None:
        to = output_at(output, storage_options)
        return Report(tuple(_into(paths, to, progress, storage_options)))
    return Report(tuple(_where_they_are(paths, in_place, progress, storage_options)))


def _into(
    sources: Sequence[str | os.PathLike[str]],
    output: Output,
    progress: Progress | None,
    storage_options: Mapping[str, Any] | None,
) -> Iterator[FileReport]:
    for source in sources:
        output.check(source)
    for source in sources:
        top = PurePath(_name(source) if len(sources) > 1 else "")
        if is_store(source):
            for file in stored_files(str(source), storage_options):
                with output.work(top / file.name) as work:
                    report = save_stored(file, work / "part", progress)
                    yield _put(report, output, work, top / file.name)
            continue
        base = Path(source)
        for path, steps in files(base):
            name = top / path.relative_to(base if base.is_dir() else base.parent)
            with output.work(name) as work:
                report = examine(path, steps, progress, work / "part")
                yield _put(report, output, work, name, path)


def _name(source: str | os.PathLike[str]) -> str:
    """The last part of an address or path."""
    if is_store(source):
        return str(source).rstrip("/").rpartition("/")[2]
    return Path(source).resolve().name


def _put(
    report: FileReport,
    output: Output,
    work: Path,
    name: PurePath,
    like: Path | None = None,
) -> FileReport:
    """Put what was kept of a file, unless that is nothing."""
    if report.bytes and not report.records:
        return report
    return replace(report, output=output.put(work / "part", name, like))


def files(source: Path) -> Iterator[tuple[Path, _core.StepOrderCheck]]:
    """Yield the event files below a directory, or the one file, each with the check of steps that its run shares."""
    if not source.is_dir():
        yield source, _core.StepOrderCheck()
        return
    for directory, names in walk(source):
        steps = _core.StepOrderCheck()
        for name in names:
            if not (directory / name).is_dir():
                yield directory / name, steps


def _where_they_are(
    sources: Sequence[str | os.PathLike[str]],
    in_place: bool,
    progress: Progress | None,
    storage_options: Mapping[str, Any] | None,
) -> Iterator[FileReport]:
    for source in sources:
        if is_store(source):
            handle = replace_stored if in_place else examine_stored
            for file in stored_files(str(source), storage_options):
                yield handle(file, progress)
            continue
        for path, steps in files(Path(source)):
            before = path.stat() if path.exists() else None
            report = examine(path, steps, progress)
            if in_place and report.damage and report.records and not report.error:
                real = path.resolve()
                yield replace(_replace(real, before, progress), path=path)
            else:
                yield report


def _replace(
    path: Path, before: os.stat_result | None, progress: Progress | None
) -> FileReport:
    with work_directory(path.parent) as work:
        part = work / "part"
        report = examine(path, _core.StepOrderCheck(), progress, part)
        shutil.copystat(path, part)
        backup = _free(path)
        now = path.stat()
        if before is None or (now.st_size, now.st_mtime_ns) != (
            before.st_size,
            before.st_mtime_ns,
        ):
            return replace(report, error=_refusal(path, "it was written to meanwhile"))
        if is_open_for_writing(now):
            return replace(
                report, error=_refusal(path, "a program has it open for writing")
            )
        with held_back():
            if not backup.exists():
                try:
                    # With a link, there is a file under its name at any time.
                    os.link(path, backup)
                except OSError:
                    path.rename(backup)
            part.replace(path)
    return replace(report, output=path, backup=backup)


def _refusal(path: Path, why: str) -> str:
    return f"{str(path)!r} was not repaired in place: {why}; end the run first, or pass output"


def _free(path: Path) -> Path:
    """Return the path for the backup of a damaged file: a free one, or the one that a killed repair has made of it."""
    name = backup_name(path.name)
    backup, number = path.with_name(name), 1
    while backup.exists() and not backup.samefile(path):
        number += 1
        backup = path.with_name(f"{name}.{number}")
    return backup


def is_open_for_writing(file: os.stat_result) -> bool:
    """Whether a process of this user has the file open for writing; only Linux can answer."""
    for link in PROC.glob("[0-9]*/fd/*"):
        try:
            there = link.stat()
            if (there.st_dev, there.st_ino) != (file.st_dev, file.st_ino):
                continue
            text = (link.parents[1] / "fdinfo" / link.name).read_text()
        except OSError:
            # The process ended, closed the file, or belongs to another user.
            continue
        flags = next(line for line in text.splitlines() if line.startswith("flags:"))
        if int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY:
            return True
    return False
