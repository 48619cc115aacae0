"""Tensors of any element type, kept as they are."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag, opened
from tensorbolt._errors import ShapeError
from tensorbolt.writer._base import WriterBase

MESSAGE_LIMIT = 2**31
"""Bytes that a message must stay below."""

MAX_LIST_DEPTH = 64
"""Lists within lists, as many as numpy has axes."""

_TOO_DEEP = "tensor is nested too deep, or contains itself; pass an array"


class TensorMethods(WriterBase):
    """The method that logs tensors."""

    def add_tensor(
        self,
        tag: str,
        tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a tensor for programs that read the log; no dashboard shows it.

        TensorBoard's `tensor_util.make_ndarray` gives back the same elements. It is copied within the call and
        serialised on another thread.

        Args:
            tag: Name of the series.
            tensor: An array, tensor, number, text or (nested) list of any shape, also empty or 0-D. Elements are real
                or complex numbers, truth values, or texts (`str`, or `bytes`). bfloat16 and float8, which readers lack,
                become float32, quantised numbers too, complex32 becomes complex64. An empty uint32 or uint64 tensor
                becomes int64.
            global_step: Step of this tensor.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `tensor` holds something else.
            ValueError: It takes 2 GiB or more, or a text is not valid Unicode.
            ShapeError: Its rows have different lengths; a `ValueError` and an `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        if _holds_texts(tensor):
            texts = _texts(tensor)
            strings = [_bytes(text) for text in texts.flat]
            self._emit_numbered(
                global_step,
                tag,
                lambda events, step: events.add_string_tensor(
                    tag, strings, list(texts.shape), step, seconds
                ),
            )
            return
        try:
            parts = _complex_parts(tensor)
        except RecursionError:
            raise ShapeError(_TOO_DEEP) from None
        data, bfloat16 = parts if parts else _arrays.array(tensor, "tensor")
        _check_size(data.nbytes)
        self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_tensor(
                tag, data, bfloat16, parts is not None, step, seconds
            ),
        )


def _check_size(size: int) -> None:
    if size >= MESSAGE_LIMIT:
        raise ValueError(
            f"tensor takes {size} bytes, but a message holds less than 2 GiB; log a part of it"
        )


# --- texts


def _holds_texts(value: Any) -> bool:
    """Whether the first element is text."""
    for _ in range(MAX_LIST_DEPTH):
        if not (isinstance(value, (list, tuple)) and value):
            break
        value = value[0]
    else:
        raise ShapeError(_TOO_DEEP)
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "O":
            return value.dtype.kind in "SUT"
        value = next(value.flat, None)
    return isinstance(value, (str, bytes))


def _texts(value: Any) -> "np.ndarray[Any, Any]":
    if isinstance(value, np.ndarray) and value.dtype.kind in "SUT":
        return value
    # As objects, for numpy's own byte strings lose zeros at their end.
    texts = np.empty((), object)
    if isinstance(value, (str, bytes)):
        texts[()] = value
        return texts
    try:
        texts = np.array(value, dtype=object)
    except ValueError:
        texts[()] = []
    for text in texts.flat:
        if isinstance(text, (list, tuple, np.ndarray)):
            raise ShapeError("tensor must be a list of equally long rows")
        if not isinstance(text, (str, bytes)):
            raise TypeError(
                f"tensor must hold texts only or numbers only, not {type(text).__name__} and texts"
            )
    return texts


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else check_tag(text, "tensor").encode()


# --- complex numbers


def _complex_parts(value: Any) -> _arrays.Array | None:
    """Return real and imaginary parts along a new last axis; `None` if the value is not complex."""
    if isinstance(value, (list, tuple)):
        return _parts_of_items(value)
    value = np.asarray(value) if isinstance(value, complex) else opened(value, "tensor")
    if not _arrays.is_complex(value):
        return None
    real, imaginary = (
        _arrays.plain(part, "tensor") for part in (value.real, value.imag)
    )
    return _joined(real, imaginary)


def _parts_of_items(values: "list[Any] | tuple[Any, ...]") -> _arrays.Array | None:
    if not any(_has_complex(value) for value in values):
        return None
    items = [_parts(value) for value in values]
    if len({item.shape for item in items}) > 1:
        shapes = sorted({item.shape[:-1] for item in items})
        raise ShapeError(
            f"the items of tensor must have one shape, not {shapes}; pad or crop them first"
        )
    return _arrays.Array(np.stack(items))


def _has_complex(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_complex(item) for item in value)
    return type(value) not in (float, int) and (
        isinstance(value, complex) or _arrays.is_complex(opened(value, "tensor"))
    )


def _parts(value: Any) -> "np.ndarray[Any, Any]":
    parts = _complex_parts(value)
    if parts is not None:
        return parts.data
    real = _arrays.plain(value, "tensor")
    return _joined(real, np.zeros_like(real)).data


def _joined(
    real: "np.ndarray[Any, Any]", imaginary: "np.ndarray[Any, Any]"
) -> _arrays.Array:
    _check_size(2 * real.nbytes)
    width = np.float32 if real.dtype.itemsize <= 4 else np.float64  # noqa: PLR2004 - bytes of a float32
    return _arrays.Array(np.stack([real, imaginary], axis=-1).astype(width, copy=False))
