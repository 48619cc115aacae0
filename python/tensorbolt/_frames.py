"""Tables of labels: data frames, columns by name, rows by name. A library's frames are known by what they have."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, NamedTuple

from tensorbolt._arguments import mapping_of, shown
from tensorbolt._errors import ShapeError

__all__ = ["Table", "in_order", "table_of"]


class Table(NamedTuple):
    """Rows of cells, a cell for each name."""

    names: list[Any]
    rows: list[list[Any]]


def table_of(values: Any, name: str) -> Table | None:
    """Return a table with its names; `None` for what has no names of columns.

    Args:
        values: A data frame of pandas, polars, pyarrow or the like, a structured array, a mapping of column to values, or
            a list of mappings.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It is a frame that must be computed or moved first.
        ShapeError: Its columns are not equally long.
        ValueError: A column of a mapping is no list, or its rows have not the same names.
    """
    if hasattr(values, "columns") and not isinstance(values, type):
        return _frame(values, name)
    fields = getattr(getattr(values, "dtype", None), "names", None)
    if isinstance(fields, tuple):
        return Table(list(fields), [list(row) for row in values.reshape(-1).tolist()])
    if not hasattr(values, "shape"):
        columns = mapping_of(values, name)
        if columns is not None:
            return _columns(columns, name)
    if isinstance(values, (list, tuple)) and values and _is_row(values[0]):
        return _named_rows(values, name)
    return None


def in_order(values: Any, name: str) -> list[Any]:
    """Return the items of a list whose order counts.

    Raises:
        TypeError: It is no list, or one without an order, or a table.
    """
    if isinstance(values, Set) and not isinstance(values, Mapping):
        # The views of a dict are sets that have its order.
        if isinstance(values, (set, frozenset)):
            raise TypeError(
                f"{name} is a {type(values).__name__}, which has no order; pass a list"
            )
    elif isinstance(values, Mapping) or hasattr(values, "columns"):
        raise TypeError(f"{name} must be a list, not {type(values).__name__}")
    # Arrays and tensors without axes have the method and cannot.
    if not isinstance(values, Iterable) or getattr(values, "shape", None) == ():
        raise TypeError(f"{name} must be a list, not {type(values).__name__}")
    return list(values)


def _frame(frame: Any, name: str) -> Table:
    names = getattr(frame, "column_names", None)
    if isinstance(names, list):
        # pyarrow, whose columns are the values themselves.
        columns = [column.to_pylist() for column in frame.columns]
        return Table(names, [list(row) for row in zip(*columns, strict=True)])
    names = list(frame.columns)
    if callable(getattr(frame, "itertuples", None)):
        rows = frame.itertuples(index=False, name=None)
    elif callable(getattr(frame, "iter_rows", None)):
        rows = frame.iter_rows()
    else:
        raise TypeError(
            f"{name} is a {type(frame).__name__} whose rows cannot be read; pass a frame of pandas, polars or pyarrow: "
            ".collect() one that is lazy, .to_pandas() one that is elsewhere"
        )
    return Table(names, [list(row) for row in rows])


def _columns(columns: Mapping[Any, Any], name: str) -> Table:
    lists = []
    for key, values in columns.items():
        if (
            isinstance(values, (str, bytes, Mapping))
            or not isinstance(values, Iterable)
            or getattr(values, "shape", None) == ()
        ):
            raise ValueError(
                f"{name} is a mapping, so {name}[{shown(key)}] must be the list of a column's values, not "
                f"{shown(values)}; of one label for each key pass list({name}.values())"
            )
        lists.append(in_order(values, f"{name}[{shown(key)}]"))
    lengths = {len(values) for values in lists}
    if len(lengths) > 1:
        raise ShapeError(
            f"the columns of {name} must be equally long, not {sorted(lengths)}"
        )
    return Table(list(columns), [list(row) for row in zip(*lists, strict=True)])


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping) or (
        not hasattr(row, "shape") and mapping_of(row, "metadata") is not None
    )


def _named_rows(rows: Iterable[Any], name: str) -> Table:
    names: list[Any] | None = None
    cells = []
    for number, row in enumerate(rows):
        mapping = mapping_of(row, f"{name}[{number}]")
        if mapping is None:
            raise TypeError(
                f"the rows of {name} must all be mappings, as the first is, not {type(row).__name__} in row {number}"
            )
        names = list(mapping) if names is None else names
        if set(mapping) != set(names):
            raise ValueError(
                f"the rows of {name} must have the same keys, {shown(names)}, not {shown(list(mapping))} in row {number}"
            )
        cells.append([mapping[key] for key in names])
    return Table(names or [], cells)
