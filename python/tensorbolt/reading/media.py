"""Images and audio: tables of what there is, and the bytes once they are asked for."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, integers, repeated, texts
from tensorbolt.reading.frames import library
from tensorbolt.reading.items import Items
from tensorbolt.reading.rows import Places
from tensorbolt.reading.table import Table

#: Characters that a file name of some system cannot have.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"|?*\\]')


class Item:
    """One image or audio clip.

    Attributes:
        run: Name of its run.
        tag: Its tag.
        step: Its step.
        wall_time: Its time, as in the table.
        index: Its place among those that were logged at once.
        format: Such as `png`, `gif` or `wav`; empty if it is not known.
        nbytes: Encoded bytes.
    """

    def __init__(self, row: Mapping[str, Any], load: Callable[[], bytes]) -> None:
        self.run: str = row["run"]
        self.tag: str = row["tag"]
        self.step: int = row["step"]
        self.wall_time: Any = row["wall_time"]
        self.index: int = row["index"]
        self.format: str = row["format"]
        self.nbytes: int = row["nbytes"]
        self._load = load

    @property
    def bytes(self) -> bytes:
        """As they were logged, read from the file.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced, or the log was closed or read again.
        """
        return self._load()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bytes to a file.

        Raises:
            OSError: The file cannot be written.
        """
        Path(path).write_bytes(self.bytes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.run} {self.tag} step {self.step} index {self.index}, {self.nbytes:,} bytes of {self.format or 'unknown format'}>"


OneItem = TypeVar("OneItem", bound=Item)


