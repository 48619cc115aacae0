"""Contents and properties of tensors: copied before the first write, put back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["FLATTEN", "HOOKS", "Tensors"]

FLATTEN = "__tensor_flatten__"
"""Method of tensors that consist of others, such as those of `torch.distributed.tensor`."""

HOOKS = "_backward_hooks", "_post_accumulate_grad_hooks"
"""Attributes of a tensor that are `None` until it gets the first hook."""

_HIDDEN = frozenset({"running_mean", "running_var"})
"""Arguments that `batch_norm` and its relatives write to in training mode, although their schemas do not say so."""

_MODES = frozenset({"training", "train"})
"""Arguments that say whether it does."""


class _Properties(NamedTuple):
    """Properties of a tensor object, apart from its contents."""

    tensor: Any
    kind: type
    data: Any
    """Another object for the same memory, which keeps it."""
    layout: Any
    requires_grad: bool
    grad: Any
    hooks: tuple[Any, ...]
    version: Any
    """Puts the version counter back, which autograd compares; `None` of tensors without one."""
    writes: int
    """What that counter said; 0 without one."""


class Tensors:
    """Tensors as they were when this object was made.

    Args:
        torch: The package.
        tensors: The tensors, each once.
    """

    def __init__(self, torch: Any, tensors: list[Any]) -> None:
        self._torch = torch
        self._properties = [_properties(torch, tensor) for tensor in tensors]
        # Views share a storage, and so do `tensor.data` and `tensor`: what is written to is found by its storage.
        self._storages = {
            storage._cdata: storage
            for storage in map(_storage, tensors)
            if storage is not None
        }
        self._copies: dict[int, Any] = {}

    @contextmanager
    def observed(self) -> Iterator[None]:
        """Copy what an operator is about to write to, within a block.

        What `torch.compile` made runs as it is written while a dispatch mode is active, so its writes are seen as well.
        """
        mode = _observer(self._torch)(self._copy)
        with mode:
            yield

    def copy_all(self) -> None:
        """Copy all contents."""
        for key in self._storages:
            self._copy_storage(key)

    def restore(self) -> None:
        """Put back what was copied, and all properties."""
        with self._torch.no_grad():
            for before in self._properties:
                if _restore_properties(before) and before.version is not None:
                    # What was written to since is another memory.
                    _reset_version(before)
        for key, copy in self._copies.items():
            storage = self._storages[key]
            if storage.nbytes() != copy.nbytes():
                storage.resize_(copy.nbytes())
            # Of a storage, so no version counter notices: graphs of the caller's that need these values stay valid.
            storage.copy_(copy)
        for before in self._properties:
            if before.version is not None and self._is_copied(before.tensor):
                _reset_version(before)

    def lost(self) -> list[Any]:
        """Return tensors whose version counter says that they were written to, though nothing was copied."""
        return [
            before.tensor
            for before in self._properties
            if before.version is not None
            and before.tensor._version != before.writes
            and not self._is_copied(before.tensor)
        ]

    def _is_copied(self, tensor: Any) -> bool:
        storage = _storage(tensor)
        return storage is not None and storage._cdata in self._copies

    def _copy(self, tensor: Any) -> None:
        storage = _storage(tensor)
        if storage is not None and storage._cdata in self._storages:
            self._copy_storage(storage._cdata)

    def _copy_storage(self, key: int) -> None:
        storage = self._storages[key]
        if key not in self._copies and storage.device.type != "meta":
            self._copies[key] = storage.clone()


def _find_written(schema: Any) -> list[tuple[int, str]]:
    """Return place and name of the arguments that an operator writes to."""
    return [
        (place, argument.name)
        for place, argument in enumerate(schema.arguments)
        if argument.name in _HIDDEN
        or (argument.alias_info is not None and argument.alias_info.is_write)
    ]


def _observer(torch: Any) -> Any:
    """Return the class of a dispatch mode. Torch must not be imported for its sake, so it is made here."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Observer(TorchDispatchMode):  # type: ignore[misc,unused-ignore]
        # Operators that take functions, such as torch.cond; what those do is not seen.
        supports_higher_order_operators = True

        def __init__(self, copy: Any) -> None:
            super().__init__()
            self._copy = copy
            self._written: dict[Any, list[tuple[int, str]]] = {}

        def __torch_dispatch__(
            self,
            func: Any,
            types: Any,
            args: tuple[Any, ...] = (),
            kwargs: dict[str, Any] | None = None,
        ) -> Any:
            kwargs = kwargs or {}
            schema = getattr(func, "_schema", None)
            if schema is None:
                return func(*args, **kwargs)
            if any(hasattr(kind, FLATTEN) for kind in types):
                # Its own class takes the tensors out of it, and comes back here with those.
                return NotImplemented
            if torch.is_inference_mode_enabled() and func._can_decompose():
                # In this mode operators come here that consist of others, which say what they write to.
                with self:
                    result = func.decompose(*args, **kwargs)
                if result is not NotImplemented:
                    return result
            written = self._written.get(func)
            if written is None:
                written = self._written[func] = _find_written(schema)
            if written and not _only_reads(schema, args, kwargs):
                for place, name in written:
                    value = args[place] if place < len(args) else kwargs.get(name)
                    tensors = value if isinstance(value, (list, tuple)) else [value]
                    for tensor in tensors:
                        if isinstance(tensor, torch.Tensor):
                            self._copy(tensor)
            return func(*args, **kwargs)

    return Observer


