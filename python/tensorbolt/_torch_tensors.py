"""What a tensor of torch holds, whatever its class: its numbers, or the reason why there are none to log.

A tensor's `item()` and `numpy()` may answer with something else than its value: with the part that this process has, with
what a trace has not yet brought up to date, with memory that nothing was written to. Only a tensor of torch's own class
that has memory of its own is believed. No collective is ever called: the other processes may not be in this call.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

MAX_WRAPPERS = 64
"""Tensors within tensors; torch's transforms and wrappers nest a few deep."""


def is_own(value: Any, torch: Any) -> bool:
    """Whether a tensor is of a class of torch itself, and not of a subclass."""
    kind = type(value)
    return kind is torch.Tensor or kind is torch.nn.Parameter


def unwrapped(value: Any, torch: Any, name: str) -> Any:
    """Return the tensor within a subclass, or within a transform of `torch.func`, that has the same elements.

    What comes back is of torch's own class, or of a class that answers all operations itself; then it is its own
    authority on what its one element is.

    Raises:
        TypeError: It holds something else than one array of numbers.
        ValueError: It has no elements to read, or only a part of them is in this process.
    """
    with without_torch_function(torch):
        for _ in range(MAX_WRAPPERS):
            inner = _within(value, torch, name)
            if inner is value:
                break
            value = inner
    return value


def dense(value: Any, torch: Any, name: str) -> Any:
    """Return a detached tensor of torch's own class with the same elements, in ordinary memory of any device.

    Raises:
        TypeError: It holds something else than one array of numbers.
        ValueError: It has no elements to read, or only a part of them is in this process.
    """
    value = unwrapped(value, torch, name)
    if not is_own(value, torch):
        raise TypeError(
            f"{name} is a {type(value).__name__}, a tensor subclass that keeps its elements elsewhere; "
            "pass the plain tensor that it stands for"
        )
    if value.is_quantized:
        value = value.dequantize()
    if value._is_zerotensor():
        value = torch.zeros(value.shape, dtype=value.dtype)
    return value.detach()


def item(value: Any, torch: Any, name: str) -> Any:
    """Return the one element of a tensor that was unwrapped, as a number of Python.

    Raises:
        TypeError: It cannot be read.
        ValueError: It has none or several elements.
    """
    try:
        return value.item()
    except Exception:
        with outside(torch):
            plain = dense(value, torch, name)
            if plain.numel() != 1:
                raise ValueError(
                    f"its shape is {tuple(plain.shape)}, not that of one element"
                ) from None
            return plain.item()


def symbolic(value: Any, torch: Any, name: str) -> Any:
    """Return the number that a symbolic one of a trace is, as a number of Python; other values stay what they are.

    Raises:
        ValueError: The trace does not know it.
    """
    kinds: dict[str, Callable[[Any], Any]] = {
        "SymInt": int,
        "SymFloat": float,
        "SymBool": bool,
    }
    for kind, plain in kinds.items():
        if isinstance(value, getattr(torch, kind, ())):
            try:
                return plain(value)
            except Exception:
                raise ValueError(
                    f"{name} is a {kind} that the trace does not know; log outside of torch.compile and torch.export"
                ) from None
    return value


def outside(torch: Any) -> "AbstractContextManager[Any]":
    """Have operations act on tensors as they are, also while `torch.func` or a mode that traces runs."""
    stack = ExitStack()
    functorch = getattr(torch._C, "_functorch", None)
    if functorch is not None and functorch.peek_interpreter_stack() is not None:
        from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

        stack.enter_context(temporarily_clear_interpreter_stack())
    if torch._C._len_torch_dispatch_stack():
        from torch.utils._python_dispatch import _disable_current_modes

        stack.enter_context(_disable_current_modes())
    return stack


def _within(value: Any, torch: Any, name: str) -> Any:
    """Return the next tensor on the way in, or the same one if this is the last."""
    if is_own(value, torch):
        inner = _transformed(value, torch, name)
        if inner is value:
            _check_plain(value, torch, name)
        return inner
    kind = type(value)
    names = {base.__name__ for base in kind.__mro__}
    _check_has_elements(value, names, torch, name)
    for trait, inner in _WRAPPERS.items():
        if hasattr(kind, trait):
            return inner(value, torch, name)
    if kind.__torch_dispatch__ is torch.Tensor.__torch_dispatch__:
        # Only functions are overridden; the elements are where torch looks for them.
        return value.as_subclass(torch.Tensor)
    for method in ("dequantize", "to_dense"):
        if getattr(kind, method) is not getattr(torch.Tensor, method):
            return getattr(value, method)()
    return value


