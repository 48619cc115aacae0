"""Saves the whole records of damaged event files.

The input is never written to. A repaired file is written in a hidden directory, under a name that TensorBoard does not
read. One rename gives it its final place, when all of it is on the device.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tensorbolt import _core
from tensorbolt.reading.report import FileReport, Report
from tensorbolt.reading.signals import held_back
from tensorbolt.reading.verify import (
    BACKUP_MARK,
    EVENT_FILE_MARK,
    Progress,
    examine,
    walk,
)
from tensorbolt.reading.work_directory import work_directory

PROC = Path("/proc")


def repair(
    *paths: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Keep every whole record of event files that are damaged.

    The search for records tries every byte after zeros and garbage, and keeps records byte for byte. It leaves out bytes
    that belong to no whole record, and records that TensorBoard cannot decode. If the first record is lost, a new one
    with the format's version replaces it. Records that the damage doubled are kept twice.

    Without `output` and `in_place` nothing is written: the report says what would be lost.

    Args:
        paths: Event files, and directories with any number of runs.
        output: Directory for the repaired files and for copies of the files that need no repair, with the same names and
            subdirectories. It must not be inside a directory of `paths`, where TensorBoard would show everything twice.
            Existing files are not overwritten. Each of several paths gets a subdirectory of its own name.
        in_place: Replace damaged files by repaired ones. Each damaged file stays in its directory, with "tfdamaged"
            instead of "tfevents" in its name. Files that only end inside a record are left alone, as TensorBoard reads
            them. A file that a program on this machine has open for writing, or that changes meanwhile, is not replaced;
            make sure that no program on another machine writes to it.
        progress: Called repeatedly with the file, the bytes read so far, and its size.

    Returns:
        The findings of each file, with `output` and `backup` of those that were written.

    Raises:
        FileNotFoundError: A path does not exist.
        FileExistsError: A file in `output` exists already.
        OSError: A file cannot be read or written.
        ValueError: Both `output` and `in_place` are given, or `output` is inside a directory of `paths`.
    """
    if output is not None and in_place:
        raise ValueError("pass output or in_place, not both")
    sources = [Path(path) for path in paths]
    if output is not None:
        return Report(tuple(_into(sources, Path(output), progress)))
    return Report(tuple(_where_they_are(sources, in_place, progress)))


def _into(
    sources: list[Path], output: Path, progress: Progress | None
) -> Iterator[FileReport]:
    for source in sources:
        if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
            raise ValueError(
                f"output {str(output)!r} is in {str(source)!r}, where TensorBoard would show every run twice; pass a"
                " directory elsewhere"
            )
    for source in sources:
        top = output / source.resolve().name if len(sources) > 1 else output
        for path, steps in files(source):
            base = source if source.is_dir() else source.parent
            yield _write(path, top / path.relative_to(base), steps, progress)


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


def _write(
    path: Path, target: Path, steps: _core.StepOrderCheck, progress: Progress | None
) -> FileReport:
    if target.exists():
        raise FileExistsError(
            f"{str(target)!r} exists already; pass an empty directory as output"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with work_directory(target.parent) as work:
        part = work / "part"
        report = examine(path, steps, progress, part)
        if report.bytes and not report.records:
            return report
        shutil.copystat(path, part)
        part.rename(target)
    return replace(report, output=target)


def _where_they_are(
    sources: list[Path], in_place: bool, progress: Progress | None
) -> Iterator[FileReport]:
    for source in sources:
        for path, steps in files(source):
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
    name = path.name.replace(EVENT_FILE_MARK, BACKUP_MARK)
    if name == path.name:
        name = f"{name}.{BACKUP_MARK}"
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
