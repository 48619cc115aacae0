"""Reports of `verify` and `repair`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

#: Version of `Report.to_json`; it changes when programs that read it must change.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Neighbour:
    """The event next to a loss.

    Attributes:
        offset: Byte of the file at which its record begins.
        step: Its step.
        tags: Tags of its values, at most three.
    """

    offset: int
    step: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Damage of a file, or a note about it.

    Attributes:
        kind: The kind of finding. Damage: `zeros`, `garbage`, `payload`, `cut-short`, `message`, `time`, `compressed`.
            Notes: `torn`, `odd-time`, `steps`, `version`, `empty`, `name`, `order`.
        damage: Whether it keeps TensorBoard from reading the whole file.
        offset: Byte of the file at which it begins.
        length: Bytes of the file that it concerns.
        message: A sentence for the user.
        before: The last whole event before a loss, if there is one.
        after: The first whole event after a loss, if there is one.
    """

    kind: str
    damage: bool
    offset: int
    length: int
    message: str
    before: Neighbour | None = None
    after: Neighbour | None = None


@dataclass(frozen=True)
class FileReport:
    """State of one file.

    Attributes:
        path: The file. In an object store, its path below the address that was checked.
        bytes: Its size.
        records: Events that TensorBoard can read.
        unreadable: Whole records that TensorBoard cannot read.
        skipped: Bytes that belong to no whole record.
        steps: Lowest and highest step of a value, if there is one.
        first_time: Time of the first event, in seconds since the epoch.
        damage: Number of findings that are damage.
        notes: Number of findings that are not.
        findings: The findings, the first thousand of the file.
        error: Why the file could not be read to its end; `None` if it was.
        output: The repaired file, if one was written; in an object store its address, as a `str`.
        backup: The file as it was, if it was repaired in place; in an object store its address, as a `str`.
        header_restored: Whether its first record is lost; a repaired file gets a new one.
        url: Its address in an object store; `None` for a local file.
    """

    path: Path
    bytes: int = 0
    records: int = 0
    unreadable: int = 0
    skipped: int = 0
    steps: tuple[int, int] | None = None
    first_time: float | None = None
    damage: int = 0
    notes: int = 0
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    output: Path | str | None = None
    backup: Path | str | None = None
    header_restored: bool = False
    url: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the file was read to its end, and TensorBoard can read it to its end, too."""
        return not self.damage and self.error is None

    def noting(self, kind: str, message: str) -> "FileReport":
        """Return a copy with a note about the whole file as the first finding."""
        note = Finding(kind, False, 0, 0, message)
        return replace(self, notes=self.notes + 1, findings=(note, *self.findings))


@dataclass(frozen=True)
class Report:
    """State of some files.

    Attributes:
        files: One entry a file, in the order in which TensorBoard reads them.
    """

    files: tuple[FileReport, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether all files are undamaged and were read to their ends."""
        return all(file.ok for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Return the report as objects for the `json` module, with paths as strings."""
        files = [
            {**asdict(file), "ok": file.ok, **_strings(file)} for file in self.files
        ]
        return {"schema": SCHEMA_VERSION, "ok": self.ok, "files": files}


def _strings(file: FileReport) -> dict[str, str | None]:
    paths = {"path": file.path, "output": file.output, "backup": file.backup}
    return {
        name: None if path is None else str(path).encode(errors="replace").decode()
        for name, path in paths.items()
    }


def file_report(path: Path, fields: Mapping[str, Any]) -> FileReport:
    """Return the report of a file from the core's fields."""
    findings = tuple(_finding(finding) for finding in fields["findings"])
    return FileReport(path, **{**fields, "findings": findings})


def _finding(fields: Mapping[str, Any]) -> Finding:
    sides = {side: _neighbour(fields[side]) for side in ("before", "after")}
    return Finding(**{**fields, **sides})


def _neighbour(fields: Mapping[str, Any] | None) -> Neighbour | None:
    if fields is None:
        return None
    return Neighbour(fields["offset"], fields["step"], tuple(fields["tags"]))
