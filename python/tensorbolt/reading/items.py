"""Tables of which an integer as key gives one thing, such as an image."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.table import Table

T = TypeVar("T")
S = TypeVar("S", bound="Items[Any]")


class Items(Table, Generic[T]):
    """A table whose rows are things with more than its columns say."""

    @overload
    def __getitem__(self, key: int) -> T: ...
    @overload
    def __getitem__(self, key: str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self: S, key: slice | NDArray[Any]) -> S: ...
    def __getitem__(self, key: int | str | slice | NDArray[Any]) -> Any:
        """One of them by its place, or a column or rows, as of every table."""
        if isinstance(key, (int, np.integer)):
            return self._item_at(self._place(int(key)))
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[T]:
        """Each in turn; what is in the files is read when it is asked for."""
        return (self._item_at(place) for place in range(len(self)))

    def _item_at(self, place: int) -> T:
        """The one of a row."""
        raise NotImplementedError

    def _place(self, key: int) -> int:
        """The place of a row, from the start, of a number that may count from the end."""
        place = key + (len(self) if key < 0 else 0)
        if not 0 <= place < len(self):
            raise IndexError(f"there are {len(self)}, so there is no {key}")
        return place

    def _row(self, place: int) -> dict[str, Any]:
        """The values of one row, by the names of their columns."""
        rows = np.array([place])
        return {
            name: column.take(rows).to_list()[0]
            for name, column in self._columns.items()
        }
