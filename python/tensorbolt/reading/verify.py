"""Checks event files for damage.

The core checks the contents of a file; this module checks names, and the order of files in a directory.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from tensorbolt import _core
from tensorbolt._addresses import is_store
from tensorbolt._store_settings import store_log
from tensorbolt.reading.report import FileReport, Report, file_report
from tensorbolt.reading.stores import is_stream
from tensorbolt.reading.work_directory import PREFIX

#: TensorBoard reads all files with this in their names.
EVENT_FILE_MARK = "tfevents"
#: Replaces `EVENT_FILE_MARK` in the names of backups that `repair` makes.
BACKUP_MARK = "tfdamaged"
#: A first record with the format's version is shorter than this, and begins with its length.
MAX_HEADER_BYTES = 1024

#: Called with the file, the bytes read so far and its size, at least once for each file.
Progress: TypeAlias = Callable[[Path, int, int], None]


def verify(
    *paths: str | os.PathLike[str],
    progress: Progress | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Check event files: framing, checksums, messages, order of steps, names. Streams of ranks are checked as well.

    Nothing is changed. A file that is being written may be checked; its last record may then be reported as torn.

    Args:
        paths: Event files, and directories with any number of runs; also in object stores, such as `"s3://bucket/runs"`.
        progress: Called repeatedly with the file, the bytes read so far, and its size.
        storage_options: Keys and values for the stores' clients, as `SummaryWriter` takes them.

    Returns:
        The findings of each file; `report.ok` if TensorBoard can read all files to their ends.

    Raises:
        FileNotFoundError: A path does not exist, or there is nothing at an address.
        OSError: A store cannot be asked, or refuses.
        ValueError: An address is none, or a store has no such option.

    >>> import tempfile
    >>> from tensorbolt import SummaryWriter, verify
    >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
    ...     writer.add_scalar("loss", 0.25, 1)
    >>> report = verify(writer.log_dir)
    >>> report.ok, report.files[0].records
    (True, 2)
    """
    return Report(tuple(_all(paths, progress, storage_options)))


def _all(
    paths: Iterable[str | os.PathLike[str]],
    progress: Progress | None,
    storage_options: Mapping[str, Any] | None,
) -> Iterator[FileReport]:
    for given in paths:
        if is_store(given):
            log = store_log(str(given), storage_options)
            for _, objects in groupby(log.files(), lambda place: place.run):
                yield from _in_order(_objects(objects, progress))
            for stream in _objects(log.streams(), progress):
                yield without_steps(stream)
            continue
        path = Path(given)
        if path.is_dir():
            for directory, names in walk(path):
                yield from _in_order(_run(directory, names, progress))
        else:
            yield _named(path, examine(path, _core.StepOrderCheck(), progress))


def walk(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield the directories that hold event files, with the files' names in TensorBoard's order."""
    for directory, names in directories(top):
        found = [name for name in names if is_event_file(directory / name)]
        if found:
            yield directory, sorted(found)


def directories(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield all directories, with the names of their entries.

    Symbolic links to directories are followed, as TensorBoard does, but each directory is read once. Those in which commands
    make logs are left out.
    """
    seen = set()
    for directory, inside, names in os.walk(top, followlinks=True):
        identity = os.path.realpath(directory)
        if identity in seen:
            inside.clear()
            continue
        seen.add(identity)
        inside[:] = sorted(name for name in inside if not name.startswith(PREFIX))
        yield Path(directory), [*inside, *names]


def is_event_file(path: Path) -> bool:
    """Whether it is one by its name, or by its first record."""
    if EVENT_FILE_MARK in path.name:
        return True
    if BACKUP_MARK in path.name or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(MAX_HEADER_BYTES)
    except OSError:
        return False
    length = head[:8]
    whole = _core.masked_crc32c(length).to_bytes(4, "little") == head[8:12]
    return len(head) > len(length) and whole and b"brain.Event:" in head


def _run(
    directory: Path, names: list[str], progress: Progress | None
) -> Iterator[FileReport]:
    """The files of one directory: what TensorBoard takes for one run."""
    steps = _core.StepOrderCheck()
    for name in names:
        path = directory / name
        if path.is_dir():
            message = f"is a directory with {EVENT_FILE_MARK!r} in its name; TensorBoard takes it for an event file, and fails"
            yield FileReport(path).noting("name", message)
        else:
            yield _named(path, examine(path, steps, progress))


def _objects(
    objects: Iterable[_core.RemoteFile], progress: Progress | None
) -> Iterator[FileReport]:
    """The objects of one run."""
    steps = _core.StepOrderCheck()
    for place in objects:
        examination = _core.Examination(place, None, steps)
        name = place.name.rpartition("/")[2]
        path = Path(place.run, "ranks" if is_stream(name) else "", name)
        report = examined(path, place.listed, examination, progress, None)
        yield replace(report, url=place.name)


def _in_order(reports: Iterable[FileReport]) -> Iterator[FileReport]:
    """The reports of one run, with a note for each file that was begun before one whose name sorts before it."""
    latest: FileReport | None = None
    for report in reports:
        began = report.first_time
        if began is None or is_stream(report.path.name):
            yield report
        elif latest is not None and began < (latest.first_time or 0):
            yield report.noting(
                "order",
                f"was begun before {latest.path.name!r}, whose name sorts before it: TensorBoard reads files in the order"
                " of their names, and drops what it has of a tag when steps go back",
            )
        else:
            latest = report
            yield report


def _named(path: Path, report: FileReport) -> FileReport:
    if EVENT_FILE_MARK in path.name:
        return report
    if is_stream(path.name):
        return without_steps(report)
    message = f"TensorBoard does not read it: {EVENT_FILE_MARK!r} is not in its name"
    return report.noting("name", message)


def without_steps(report: FileReport) -> FileReport:
    """Return a report without notes about steps, if it is about a stream: its steps are those of several ranks."""
    if not is_stream(report.path.name):
        return report
    findings = tuple(one for one in report.findings if one.kind != "steps")
    notes = report.notes - len(report.findings) + len(findings)
    return replace(report, findings=findings, notes=notes)


def backup_name(name: str) -> str:
    """Return the name of a backup of a damaged file, which TensorBoard does not read."""
    other = name.replace(EVENT_FILE_MARK, BACKUP_MARK)
    return f"{name}.{BACKUP_MARK}" if other == name else other


def examine(
    path: Path,
    steps: _core.StepOrderCheck,
    progress: Progress | None,
    output: Path | None = None,
) -> FileReport:
    """Read one file, and write what can be kept to `output`."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file or directory {str(path)!r}")
    try:
        size = path.stat().st_size
        examination = _core.Examination(path, output, steps)
    except OSError as error:
        if output is not None:
            raise
        return FileReport(path, error=str(error))
    return examined(path, size, examination, progress, output)


def examined(
    path: Path,
    size: int,
    examination: _core.Examination,
    progress: Progress | None,
    output: Path | None,
) -> FileReport:
    """The report of a file that is read to its end."""
    done, failure = False, None
    while not done:
        if progress is not None:
            progress(path, examination.bytes, size)
        try:
            done = examination.advance()
        except OSError as error:
            if output is not None:
                raise
            done, failure = True, str(error)
    if progress is not None:
        progress(path, examination.bytes, size)
    report = file_report(path, examination.summary())
    return replace(report, error=failure)
