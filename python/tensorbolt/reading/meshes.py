"""The table of meshes and point clouds."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading import ply
from tensorbolt.reading.column import Column
from tensorbolt.reading.items import Items
from tensorbolt.reading.rows import Places
from tensorbolt.reading.tensors import array_of

#: Axes of a part: sample, point or triangle, coordinate.
_AXES = 3


class Mesh:
    """One mesh, or point cloud.

    Attributes:
        run: Name of its run.
        tag: Its tag, which its parts begin with.
        step: Its step.
        wall_time: Its time, as in the table.
        index: Its place among those that were logged at once.
    """

    def __init__(self, row: Mapping[str, Any], parts: "Parts", places: Places) -> None:
        self.run: str = row["run"]
        self.tag: str = row["tag"]
        self.step: int = row["step"]
        self.wall_time: Any = row["wall_time"]
        self.index: int = row["index"]
        self._config: str = row["config"]
        self._parts = parts
        self._places = places

    @property
    def vertices(self) -> NDArray[Any]:
        """Points, read from the file: shape `[points, 3]`, float32 as a rule.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced, or the log was closed.
        """
        return self._read(self._parts.vertices)

    @property
    def faces(self) -> NDArray[Any] | None:
        """Triangles, as numbers of their points from 0 on: shape `[triangles, 3]`, int32; `None` for a point cloud.

        What is not whole, or beyond that type, stays as it was logged.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced, or the log was closed.
        """
        row = self._parts.faces
        return None if row is None else _whole(self._read(row), np.int32)

    @property
    def colors(self) -> NDArray[Any] | None:
        """Red, green and blue of each point, 0 to 255: shape `[points, 3]`, uint8; `None` if there are none.

        What is not whole, or beyond that type, stays as it was logged.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced, or the log was closed.
        """
        row = self._parts.colors
        return None if row is None else _whole(self._read(row), np.uint8)

    @property
    def config(self) -> dict[str, Any]:
        """Camera, lights and material, as three.js names them; empty if there are none.

        Raises:
            ValueError: It is no JSON object.
        """
        made = json.loads(self._config or "{}")
        if made is None:
            return {}
        if type(made) is not dict:
            raise ValueError(f"the config is no JSON object but {self._config!r}")
        return dict(made)

    def _read(self, row: int) -> NDArray[Any]:
        value = self._places.value(row)
        array = None if value is None else part_of(value)
        if array is None or self.index >= len(array):
            raise ValueError("the file of this value was replaced")
        one: NDArray[Any] = array[self.index]
        return one

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a PLY file with the points, triangles and colours, which programs for meshes open.

        Raises:
            OSError: The file cannot be written.
            ValueError: There is not one colour for each point, or colours are not 0 to 255; or as for `vertices`.
        """
        Path(path).write_bytes(ply.encoded(self.vertices, self.faces, self.colors))

    def __repr__(self) -> str:
        return f"<Mesh: {self.run} {self.tag} step {self.step} index {self.index}>"


def _whole(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The numbers as integers, if they are the same then: most writers log them as floats."""
    with np.errstate(invalid="ignore"):
        made = array.astype(dtype)
    return made if np.array_equal(made, array) else array


class Parts(NamedTuple):
    """Where the parts of a mesh are, by their rows; `None` for what it does not have."""

    vertices: int
    faces: int | None
    colors: int | None


class Meshes(Items[Mesh]):
    """Meshes and point clouds of runs and tags, one row each; `meshes[3]` is a `Mesh`.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `index` (int64, among those that were logged at once),
    `points`, `triangles`, `colors` (int64, how many; 0 for a part that is not there), `config` (text, the JSON of camera, lights and
    material; empty if there is none). The numbers stay in the files until they are asked for.
    """

    def __init__(
        self, columns: Mapping[str, Column], parts: list[Parts], places: Places
    ) -> None:
        super().__init__(columns)
        self._parts = parts
        self._places = places

    def _item_at(self, place: int) -> Mesh:
        return Mesh(self._row(place), self._parts[place], self._places)

    def _rows(self, rows: NDArray[Any]) -> "Meshes":
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        parts = [self._parts[row] for row in rows.tolist()]
        return Meshes(super()._rows(rows)._columns, parts, self._places)


def part_of(value: tuple[Any, ...]) -> NDArray[Any] | None:
    """The numbers of a part, of shape `[samples, points or triangles, 3]`; `None` for anything else."""
    array = array_of(value)
    if array is None or array.ndim != _AXES or array.shape[2] != _AXES:
        return None
    return array


def shape_of(value: tuple[Any, ...]) -> tuple[int, int] | None:
    """Samples, and points or triangles of each, of a part; `None` for anything else."""
    array = part_of(value)
    return None if array is None else (array.shape[0], array.shape[1])