def _check_has_elements(value: Any, names: set[str], torch: Any, name: str) -> None:
    if torch.nn.parameter.is_lazy(value):
        raise ValueError(
            f"{name} is not initialised yet and has no data; run the model once before it is logged"
        )
    if "FakeTensor" in names:
        raise ValueError(
            f"{name} is a FakeTensor and has no data; log outside of torch.compile, torch.export and FakeTensorMode"
        )
    if "FunctionalTensor" in names:
        raise ValueError(
            f"{name} stands for a tensor of a trace and has no data; log outside of torch.compile and torch.export"
        )
    if "CausalBias" in names:
        raise ValueError(
            f"{name} is a CausalBias, which has no data; pass the mask as a tensor, such as torch.ones(L, S).tril()"
        )
    if "NestedTensor" in names:
        raise TypeError(_NESTED.format(name=name))


def _replicated(value: Any, _: Any, name: str) -> Any:
    """Return what this process has of a tensor that is spread over several, if that is the whole."""
    placements = getattr(value, "placements", None)
    kind = type(value).__name__
    if not placements or any(
        type(placement).__name__ != "Replicate" for placement in placements
    ):
        of = f" ({', '.join(map(repr, placements))})" if placements else ""
        raise ValueError(
            f"{name} is a {kind} spread over processes{of}, of which this one has a part only; pass .full_tensor(), "
            "called in all processes, or .to_local() for this part"
        )
    if value.device_mesh.get_coordinate() is None:
        raise ValueError(
            f"{name} is a {kind} on other processes than this one, which has no part of it; log it in a process of its mesh"
        )
    return value.to_local()


def _shards(value: Any, _: Any, name: str) -> Any:
    raise ValueError(
        f"{name} is a {type(value).__name__}, spread over processes, of which this one has a part only; pass the whole one, "
        "gathered in all processes, or one of its local_shards()"
    )


def _same_in_all(value: Any, _: Any, name: str) -> Any:
    """Return the tensor that each of the ranks has which one process plays."""
    try:
        return value.reconcile()
    except AssertionError:
        raise ValueError(
            f"{name} is a {type(value).__name__} with another value for each rank; pass the tensor of one rank"
        ) from None


def _arrived(value: Any, *_: Any) -> Any:
    """Return the outcome of a collective that was called before, and is under way in all processes."""
    return value.trigger_wait()


def _filled(value: Any, torch: Any, name: str) -> Any:
    """Return a masked tensor's elements, those that are masked as NaN."""
    data, mask = (
        dense(part.to_dense() if part.layout != torch.strided else part, torch, name)
        for part in (value.get_data(), value.get_mask())
    )
    if bool(mask.all()):
        return data
    wide = torch.complex128 if data.dtype.is_complex else torch.float64
    return data.to(wide).masked_fill(~mask, float("nan"))


_WRAPPERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "to_local": _replicated,
    "local_shards": _shards,
    "reconcile": _same_in_all,
    "trigger_wait": _arrived,
    "get_mask": _filled,
}
"""What is within a tensor of a class that has a method of this name: `DTensor`, those of other libraries as well;
`ShardedTensor`; `LocalTensor`; `AsyncCollectiveTensor`; `MaskedTensor`."""


def _transformed(value: Any, torch: Any, name: str) -> Any:
    """Return the tensor within one transform of `torch.func`; the same if it is within none."""
    functorch = getattr(torch._C, "_functorch", None)
    if functorch is not None and functorch.is_batchedtensor(value):
        raise ValueError(
            f"{name} is one for each example while torch.func.vmap runs, and cannot be read there; return it from the "
            "function and log what vmap returns"
        )
    if functorch is not None and functorch.is_gradtrackingtensor(value):
        return functorch.get_unwrapped(value)
    if torch._is_functional_tensor(value):
        torch._sync(value)
        return torch._from_functional_tensor(value)
    return value


def _check_plain(value: Any, torch: Any, name: str) -> None:
    if value.is_meta:
        raise ValueError(
            f"{name} is a tensor on the meta device and has no data; move it to a real device first"
        )
    if value.is_nested:
        raise TypeError(_NESTED.format(name=name))
    if value.layout != torch.strided:
        raise TypeError(
            f"{name} is a sparse tensor ({value.layout}); pass {name}.to_dense()"
            if "sparse" in str(value.layout)
            else f"{name} has the layout {value.layout}; pass {name}.to_dense()"
        )
    if value.numel() and not value._is_zerotensor() and value.data_ptr() == 0:
        raise ValueError(
            f"{name} has no memory any more: its storage was emptied, as FSDP does between uses; log it while it holds its values"
        )
    whole = getattr(value, "_unpadded_unsharded_size", None)
    if whole is not None and value.numel() < whole.numel():
        raise ValueError(
            f"{name} is a parameter of FSDP, of which this process has a part only; log it within summon_full_params(), or "
            "pass .detach() for this part"
        )


_NESTED = "{name} is a nested tensor; pass the tensors of {name}.unbind() one by one"


def without_torch_function(torch: Any) -> "AbstractContextManager[Any]":
    """Have subclasses answer as tensors, whatever they make of functions and attributes."""
    # Older ones have but the latter, which does the same.
    switch = getattr(torch._C, "DisableTorchFunctionSubclass", None)
    context: AbstractContextManager[Any] = (switch or torch._C.DisableTorchFunction)()
    return context
