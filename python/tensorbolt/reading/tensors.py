"""The table of tensors, and tensors as arrays."""

import importlib
from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, lists, repeated, texts
from tensorbolt.reading.table import Table

#: Names of TensorFlow's types by their numbers, as numpy and ml_dtypes have them.
NAMES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "int8",
    12: "uint8",
    13: "int32",
    14: "bfloat16",
    15: "int16",
    16: "uint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    26: "float8_e4m3fnuz",
    27: "float8_e4m3b11fnuz",
    28: "float8_e5m2fnuz",
    29: "int4",
    30: "uint4",
    31: "int2",
    32: "uint2",
    33: "float4_e2m1fn",
}
_OF_ML_DTYPES = {14, *range(24, 34)}
_ML_NAMES = {NAMES[number] for number in _OF_ML_DTYPES}


def dtype_of(name: str) -> np.dtype[Any]:
    """The dtype of this name.

    Raises:
        ImportError: It is one of ml_dtypes, which is not installed.
    """
    if name not in _ML_NAMES:
        return np.dtype(name)
    try:
        module = importlib.import_module("ml_dtypes")
    except ImportError as error:
        raise ImportError(
            f"{name} needs ml_dtypes: pip install ml_dtypes; the bytes are in the column data"
        ) from error
    dtype: np.dtype[Any] = np.dtype(getattr(module, name))
    return dtype


def strings_of(value: tuple[Any, ...]) -> list[bytes] | None:
    """The elements of a tensor of strings, in row-major order; `None` for anything else."""
    if value[0] != "tensor" or not isinstance(value[3], list):
        return None
    return list(value[3])


def array_of(value: tuple[Any, ...]) -> NDArray[Any] | None:
    """The numbers of a tensor as an array that cannot be written to; `None` for anything else.

    Raises:
        ImportError: Its dtype needs ml_dtypes, which is not installed.
    """
    if value[0] != "tensor" or value[1] not in NAMES or isinstance(value[3], list):
        return None
    array = np.frombuffer(value[3], dtype_of(NAMES[value[1]])).reshape(value[2])
    return cast("NDArray[Any]", array)


def packed(strings: list[bytes]) -> bytes:
    """Strings as bytes: where each begins and the last one ends (int64), then all of them."""
    column = texts(strings, "binary")
    return b"".join(map(bytes, column.buffers))


def unpacked(data: bytes, count: int) -> list[bytes]:
    """The strings of `packed`."""
    starts = np.frombuffer(data, np.int64, count + 1)
    rest = data[starts.nbytes :]
    return [rest[start:end] for start, end in pairwise(starts.tolist())]


def tensor_of(value: tuple[Any, ...]) -> tuple[str, list[int], bytes] | None:
    """Dtype, shape and bytes of a tensor; `None` for anything else."""
    if value[0] != "tensor" or value[1] not in NAMES:
        return None
    _, number, shape, elements = value
    data = packed(elements) if isinstance(elements, list) else elements
    return NAMES[number], shape, data


class Tensors(Table):
    """Tensors of runs and tags that are no other kind of data, one row a value.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `dtype` (text, categorical, as numpy and
    ml_dtypes name it, or `string`), `shape` (list of int64), `data` (bytes, little-endian in row-major order; of strings
    first where each begins and the last one ends, as int64, then their bytes).
    """

    def numpy(self) -> list[NDArray[Any]]:
        """An array for each row, read-only where numbers are not copied; an array of `bytes` objects for strings.

        Raises:
            ImportError: A dtype is bfloat16, a float of 8 or 4 bits or an integer of 4 or 2, and ml_dtypes is not installed.
        """
        parts = (self._columns[name].to_list() for name in ("dtype", "shape", "data"))
        return [_array(*row) for row in zip(*parts, strict=True)]

    def _rows(self, rows: NDArray[Any]) -> "Tensors":
        return Tensors(super()._rows(rows)._columns)


def _array(dtype: str, shape: list[int], data: bytes) -> NDArray[Any]:
    if dtype != "string":
        return np.frombuffer(data, dtype_of(dtype)).reshape(shape)
    return object_array(unpacked(data, prod(shape)), shape)


def object_array(strings: list[bytes], shape: list[int]) -> NDArray[Any]:
    """Strings as an array of `bytes` objects of this shape."""
    array = np.empty(len(strings), dtype=object)
    array[:] = strings
    return array.reshape(shape)


def tensors(columns: Mapping[str, Column], values: list[Any]) -> Tensors:
    """The table of these rows, each of whose values is what `tensor_of` gives."""
    dtypes, shapes, data = zip(*values, strict=True) if values else ((),) * 3
    return Tensors(
        {
            **columns,
            "dtype": repeated(list(dtypes)),
            "shape": lists(
                [np.array(shape, np.int64) for shape in shapes], "list_int64"
            ),
            "data": texts(data, "binary"),
        }
    )
