"""Input adaptation: whatever people log becomes one number or one numpy array.

The only file that knows frameworks; the extension reads the plainest values, of Python, numpy and torch, by itself
(`rust/py/src/fast_path.rs`) and leaves the rest, with all that is to be explained, to this one. None is ever imported: an
object can only come from a framework that its caller has loaded already, so looking into `sys.modules` is enough.
"""

import sys
from typing import Any, NamedTuple

import numpy as np

from tensorbolt import _core, _foreign, _torch_tensors
from tensorbolt._arguments import shown
from tensorbolt._errors import ShapeError
from tensorbolt._warnings import warn

__all__ = [
    "Array",
    "array",
    "images",
    "is_complex",
    "number",
    "plain",
    "widened",
]

_PLAIN_KINDS = "biuf"
_REAL = frozenset((float, int, bool))
_REGISTERED = 2
"""numpy's `isbuiltin` of a type that another package has registered."""
_MAX_AXES = 32
"""Axes that the extension can take; numpy allows 64, and 32 before its version 2."""
_MAX_ELEMENTS = 2**36
"""No array in memory has more; one that repeats its elements may, and to read it would take too long."""


class Array(NamedTuple):
    """An array that the core can take."""

    data: "np.ndarray[Any, Any]"
    """Native byte order, aligned, of a boolean, integer or floating-point type of at most 64 bits."""
    bfloat16: bool = False
    """True: `data` is uint16 and holds the bits of bfloat16 numbers, for which numpy has no type."""


def number(value: Any, name: str = "scalar_value") -> float:
    """Return the one number that a value holds.

    Args:
        value: A Python or numpy number, `Decimal`, `Fraction`, numeric string, or an array, tensor, list or tuple with
            exactly one element, of any rank.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It holds no real number.
        ValueError: It is a string that is no number, or an integer beyond the range of a float.
        ShapeError: It holds none or several.
    """
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]
    torch = sys.modules.get("torch")
    if torch is not None and (kind is torch.Tensor or isinstance(value, torch.Tensor)):
        value = _torch_tensors.unwrapped(value, torch, name)
        one = _item(value)
        if one is not None:
            return one
    elif kind is np.ndarray:
        one = _item(value)
        if one is not None:
            return one
    elif torch is not None:
        value = _torch_tensors.symbolic(value, torch, name)
    if isinstance(value, (complex, np.complexfloating)) or is_complex(value):
        raise TypeError(
            f"{name} must be real, not {shown(value)}; log its real and imaginary parts, or abs()"
        )
    if value is None:
        raise TypeError(f"{name} must be a number, not None")
    text = isinstance(value, (str, bytes))
    if text or (not _is_array_like(value) and hasattr(value, "__float__")):
        return _converted_number(value, name)
    numbers = array(value, name)
    if numbers.data.size != 1:
        shape, size = numbers.data.shape, numbers.data.size
        raise ShapeError(
            f"{name} must hold exactly one element, but its shape is {shape} ({size} elements); "
            "reduce it first, for example with .mean()"
        )
    return float(widened(numbers).reshape(())[()])


