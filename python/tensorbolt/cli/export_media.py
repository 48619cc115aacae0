"""Images, audio, meshes and graphs of a log as files, with a table of them."""

from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from tensorbolt.reading.column import texts
from tensorbolt.reading.graphs import Graph, Graphs
from tensorbolt.reading.media import Item, Media, safe_name
from tensorbolt.reading.meshes import Mesh, Meshes
from tensorbolt.reading.table import Table

#: Tables of which each row is a file.
Files: TypeAlias = Media[Any] | Meshes | Graphs
FILES = (Media, Meshes, Graphs)
#: The table of the files, without the end of its format.
MANIFEST = "manifest"
#: Bytes of a name of a directory; file systems take 255.
MAX_NAME_BYTES = 200


def file_names(table: Files, reserved: str) -> list[str]:
    """Names of files, relative to a directory, one for each row: RUN/TAG/STEP.FORMAT, with an index if there are several.

    What no file system would take is replaced, and no two names differ in case alone.

    Args:
        table: What is written.
        reserved: A name that is taken already.
    """
    names = _Names(reserved)
    columns = [table[name].tolist() for name in ("run", "tag", "step")]
    rows = [*zip(*columns, _indices(table), _ends(table), strict=True)]
    several = {(run, tag, step) for run, tag, step, index, _ in rows if index}
    found = []
    for run, tag, step, index, end in rows:
        stem = f"{step:06d}"
        if (run, tag, step) in several:
            stem += f"-{index}"
        directory = PurePosixPath(*_parts(run), *_parts(tag))
        found.append(names.free(directory, f"{stem}.{end or 'bin'}"))
    return found


def _indices(table: Files) -> list[int]:
    """The place of each row among those of its run, tag and step."""
    if isinstance(table, Graphs):
        return table._indices()
    indices: list[int] = table["index"].tolist()
    return indices


def _ends(table: Files) -> list[str]:
    """The end of the name of each file; empty if it is not known."""
    if isinstance(table, Meshes):
        return ["ply"] * len(table)
    formats: list[str] = table["format"].tolist()
    if isinstance(table, Graphs):
        return ["json" if form == "keras_model" else "pb" for form in formats]
    return formats


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


def save(item: Item | Mesh | Graph, path: Path) -> None:
    """Write one image, clip, mesh or graph to a file, whose directory is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    item.save(path)


def manifest(table: Files, names: list[str]) -> Table:
    """The rows of the table, each with the name of its file."""
    return Table({"path": texts(names), **table._columns})
