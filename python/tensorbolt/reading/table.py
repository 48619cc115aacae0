"""Tables that any data frame takes."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast, overload
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from tensorbolt import _core
from tensorbolt.reading import frames
from tensorbolt.reading.column import Column

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Rows of a table that are shown.
SHOWN = 10
#: Characters of a cell that are shown.
WIDTH = 40


class Table:
    """Columns of equal length, each with a name; they never change.

    Whatever takes Arrow's PyCapsule interface takes a table as it is: `polars.DataFrame(table)`,
    `duckdb.sql("from table")`, `pyarrow.table(table)`. The other ways out need nothing but numpy, or the library that
    they are named after.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = dict(columns)
        self._frame: Any = None

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in their order."""
        return list(self._columns)

    def select(self, names: Sequence[str]) -> "Table":
        """A table of these columns, in this order; nothing is copied.

        Raises:
            KeyError: There is no such column.
        """
        for name in names:
            if name not in self._columns:
                there = ", ".join(self._columns)
                raise KeyError(f"there is no column {name!r}; there are {there}")
        return Table({name: self._columns[name] for name in names})

    def __len__(self) -> int:
        """Rows."""
        return next((column.length for column in self._columns.values()), 0)

    @overload
    def __getitem__(self, key: str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, key: slice | NDArray[Any]) -> "Table": ...
    def __getitem__(self, key: str | slice | NDArray[Any]) -> "NDArray[Any] | Table":
        """A column by its name, as an array; or rows, by a slice, their places, or a mask, as a table."""
        if isinstance(key, str):
            if key not in self._columns:
                names = ", ".join(self._columns)
                raise KeyError(f"there is no column {key!r}; there are {names}")
            return self._columns[key].to_numpy()
        rows = np.arange(len(self))[key]
        return self._rows(np.atleast_1d(rows))

    def _rows(self, rows: NDArray[Any]) -> "Table":
        taken = {name: column.take(rows) for name, column in self._columns.items()}
        return Table(taken)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table as a stream of Arrow's C interface; numbers are not copied.

        The interface lets a producer leave casts to the consumer; `requested_schema` changes nothing here.
        """
        return _core.table_stream(list(self._columns.items()))

    def __arrow_c_schema__(self) -> object:
        """Names and types of the columns as a schema of Arrow's C interface."""
        return _core.table_schema(
            [
                (name, column.kind, column.validity is not None)
                for name, column in self._columns.items()
            ]
        )

    def to_numpy(self) -> dict[str, NDArray[Any]]:
        """From name to array of shape `[rows]`: int64, float64, bool, datetime64[us] in UTC, or object for all else.

        Objects are text, bytes, arrays, and bools of which some are null. Numbers and times are not copied, and cannot be written to.
        """
        return {name: column.to_numpy() for name, column in self._columns.items()}

    def to_dict(self) -> dict[str, list[Any]]:
        """From name to a list of Python objects; times are `datetime` in UTC, what is null is `None`."""
        return {name: column.to_list() for name, column in self._columns.items()}

    def to_pandas(self) -> "pandas.DataFrame":
        """As a pandas DataFrame; pyarrow is not needed.

        Columns of few different texts are categorical, times have the zone UTC. From pandas 3 on, numbers share their
        memory with the table until they are written to.

        Raises:
            ImportError: pandas is not installed.
        """
        if self._frame is None:
            self._frame = frames.to_pandas(self._columns)
        # As long as the table holds a frame of the same memory, pandas copies what is written to.
        frame = self._frame.copy(deep=not frames.copies_on_write())
        return cast("pandas.DataFrame", frame)

    def to_polars(self) -> "polars.DataFrame":
        """As a polars DataFrame.

        Raises:
            ImportError: polars is not installed.
        """
        return frames.library("polars", "to_polars").DataFrame(self)

    def to_arrow(self) -> "pyarrow.Table":
        """As a pyarrow Table.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return frames.library("pyarrow", "to_arrow").table(self)

    def to_parquet(
        self,
        path: str | os.PathLike[str],
        *,
        partition_by: str | list[str] | None = None,
        compression: str = "zstd",
    ) -> None:
        """Write a Parquet file, or a directory of them.

        Args:
            path: The file; with `partition_by` the directory.
            partition_by: Columns of text, such as `"run"`. Each of their values gets a directory `run=VALUE`, as Hive, Spark
                and duckdb read them; characters that a file name cannot have are written as in a URL.
            compression: `"zstd"`, `"snappy"` or `"none"`.

        Raises:
            OSError: The file cannot be written.
            ValueError: There is no such compression or column.
        """
        if compression not in ("zstd", "snappy", "none"):
            raise ValueError(
                f'compression must be "zstd", "snappy" or "none", not {compression!r}'
            )
        names = [partition_by] if isinstance(partition_by, str) else partition_by or []
        if not names:
            _core.write_parquet(list(self._columns.items()), path, compression)
            return
        for name in names:
            if name not in self._columns or self._columns[name].kind != "dictionary":
                raise ValueError(
                    f"partition_by must name columns of few different texts, such as 'run', not {name!r}"
                )
        self._to_parquet_parts(os.fspath(path), names, compression)

    def _to_parquet_parts(self, path: str, names: list[str], compression: str) -> None:
        keys = np.stack([self._columns[name].values for name in names], axis=1)
        parts, where = np.unique(keys, axis=0, return_inverse=True)
        rest = {
            name: column for name, column in self._columns.items() if name not in names
        }
        for number, codes in enumerate(parts.tolist()):
            directories = []
            for name, code in zip(names, codes, strict=True):
                categories = self._columns[name].categories or []
                directories.append(f"{name}={quote(categories[code], safe='')}")
            directory = os.path.join(path, *directories)  # noqa: PTH118 - `path` may be of any file system's form
            os.makedirs(directory, exist_ok=True)  # noqa: PTH103
            rows = np.flatnonzero(where.reshape(-1) == number)
            part = Table(rest)._rows(rows)
            file = os.path.join(directory, "part-0.parquet")  # noqa: PTH118
            _core.write_parquet(list(part._columns.items()), file, compression)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file with a header line.

        Numbers read back exactly; times are ISO 8601 in UTC; what is null is empty; bytes are base64.

        Raises:
            OSError: The file cannot be written.
        """
        _core.write_csv(list(self._columns.items()), path)

    def to_json(self, path: str | os.PathLike[str], *, lines: bool = True) -> None:
        """Write a JSON object for each row.

        Args:
            path: The file.
            lines: One object a line (JSON lines); otherwise one array of all.

        Numbers that JSON does not have are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as on TensorBoard's pages.

        Raises:
            OSError: The file cannot be written.
        """
        _core.write_json(list(self._columns.items()), path, lines)

    def __repr__(self) -> str:
        names = self.column_names
        head = self[:SHOWN] if len(self) > SHOWN else self
        cells = [[_shown(value) for value in head[name].tolist()] for name in names]
        widths = [
            max(map(len, [name, *column]))
            for name, column in zip(names, cells, strict=True)
        ]
        rows = [names, *map(list, zip(*cells, strict=True))]
        lines = [
            "  ".join(
                cell.ljust(width) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        if len(self) > SHOWN:
            lines.append("…")
        count = f"{len(self):,} row{'' if len(self) == 1 else 's'}"
        return "\n".join([f"<{type(self).__name__}: {count}>", *lines])


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(str(value).split())
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