def _converted_number(value: Any, name: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {shown(value)}") from None
    except OverflowError:
        raise ValueError(
            f"{name} is an integer beyond the range of a float; scale it or log its logarithm"
        ) from None
    except TypeError as error:
        raise TypeError(
            f"{name} must be a number, not {type(value).__name__}: {error}"
        ) from error


def plain(value: Any, name: str) -> "np.ndarray[Any, Any]":
    """Return a value as an array of one of numpy's own types; bfloat16 becomes float32. See `array`."""
    return widened(array(value, name))


def array(value: Any, name: str) -> Array:
    """Return a value as an array of numbers, without a copy where memory allows it.

    Args:
        value: A numpy array or number, a torch tensor of any device and dtype, an array of JAX, CuPy, TensorFlow, Paddle
            or MXNet, anything with `__array__` or `__dlpack__`, a `range`, a buffer, or lists and tuples of these.
        name: The argument's name, for error texts.

    Raises:
        TypeError: It cannot be read as an array of numbers.
        ValueError: It has no data (a tensor on the meta device).
        ShapeError: Its rows have different lengths, or it has too many axes or elements.
    """
    read = _core.plain_array(value)
    if read is not None:
        return Array(*read)
    try:
        return _array(value, name)
    except RecursionError:
        raise ShapeError(
            f"{name} is nested too deep, or contains itself; pass an array"
        ) from None


def _array(value: Any, name: str) -> Array:
    if isinstance(value, np.ndarray):
        return _native(_foreign.unmasked(value), name)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _tensor(value, torch, name)
    if isinstance(value, (list, tuple)):
        return _sequence(value, name)
    if np.isscalar(value) or isinstance(value, np.generic):
        return _native(np.asarray(value), name)
    return _native(_foreign.data_of(value, name), name)


def widened(array: Array) -> "np.ndarray[Any, Any]":
    """Return the elements as one of numpy's own types: bfloat16 as float32, exactly."""
    if not array.bfloat16:
        return array.data
    bits = array.data.astype(np.uint32) << np.uint32(16)
    return np.asarray(bits).view(np.float32)


def images(value: Any, dataformats: str, name: str) -> tuple[Array, str]:
    """Return an image or a batch of them as an array, with its layout.

    A PIL image brings its own layout. A list of images is stacked, and its layout gets the letter N in front if it
    was that of a single image.
    """
    if _is_pil(value):
        pixels = _pil(value)
        return _native(pixels, name), "HW" if pixels.ndim == 2 else "HWC"  # noqa: PLR2004
    if isinstance(value, (list, tuple)) and value and _is_pil(value[0]):
        modes = {
            "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
            for image in value
        }
        value = [_pil(image.convert(max(modes))) for image in value]
        return array(value, name), "NHWC"
    data = array(value, name)
    if isinstance(value, (list, tuple)) and data.data.ndim == len(dataformats) + 1:
        dataformats = f"N{dataformats}"
    return data, dataformats


def _item(value: Any) -> float | None:
    """Return the one real number of a plain tensor or array; `None` if it needs a closer look, or an explanation."""
    try:
        one = value.item()
    except Exception:
        return None
    return float(one) if type(one) in _REAL else None


def _is_pil(value: Any) -> bool:
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(value, pil.Image)


def _pil(image: Any) -> "np.ndarray[Any, Any]":
    """Return an image's pixels; palettes and print colours become RGB, or RGBA where something is transparent."""
    if image.mode not in ("L", "LA", "RGB", "RGBA", "1", "I", "F", "I;16"):
        transparent = "A" in image.getbands() or "transparency" in image.info
        image = image.convert("RGBA" if transparent else "RGB")
    return np.asarray(image)


def _is_array_like(value: Any) -> bool:
    """Whether a value is an array or tensor, whose shape can be checked, and not a number."""
    return isinstance(value, (list, tuple)) or (
        hasattr(value, "shape") and not isinstance(value, np.generic)
    )


def is_complex(value: Any) -> bool:
    """Whether a value is a complex array or tensor of any framework."""
    dtype = getattr(value, "dtype", None)
    # Not by its name, for which numpy imports a module.
    return dtype.kind == "c" if isinstance(dtype, np.dtype) else "complex" in str(dtype)


def _tensor(value: Any, torch: Any, name: str) -> Array:
    value = _torch_tensors.unwrapped(value, torch, name)
    with _torch_tensors.outside(torch):
        return _elements(_torch_tensors.dense(value, torch, name), torch, name)


def _elements(value: Any, torch: Any, name: str) -> Array:
    try:
        data = value.numpy()
    except (RuntimeError, TypeError):
        data = None  # on another device, of a type that numpy lacks, or lazily conjugated: step by step
    if data is not None:
        return _native(data, name)
    value = value.cpu()
    if value.dtype == torch.bfloat16:
        return Array(value.view(torch.int16).numpy().view(np.uint16), bfloat16=True)
    try:
        if value.dtype.itemsize == 1 and value.dtype.is_floating_point:
            value = value.to(torch.float32)
        if value.dtype == torch.complex32:
            value = value.to(torch.complex64)
        data = value.resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError) as error:
        raise TypeError(
            f"{name} has elements of {value.dtype}, which numpy lacks; convert it first, for example with .float()"
        ) from error
    return _native(data, name)


