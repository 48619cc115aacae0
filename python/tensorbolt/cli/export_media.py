"""Images, audio and meshes of a log as files, with a table of them."""

from pathlib import Path, PurePosixPath
from typing import Any

from tensorbolt.reading.column import texts
from tensorbolt.reading.media import Item, Media, safe_name
from tensorbolt.reading.meshes import Mesh, Meshes
from tensorbolt.reading.table import Table

#: The table of the files, without the end of its format.
MANIFEST = "manifest"
#: Bytes of a name of a directory; file systems take 255.
MAX_NAME_BYTES = 200


def file_names(table: Media[Any] | Meshes, reserved: str) -> list[str]:
    """Names of files, relative to a directory, one for each row: RUN/TAG/STEP.FORMAT, with an index if there are several.

    What no file system would take is replaced, and no two names differ in case alone.

    Args:
        table: Images, audio or meshes.
        reserved: A name that is taken already.
    """
    names = _Names(reserved)
    columns = [table[name].tolist() for name in ("run", "tag", "step", "index")]
    formats = (
        table["format"].tolist() if isinstance(table, Media) else ["ply"] * len(table)
    )
    rows = [*zip(*columns, formats, strict=True)]
    several = {(run, tag, step) for run, tag, step, index, _ in rows if index}
    found = []
    for run, tag, step, index, form in rows:
        stem = f"{step:06d}"
        if (run, tag, step) in several:
            stem += f"-{index}"
        directory = PurePosixPath(*_parts(run), *_parts(tag))
        found.append(names.free(directory, f"{stem}.{form or 'bin'}"))
    return found


def _parts(name: str) -> list[str]:
    """Names of directories for the name of a run or a tag."""
    if name == ".":
        return []
    return [
        part.encode(errors="surrogateescape")[:MAX_NAME_BYTES].decode(errors="ignore")
        for part in safe_name(name).split("/")
    ]


class _Names:
    """Names that are taken: those of files, and of directories that they are in."""

    def __init__(self, reserved: str) -> None:
        self._files = {PurePosixPath(reserved)}
        self._directories: set[PurePosixPath] = set()

    def free(self, directory: PurePosixPath, name: str) -> str:
        """Take a name in the directory, or in one with a number behind it."""
        there, number = directory, 1
        while not self._take(PurePosixPath(str(there / name).casefold())):
            number += 1
            there = directory.parent / f"{directory.name}~{number}"
        return str(there / name)

    def _take(self, path: PurePosixPath) -> bool:
        parents = path.parents
        if path in self._files or path in self._directories:
            return False
        if not self._files.isdisjoint(parents):
            return False
        self._files.add(path)
        self._directories.update(parents)
        return True


def save(item: Item | Mesh, path: Path) -> None:
    """Write one image, clip or mesh to a file, whose directory is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    item.save(path)


def manifest(table: Media[Any] | Meshes, names: list[str]) -> Table:
    """The rows of the table, each with the name of its file."""
    return Table({"path": texts(names), **table._columns})
