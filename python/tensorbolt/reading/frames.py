"""Tables as data frames of other libraries."""

import importlib
from collections.abc import Mapping
from typing import Any

from tensorbolt.reading.column import Column

#: The version of pandas from which on frames that share memory do not see what is written to the others.
_COPY_ON_WRITE = 3


def library(name: str, method: str) -> Any:
    """The module of a library, or an error that says what to install."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{method}() needs {name}: pip install {name}; to_numpy() and to_dict() need nothing"
        ) from error


def copies_on_write() -> bool:
    """Whether pandas copies what is shared before it writes to it."""
    pandas = library("pandas", "to_pandas")
    return int(pandas.__version__.split(".")[0]) >= _COPY_ON_WRITE


def to_pandas(columns: Mapping[str, Column]) -> Any:
    """A DataFrame that shares the memory of numbers."""
    pandas = library("pandas", "to_pandas")
    series = {name: _to_pandas(pandas, column) for name, column in columns.items()}
    return pandas.DataFrame(series, copy=False)


def _to_pandas(pandas: Any, column: Column) -> Any:
    if column.kind == "dictionary":
        dtype = pandas.CategoricalDtype(column.categories)
        # Checked once, here: codes of a table are always within its categories.
        return pandas.Categorical.from_codes(column.values, dtype=dtype)
    if column.kind == "timestamp":
        return pandas.DatetimeIndex(column.values, tz="UTC")
    return column.to_numpy()