def _sequence(value: "list[Any] | tuple[Any, ...]", name: str) -> Array:
    """Stack a list; its items may be tensors, which numpy would take apart number by number."""
    if any(_is_array_like(item) for item in value):
        items = [array(item, name) for item in value]
        shapes = {item.data.shape for item in items}
        if len(shapes) > 1:
            raise ShapeError(
                f"the items of {name} must have one shape, not {sorted(shapes)}; pad or crop them first"
            )
        if items[0].data.ndim >= _MAX_AXES:
            raise ShapeError(
                f"{name} has more than {_MAX_AXES} axes; reshape it or leave some out"
            )
        if all(item.bfloat16 for item in items):
            return Array(np.stack([item.data for item in items]), bfloat16=True)
        return _native(np.stack([widened(item) for item in items]), name)
    try:
        data = np.asarray(value)
    except ValueError as error:
        raise ShapeError(
            f"{name} must be a list of equally long rows: {error}"
        ) from None
    return _native(data, name)


def _native(data: "np.ndarray[Any, Any]", name: str) -> Array:
    """Give an array one of the element types the core knows, in the machine's byte order."""
    # A subclass may say anything of itself.
    data = np.asarray(data)
    if data.ndim > _MAX_AXES or data.size > _MAX_ELEMENTS:
        raise ShapeError(
            f"{name} has {data.ndim} axes and {data.size:,} elements, of which at most {_MAX_AXES} and "
            f"{_MAX_ELEMENTS:,} can be logged; pass a part of it"
        )
    kind = data.dtype.kind
    # Some types of ml_dtypes say that they are of numpy's kind of floats.
    foreign = data.dtype.isbuiltin == _REGISTERED
    if kind not in _PLAIN_KINDS or foreign or data.dtype.itemsize > 8:  # noqa: PLR2004 - bytes of the widest plain type
        if data.dtype.name == "bfloat16":
            return Array(np.ascontiguousarray(data).view(np.uint16), bfloat16=True)
        data = _converted(data, name)
    if not (data.dtype.isnative and data.flags.aligned):
        data = data.astype(data.dtype.newbyteorder("="))
    if data.dtype.kind == "b" and data.size and data.view(np.uint8).max() > 1:
        # Pillow's bilevel images and views of bytes hold other numbers than 1 for true, which no bool of the core may.
        data = data.view(np.uint8) != 0
    return Array(data)


def _converted(data: "np.ndarray[Any, Any]", name: str) -> "np.ndarray[Any, Any]":
    if data.dtype.kind == "c":
        warn(f"{name} is complex; its imaginary part is left out")
        return data.real.astype(np.float64)
    if data.dtype.kind == "O" and any(item is None for item in data.flat):
        # numpy would make NaN of it, which hides the mistake.
        raise TypeError(
            f"{name} must hold numbers, not None; leave it out or pass float('nan')"
        )
    if data.dtype.kind == "O" and any(map(_is_array_like, data.flat)):
        # numpy would take what they answer to float() for their value.
        numbers = [
            number(item, name) if _is_array_like(item) else item for item in data.flat
        ]
        data = np.array([*numbers, None], object)[:-1].reshape(data.shape)
    if data.dtype.kind in "mMSU" or data.dtype.names:
        raise TypeError(
            f"{name} must hold numbers, not {data.dtype}; convert it with .astype(float)"
        )
    # Objects (Decimal, Fraction, big integers), long doubles, and the small floats of ml_dtypes.
    small = data.dtype.kind in "Vf" and data.dtype.itemsize <= 2  # noqa: PLR2004 - bytes of a half
    try:
        return data.astype(np.float32 if small else np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"{name} must hold numbers, but its elements are {data.dtype}: {error}"
        ) from None
