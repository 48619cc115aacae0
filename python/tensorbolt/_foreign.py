"""Masked arrays, and arrays of libraries other than numpy and torch: asked for their data, or the reason why they have none to log.

None is imported: what they are is read off their attributes.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["check_has_whole", "data_of", "unmasked"]


def data_of(value: Any, name: str) -> "np.ndarray[Any, Any]":
    """Ask an object of another framework for its data.

    Raises:
        TypeError: It is no array of numbers.
        ValueError: It has no data to read, or only a part of it is in this process.
    """
    check_has_whole(value, name)
    attempts: list[Callable[[], Any]] = []
    if hasattr(value, "shape"):
        # CuPy, MXNet, TensorFlow and Paddle
        methods = (getattr(value, name, None) for name in ("get", "asnumpy", "numpy"))
        attempts.extend(method for method in methods if callable(method))
    if hasattr(value, "__array__"):
        attempts.insert(0, lambda: np.asarray(value))
    if hasattr(value, "__dlpack__"):
        attempts.append(lambda: np.from_dlpack(value))
    if isinstance(value, (range, memoryview)) or type(value).__module__ == "array":
        attempts.append(lambda: np.asarray(value))
    cause: Exception | None = None
    for attempt in attempts:
        try:
            data = attempt()
        except Exception as error:  # noqa: PERF203 - whatever a framework raises, the next way may do
            cause = error
        else:
            if isinstance(data, np.ndarray):
                return data
    detail = f": {cause}" if cause is not None else ""
    raise TypeError(
        f"{name} must be a number, a numpy array, a tensor or a list of numbers, not {type(value).__name__}{detail}"
    ) from cause


def unmasked(value: Any) -> Any:
    """Turn the masked elements of a masked array into NaN; everything else stays what it is."""
    # numpy imports this module on first use. A child that is forked in the middle of an import by another thread waits for
    # ever at its own, and while Python shuts down there are none.
    masked = sys.modules.get("numpy.ma")
    if (
        masked is not None
        and isinstance(value, masked.MaskedArray)
        and value.mask.any()
    ):
        filled = masked.filled(value.astype(np.float64), np.nan)
        return np.asarray(filled)
    return value


def check_has_whole(value: Any, name: str) -> None:
    """Raise unless an array of another library can be read in this process, without waiting for others.

    Raises:
        TypeError: It holds no numbers, or is sparse.
        ValueError: It has no data to read, or only a part of it is in this process.
    """
    kind = type(value)
    if _is_of(kind, "jax") and hasattr(kind, "aval"):
        _check_jax(value, kind, name)
    elif _is_of(kind, "torch") and kind.__name__ == "Proxy":
        raise ValueError(
            f"{name} stands for a value of a trace and has no data; log outside of torch.fx.symbolic_trace"
        )
    elif _answers(value, "is_dist") or _answers(value, "is_distributed"):
        # Paddle and Heat gather the parts in all processes when they are asked for an array.
        raise ValueError(
            f"{name} is a {kind.__name__} spread over processes; pass the whole one, gathered in all processes, or this "
            "process's part"
        )
    elif getattr(value, "is_global", False) is True and hasattr(value, "to_local"):
        raise ValueError(
            f"{name} is a global tensor of OneFlow; pass .to_global() with sbp.broadcast, called in all processes, and then "
            ".to_local()"
        )
    else:
        _check_dense(value, name)


def _check_jax(value: Any, kind: type, name: str) -> None:
    if any(base.__name__ == "Tracer" for base in kind.__mro__):
        raise ValueError(
            f"{name} stands for a value while jax traces a function (jit, grad, vmap) and cannot be read there; return it "
            "from the function, or log in jax.debug.callback"
        )
    if value.is_deleted():
        raise ValueError(
            f"{name} was donated or deleted and has no data; log it before, or log a copy"
        )
    if not (value.is_fully_addressable or value.is_fully_replicated):
        raise ValueError(
            f"{name} is a jax.Array of which other processes have parts; pass "
            "jax.experimental.multihost_utils.process_allgather(...), called in all processes, or a part of "
            ".addressable_shards"
        )
    if "key<" in str(value.dtype):
        raise TypeError(
            f"{name} must hold numbers, not random keys; pass jax.random.key_data(...)"
        )


def _check_dense(value: Any, name: str) -> None:
    for method in ("todense", "toarray"):
        # numpy would wrap a sparse array as one object.
        sparse = hasattr(value, "nnz") or not hasattr(value, "__array__")
        if sparse and callable(getattr(type(value), method, None)):
            raise TypeError(f"{name} is a sparse array; pass {name}.{method}()")
    if _is_of(type(value), "jax") and not hasattr(value, "__array__"):
        raise TypeError(
            f"{name} is a {type(value).__name__} of jax and holds no numbers; pass an array"
        )


def _is_of(kind: type, library: str) -> bool:
    return any(
        base.__module__.partition(".")[0].startswith(library) for base in kind.__mro__
    )


def _answers(value: Any, method: str) -> bool:
    """Whether a method without arguments returns `True`; an attribute of that name does not count."""
    call = getattr(type(value), method, None)
    return callable(call) and call(value) is True