def _only_reads(schema: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Say whether an operator with a mode, such as `batch_norm`, is to evaluate."""
    for place, argument in enumerate(schema.arguments):
        if argument.name in _MODES:
            mode = args[place] if place < len(args) else kwargs.get(argument.name)
            return mode is False
    return False


def _properties(torch: Any, tensor: Any) -> _Properties:
    try:
        version = torch.autograd.grad_mode._unsafe_preserve_version_counter(tensor)
        writes = tensor._version
    except RuntimeError:
        # Tensors made in inference mode have no counter.
        version, writes = None, 0
    return _Properties(
        tensor,
        type(tensor),
        tensor.data,
        _layout(tensor),
        tensor.requires_grad,
        tensor.grad if tensor.is_leaf else None,
        tuple(getattr(tensor, name, None) for name in HOOKS),
        version,
        writes,
    )


def _restore_properties(before: _Properties) -> bool:
    """Put back all but the contents; return whether the tensor had been given another memory."""
    tensor = before.tensor
    moved = bool(_layout(tensor) != before.layout)
    if moved:
        tensor.data = before.data
    if type(tensor) is not before.kind:
        # A lazy parameter that has got its shape.
        tensor.__class__ = before.kind
    if tensor.is_leaf:
        if tensor.requires_grad != before.requires_grad:
            tensor.requires_grad_(before.requires_grad)
        if tensor.grad is not before.grad:
            tensor.grad = before.grad
    for name, hooks in zip(HOOKS, before.hooks, strict=True):
        if getattr(tensor, name, None) is not hooks:
            setattr(tensor, name, hooks)
    return moved


def _reset_version(before: _Properties) -> None:
    before.version.__exit__(None, None, None)


def _layout(tensor: Any) -> Any:
    """Return where a tensor's numbers lie, `None` if that cannot be said."""
    storage = _storage(tensor)
    if storage is None:
        return None
    place = storage._cdata, tensor.storage_offset()
    return *place, tensor.size(), tensor.stride(), tensor.dtype


def _storage(tensor: Any) -> Any:
    """Return the storage of a tensor; `None` of sparse and nested ones, those of others, and uninitialised ones."""
    if tensor.is_nested or hasattr(type(tensor), FLATTEN):
        return None
    try:
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError, ValueError):
        return None