class Media(Items[OneItem]):
    """What images and audio have in common; an integer as key gives one of them."""

    _item: type[OneItem]

    def __init__(
        self,
        columns: Mapping[str, Column],
        places: Places,
        pick: Callable[[tuple[Any, ...], int], bytes | None],
    ) -> None:
        super().__init__(columns)
        self._places = places
        self._pick = pick

    def _item_at(self, place: int) -> OneItem:
        one = self._rows(np.array([place]))
        return self._item(self._row(place), one._load)

    def _load(self) -> bytes:
        return next(self._all_bytes())

    def _all_bytes(self) -> Iterator[bytes]:
        columns = (self._columns[name].values.tolist() for name in ("index", "nbytes"))
        for row, (index, nbytes) in enumerate(zip(*columns, strict=True)):
            value = self._places.value(row)
            data = None if value is None else self._pick(value, index)
            if data is None or len(data) != nbytes:
                raise ValueError("the file of this value was replaced")
            yield data

    def _rows(self, rows: NDArray[Any]) -> "Media[OneItem]":
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        columns = super()._rows(rows)._columns
        return type(self)(columns, self._places.take(rows.tolist()), self._pick)

    def with_data(self) -> Table:
        """The table with a column `data` (bytes), which holds all of them in memory.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: A file was replaced, or the log was closed or read again.
        """
        return Table(
            {**self._columns, "data": texts(list(self._all_bytes()), "binary")}
        )

    def save(self, pattern: str | os.PathLike[str]) -> list[Path]:
        """Write all of them to files.

        Args:
            pattern: Path of each file, with `{run}`, `{tag}`, `{step}`, `{index}` and `{format}` and what Python's `format` has, such
                as `"out/{run}/{tag}/{step:06d}.{format}"`. Runs and tags may make directories; nothing is written outside the
                directory that the pattern begins with, before its first brace.

        Returns:
            The files.

        Raises:
            OSError: A file cannot be written.
            ValueError: The pattern has another name in braces, or gives several of them the same file.
        """
        text = os.fspath(pattern)
        top = Path(text.partition("{")[0] + "x").parent
        rows = zip(
            *(self._columns[name].to_list() for name in self.column_names), strict=True
        )
        paths = [
            _path(text, dict(zip(self.column_names, row, strict=True)), top)
            for row in rows
        ]
        if len(set(map(str.casefold, map(str, paths)))) < len(paths):
            raise ValueError(
                f"pattern {text!r} gives several of them the same file; add {{run}}, {{tag}}, {{step}} or {{index}}"
            )
        for path, data in zip(paths, self._all_bytes(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return paths


def _path(pattern: str, row: Mapping[str, Any], top: Path) -> Path:
    names = {
        "run": safe_name(row["run"]),
        "tag": safe_name(row["tag"]),
        "step": row["step"],
        "index": row["index"],
        "format": row["format"] or "bin",
    }
    try:
        path = Path(pattern.format(**names))
    except (KeyError, IndexError, AttributeError, ValueError) as error:
        raise ValueError(
            f"pattern must have only {', '.join(f'{{{name}}}' for name in names)} in braces, not {pattern!r}"
        ) from error
    real = path.resolve()
    if not real.is_relative_to(top.resolve()) or real == top.resolve():
        raise ValueError(
            f"pattern {pattern!r} gives {str(path)!r}, which is not inside {str(top)!r}"
        )
    return path


def safe_name(name: str) -> str:
    """A name of which every part is the name of a file or directory, and none leads upwards."""
    parts = [part for part in _NOT_IN_NAMES.sub("_", name).split("/") if part]
    return (
        "/".join("_" * len(part) if not part.strip(". ") else part for part in parts)
        or "_"
    )


class Image(Item):
    """One image; see `Item`.

    Attributes:
        width: Pixels, as the log says.
        height: Pixels, as the log says.
    """

    def __init__(self, row: Mapping[str, Any], load: Callable[[], bytes]) -> None:
        super().__init__(row, load)
        self.width: int = row["width"]
        self.height: int = row["height"]

    def pil(self) -> Any:
        """As an image of Pillow, decoded.

        Raises:
            ImportError: Pillow is not installed.
        """
        image = library("PIL.Image", "pil").open(BytesIO(self.bytes))
        image.load()
        return image

    def numpy(self) -> NDArray[Any]:
        """Pixels of shape `[height, width]` or `[height, width, channels]`; the first of an animation.

        Raises:
            ImportError: Pillow is not installed.
        """
        return np.asarray(self.pil())


class Images(Media[Image]):
    """Images of runs and tags, one row each; `images[3]` is an `Image`.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `index` (int64, among those that were logged at once),
    `width`, `height` (int64, as the log says), `format` (text, categorical), `nbytes` (int64). The bytes stay in the files until they
    are asked for; `with_data` adds them.
    """

    _item = Image


def format_of(data: bytes) -> str:
    """Format of encoded bytes; empty if it is not known."""
    for start, name in (
        (b"\x89PNG", "png"),
        (b"GIF8", "gif"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"BM", "bmp"),
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"ID3", "mp3"),
    ):
        if data.startswith(start):
            return name
    if data[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(data[8:12], "")
    return "svg" if data.lstrip()[:4] == b"<svg" else ""


def image_bytes(value: tuple[Any, ...], index: int) -> bytes | None:
    """The encoded bytes of one image of a value; `None` if it has none."""
    found = images_of(value)
    if found is None or index >= len(found):
        return None
    data: bytes = value[3] if value[0] == "image" else value[3][index + 2]
    return data


def images_of(value: tuple[Any, ...]) -> list[tuple[int, int, str, int]] | None:
    """Width, height, format and length of each image of a value; `None` for anything else."""
    if value[0] == "image":
        _, width, height, data = value
        return [(width, height, format_of(data), len(data))]
    if value[0] != "tensor" or not isinstance(value[3], list) or len(value[3]) < 2:  # noqa: PLR2004
        return None
    width, height, *encoded = value[3]
    if not (width.isdigit() and height.isdigit()):
        return None
    return [(int(width), int(height), format_of(data), len(data)) for data in encoded]


def images(
    columns: Mapping[str, Column],
    values: list[list[tuple[int, int, str, int]]],
    places: Places,
) -> Images:
    """The table of these rows, each of whose values is what `images_of` gives."""
    rows = np.repeat(np.arange(len(values)), [len(value) for value in values])
    one_each = [image for value in values for image in value]
    indices = [index for value in values for index in range(len(value))]
    return Images(
        {
            **{name: column.take(rows) for name, column in columns.items()},
            "index": integers(indices),
            "width": integers([width for width, _, _, _ in one_each]),
            "height": integers([height for _, height, _, _ in one_each]),
            "format": repeated([form for _, _, form, _ in one_each]),
            "nbytes": integers([nbytes for _, _, _, nbytes in one_each]),
        },
        places.take(rows.tolist()),
        image_bytes,
    )
