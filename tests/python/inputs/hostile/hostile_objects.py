"""Objects that raise, lie about themselves, or change while they are read."""

import enum
from collections.abc import Mapping

import numpy as np
import torch

SPECIAL = (
    "__float__", "__int__", "__index__", "__bool__", "__len__", "__iter__", "__getitem__", "__str__", "__repr__",
    "__array__", "__dlpack__", "__eq__", "shape", "dtype", "item", "numpy",
)  # fmt: skip


def Raising(*names):  # noqa: N802 - stands for a class
    """Return an object whose methods or attributes of these names raise."""

    def fail(*_, **__):
        raise ZeroDivisionError("mine")

    ordinary = ("shape", "dtype")
    body = {name: property(fail) if name in ordinary else fail for name in names}
    if "__eq__" in body:
        body["__hash__"] = object.__hash__
    return type("Raising", (), body)()


def Answering(**methods):  # noqa: N802
    """Return an object with these methods."""
    return type("Answering", (), methods)()


class Anything:
    """Has every attribute, can be called, and is never what it seems."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_, **__):
        return self


class Name(str, enum.Enum):
    """Texts that are also members."""

    ONE = "one"


class LyingText(str):
    """A text with another text, length and encoding than it says."""

    __slots__ = ()

    def __str__(self):
        return "../../x"

    def __len__(self):
        return 10**9

    def encode(self, *_):
        return "no bytes"

    def isascii(self):
        return True


class LyingFloat(float):
    """A number with another number than it says."""

    def __float__(self):
        return "x"

    def __repr__(self):
        return 3


class LyingInt(int):
    """An integer with another one than it says."""

    def __int__(self):
        return "x"

    def __index__(self):
        raise ZeroDivisionError("mine")


class LyingArray(np.ndarray):
    """An array that lies about its shape, its type and its layout."""

    @property
    def shape(self):
        return (1000, 1000)

    @property
    def size(self):
        return -1

    @property
    def ndim(self):
        return 7

    def view(self, *_):
        return np.zeros(1, np.uint8)

    def astype(self, *_, **__):
        return np.zeros((2, 2), object)

    def max(self, *_, **__):
        return 0


class LyingList(list):
    """A list with another length than it says."""

    def __len__(self):
        return 10**9


class Growing(list):
    """A list that grows while it is read."""

    def __iter__(self):
        for number in range(4):
            self.extend([1.0] * 1000)
            yield float(number)


class Shrinking(list):
    """A list that is shorter at every look."""

    def __getitem__(self, index):
        self.pop()
        return super().__getitem__(index)

    def __len__(self):
        # Not `if self`, which asks for the length again, and again, until the stack of a process overflows.
        if super().__len__():
            self.pop()
        return super().__len__() + 1


class Changing:
    """Another array at every look."""

    def __init__(self):
        self.looks = 0

    def __array__(self, dtype=None, copy=None):
        self.looks += 1
        return np.zeros((self.looks,) * self.looks)


def clearing():
    """A list that is emptied by the first of its items that is read."""
    items = []

    def clear(_):
        items.clear()
        return 1.0

    items.extend(Answering(__float__=clear) for _ in range(100))
    return items


class LyingMapping(Mapping):
    """A mapping one method of which raises."""

    def __init__(self, name):
        self.name = name

    def _check(self, name):
        if name == self.name:
            raise ZeroDivisionError("mine")

    def __len__(self):
        self._check("__len__")
        return 10**9

    def __iter__(self):
        self._check("__iter__")
        return iter(["k"])

    def __getitem__(self, key):
        self._check("__getitem__")
        return 1.0

    def items(self):
        self._check("items")
        return [("k", 1.0)]


class LyingDict(dict):
    """A dict whose methods say something else than it holds."""

    def items(self):
        return [("../../x", 1.0), (3, None)]

    def keys(self):
        return ["../../x"]

    def __iter__(self):
        return iter([None])

    def __len__(self):
        return 0


def changing_mapping():
    """A dict that gets a further key by every value that is read."""
    mapping = {}

    def add(_):
        mapping[str(len(mapping))] = 1.0
        return 1.0

    mapping.update({f"k{number}": Answering(__float__=add) for number in range(3)})
    return mapping


def changing_neighbour():
    """A dict whose first value empties the second."""
    inner = {f"x{number}": 1.0 for number in range(1000)}
    first = Answering(__float__=lambda _: inner.clear() or 1.0)
    return {"a": first, "b": inner}


def mapping_of_itself():
    """A dict in itself."""
    mapping = {"k": 1.0}
    mapping["itself"] = mapping
    return mapping


def deep_mapping():
    """Dicts in dicts."""
    mapping = {"k": 1.0}
    for _ in range(3000):
        mapping = {"k": mapping}
    return mapping


def freed():
    """A tensor whose memory is gone."""
    tensor = torch.ones(3, 3)
    tensor.untyped_storage().resize_(0)
    return tensor
