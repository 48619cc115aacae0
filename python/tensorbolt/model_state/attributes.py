"""Python attributes of a model: found, copied one level at a time, and put back in place."""

import collections
import functools
import random
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tensorbolt.model_state import undo
from tensorbolt.model_state.tensors import FLATTEN, HOOKS

__all__ = ["Attributes"]

MAX_ITEMS = 300_000
"""Items of containers that are looked at, apart from the attributes of layers: a second at most, whatever a model holds."""

MAX_ARRAY_BYTES = 16 * 2**20
"""Bytes of numpy arrays that are copied; no operator reports what is written to them."""

_PLAIN = frozenset(
    {bool, bytes, complex, float, int, str, type(None), type, types.ModuleType}
)
"""Types of values that do not change, and of those that are not followed."""

_BASES = frozenset({"abc", "builtins", "collections", "enum", "typing"})
"""Modules whose classes may be among the bases of objects that are followed."""


class Attributes:
    """Attributes as they were when this object was made.

    Followed are layers, containers, arrays, random generators, functions with what they close over, and objects of
    classes from the same packages as those of the layers. Others, such as a trainer or a writer that a model knows, may
    share their state with threads, files or native code, and are left alone.

    Args:
        torch: The package.
        roots: Models and values to begin with.
    """

    def __init__(self, torch: Any, roots: tuple[Any, ...]) -> None:
        self._torch = torch
        self.tensors: list[Any] = []
        """All tensors that were found, each once."""
        self._undo: list[Callable[[], None]] = []
        self._empty: list[dict[Any, Any]] = []
        self._packages = _packages(torch, roots)
        # Also keeps what was seen, so that no other object gets its id.
        self._seen: dict[int, Any] = {}
        self._items = 0
        self._array_bytes = 0
        containers = (dict, list, set, frozenset, tuple, collections.deque)
        self._kinds: tuple[tuple[Any, Callable[[Any], Iterable[Any]]], ...] = (
            (torch.Tensor, self._tensor),
            (torch.nn.Module, self._layer),
            (np.ndarray, self._array),
            (containers, self._container),
            (types.FunctionType, self._function),
            (types.MethodType, lambda method: (method.__self__, method.__func__)),
            (functools.partial, lambda made: (made.func, made.args, made.keywords)),
            ((torch.Generator, random.Random), self._generator),
            ((np.random.RandomState, np.random.Generator), self._generator),
        )
        # Breadth first: if there is too much, it is the deep and the long that is left out.
        queue = collections.deque(roots)
        while queue:
            value = queue.popleft()
            if type(value) not in _PLAIN and id(value) not in self._seen:
                self._seen[id(value)] = value
                queue.extend(self._copied(value))

    def restore(self) -> None:
        """Put all attributes back."""
        for put_back in self._undo:
            put_back()
        for value in self._empty:
            if value:
                value.clear()

    def _copied(self, value: Any) -> Iterable[Any]:
        """Copy one level of a value, and return what is in it."""
        for kinds, copied in self._kinds:
            if isinstance(value, kinds):
                return copied(value)
        return self._object(value) if self._is_of_model(type(value)) else ()

    def _tensor(self, tensor: Any) -> Iterable[Any]:
        self.tensors.append(tensor)
        if hasattr(type(tensor), FLATTEN):
            names, _ = tensor.__tensor_flatten__()
            yield from (getattr(tensor, name) for name in names)
        if tensor.is_leaf:
            yield tensor.grad
        for name in HOOKS:
            yield getattr(tensor, name, None)
        if tensor.__dict__:
            yield from self._container(tensor.__dict__)

    def _layer(self, layer: Any) -> Iterator[Any]:
        self._undo.append(functools.partial(undo.set_class, layer, type(layer)))
        if isinstance(layer, self._torch.jit.ScriptModule):
            self._undo.extend(undo.scripted(layer))
            for values in (layer.parameters, layer.buffers):
                yield from values(recurse=False)
            yield from layer.children()
            return
        own = vars(layer)
        self._undo.append(undo.of_dict(own))
        for value in own.values():
            # Of its layers, parameters and hooks all are followed, whatever their number.
            if type(value) in (dict, collections.OrderedDict):
                if not value:
                    # Most of the dozen of a layer, for hooks that few have.
                    self._empty.append(value)
                    continue
                self._seen[id(value)] = value
                self._undo.append(undo.of_dict(value))
                yield from value.values()
            else:
                yield value

    def _container(self, value: Any) -> Iterable[Any]:
        self._items += len(value)
        if self._items > MAX_ITEMS:
            return ()
        own = getattr(value, "__dict__", None)
        if own:
            # A class that was made from a container, and has attributes as well.
            self._undo.append(undo.of_dict(own))
            return [*own.values(), *self._items_of(value)]
        return self._items_of(value)

    def _items_of(self, value: Any) -> Iterable[Any]:
        if isinstance(value, dict):
            self._undo.append(undo.of_dict(value))
            return list(value.values())
        if isinstance(value, list):
            self._undo.append(undo.of_list(value))
        elif isinstance(value, (set, collections.deque)):
            self._undo.append(undo.of_collection(value))
        return list(value)

    def _array(self, array: "np.ndarray[Any, Any]") -> Iterable[Any]:
        self._array_bytes += array.nbytes
        if self._array_bytes > MAX_ARRAY_BYTES or not array.flags.writeable:
            return ()
        before = array.copy()

        self._undo.append(functools.partial(undo.set_array, array, before))
        return array.tolist() if array.dtype == object else ()

    def _function(self, function: types.FunctionType) -> Iterator[Any]:
        yield function.__defaults__
        yield function.__kwdefaults__
        for cell in function.__closure__ or ():
            try:
                before = cell.cell_contents
            except ValueError:
                # Its variable has no value yet.
                continue
            self._undo.append(functools.partial(undo.set_cell, cell, before))
            yield before
        # Models that a function knows by their names.
        for name in function.__code__.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, self._torch.nn.Module):
                yield value

    def _generator(self, value: Any) -> Iterable[Any]:
        """Copy the state of a random generator."""
        if isinstance(value, np.random.Generator):
            bits = value.bit_generator
            self._undo.append(functools.partial(setattr, bits, "state", bits.state))
        elif isinstance(value, random.Random):
            self._undo.append(functools.partial(value.setstate, value.getstate()))
        else:
            self._undo.append(functools.partial(value.set_state, value.get_state()))
        return ()

    def _is_of_model(self, kind: type) -> bool:
        return hasattr(kind, "__dataclass_fields__") or all(
            _package(base) in self._packages or _package(base) in _BASES
            for base in kind.__mro__
        )

    def _object(self, value: Any) -> Iterator[Any]:
        own = getattr(value, "__dict__", None)
        if isinstance(own, dict):
            self._undo.append(undo.of_dict(own))
            yield from own.values()
        for base in type(value).__mro__:
            for name in _slots(base):
                before = getattr(value, name, self)
                self._undo.append(
                    functools.partial(undo.set_slot, value, name, before, self)
                )
                yield before


def _packages(torch: Any, roots: tuple[Any, ...]) -> set[str]:
    """Return the packages, or single modules, that the classes of a model's layers are from, without torch itself."""
    found = {
        _package(kind)
        for root in roots
        if isinstance(root, torch.nn.Module)
        for kind in {type(module) for module in root.modules()}
    }
    return found - {"torch", "builtins", "tensorbolt"}


def _package(kind: type) -> str:
    return str(kind.__module__).partition(".")[0]


def _slots(kind: type) -> list[str]:
    names = kind.__dict__.get("__slots__", ())
    names = [names] if isinstance(names, str) else list(names)
    return [name for name in names if name not in ("__dict__", "__weakref__")]
