"""Repairs event files in object stores.

An object is read in ranges. One that is repaired in place is put again only on the condition that it is still the one that was
read, and after a copy of it has been put next to it. Nothing is removed.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePath
from typing import Any

from tensorbolt import _core
from tensorbolt._store_settings import store_log
from tensorbolt.reading.download import download
from tensorbolt.reading.report import FileReport
from tensorbolt.reading.verify import (
    Progress,
    backup_name,
    examine,
    examined,
    without_steps,
)
from tensorbolt.reading.work_directory import work_directory


@dataclass(frozen=True)
class StoredFile:
    """An event file in a store.

    Attributes:
        place: The object.
        name: Its path below the address.
        steps: Check of steps that its run shares.
    """

    place: _core.RemoteFile
    name: PurePath
    steps: _core.StepOrderCheck

    def own(self, report: FileReport) -> FileReport:
        """Return a report as one about this file."""
        return without_steps(replace(report, path=Path(self.name), url=self.place.name))


def stored_files(
    address: str, storage_options: Mapping[str, Any] | None
) -> Iterator[StoredFile]:
    """Yield all event files and streams of ranks below an address, also those that a merged one holds.

    Raises:
        FileNotFoundError: There is nothing at the address.
        OSError: The store cannot be asked, or refuses.
        ValueError: The address is none, or the store has no such option.
    """
    log = store_log(address, storage_options)
    top = f"{log.url}/"
    named = sorted(
        (_below(top, place.name), place)
        for place in (*log.all_files(), *log.streams())
    )  # fmt: skip
    for _, run in groupby(named, lambda one: one[0].parent):
        steps = _core.StepOrderCheck()
        for name, place in run:
            yield StoredFile(place, name, steps)


def _below(top: str, name: str) -> PurePath:
    if name.startswith(top):
        return PurePath(name[len(top) :])
    # The address is that of the file.
    return PurePath(name.rpartition("/")[2])


def examine_stored(file: StoredFile, progress: Progress | None) -> FileReport:
    """Read a file in ranges."""
    examination = _core.Examination(file.place, None, file.steps)
    path, size = Path(file.name), file.place.listed
    return file.own(examined(path, size, examination, progress, None))


def save_stored(file: StoredFile, part: Path, progress: Progress | None) -> FileReport:
    """Write what can be kept of a file to a new local one.

    Raises:
        OSError: The store, or the disk, refuses.
    """
    whole = part.with_name("whole")
    if not _download(file, whole, progress):
        raise OSError(f"{file.place.name!r} is shorter than it was")
    report = examine(whole, file.steps, None, part)
    whole.unlink()
    return file.own(report)


def replace_stored(file: StoredFile, progress: Progress | None) -> FileReport:
    """Repair a file where it is, if it is damaged. What a store refuses becomes the error of its report."""
    report = examine_stored(file, progress)
    if not report.damage or not report.records or report.error:
        return report
    try:
        return _replace(file, report, progress)
    except OSError as error:
        return replace(report, error=str(error))


def _replace(
    file: StoredFile, report: FileReport, progress: Progress | None
) -> FileReport:
    place = file.place
    place.note()
    with work_directory(Path(tempfile.gettempdir())) as work:
        whole, part = work / "whole", work / "part"
        if not _download(file, whole, progress) or not place.is_as_noted():
            return _refused(file, report)
        report = file.own(examine(whole, _core.StepOrderCheck(), None, part))
        if not report.damage or not report.records:
            return report
        report = replace(report, backup=_put_backup(place, whole))
        if not place.replace(part):
            return _refused(file, report)
    return replace(report, output=place.name)


def _download(file: StoredFile, path: Path, progress: Progress | None) -> bool:
    def show(done: int) -> None:
        if progress is not None:
            progress(Path(file.name), done, file.place.listed)

    return download(file.place, path, show)


def _put_backup(place: _core.RemoteFile, whole: Path) -> str:
    """Put a copy next to an object, under a name that is free or has been used for the same copy; its address."""
    directory, _, last = place.name.rpartition("/")
    name = backup_name(last)
    free, number = name, 1
    while not _is_put(place, free, whole):
        number += 1
        free = f"{name}.{number}"
    return f"{directory}/{free}"


def _is_put(place: _core.RemoteFile, name: str, file: Path) -> bool:
    """Put a file next to an object, unless there is another of that name."""
    try:
        place.put_new_beside(name, file)
    except FileExistsError:
        return False
    return True


def _refused(file: StoredFile, report: FileReport) -> FileReport:
    message = f"{file.place.name!r} was not repaired in place: it was written to meanwhile; end the run first, or pass output"
    return replace(report, error=message)
