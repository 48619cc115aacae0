"""Hostile values by kind: a name, and a function that makes a fresh one."""

import ctypes
import datetime
import decimal
import fractions
import itertools
import math
import types

import numpy as np
import torch
from tests.python.inputs.hostile import hostile_objects as objects

NAMES = {
    "climbs": "../../x",
    "climbs within": "a/../../../x",
    "climbs in DOS": "..\\..\\x",
    "dot": ".",
    "dots": "..",
    "absolute": "/tmp/tensorbolt-hostile/x",
    "drive": "C:\\x",
    "NUL": "a\0b",
    "newline": "a\nb\r\n",
    "bell and escape": "\a\033[31m",
    "empty": "",
    "blank": " ",
    "device of Windows": "CON",
    "device with ending": "nul.txt",
    "forbidden in Windows": '<>:"|?*',
    "ends in a dot": "a. ",
    "surrogate": "a\ud800",
    "byte of a file name": "a\udcff",
    "not a character": "\uffff\U0010ffff",
    "right to left": "\u202e",
    "combining": "e" + "\u0301" * 50,
    "percent": "%2e%2e%2f%00",
    "hidden temporary": ".projector_config.lock",
    "config": "projector_config.pbtxt",
    "event file": "events.out.tfevents.1.h.1.000000",
    "256 bytes": "x" * 256,
    "wide": "日" * 86,
    "deep": "a/" * 2500,
    "100 kB": "x" * 100_000,
    "1 MB of surrogates": "\ud800" * 1_000_000,
    "bytes": b"t",
    "wrong bytes": b"\xff",
}
ROWS = np.arange(12.0).reshape(3, 4)
MOST_AXES = 64 if int(np.__version__.partition(".")[0]) >= 2 else 32
"""Axes that an array of numpy can have."""


def huge(dtype, count):
    """Many elements that take no memory."""
    return np.broadcast_to(np.zeros((), dtype), count)


def misaligned():
    return np.frombuffer(bytes(33), np.float64, 4, 1)


def with_itself():
    items = []
    items.append(items)
    return items


def nested(depth):
    items = [1.0]
    for _ in range(depth):
        items = [items]
    return items


def released():
    view = memoryview(bytearray(8))
    view.release()
    return view


TAGS = {name: lambda text=text: text for name, text in NAMES.items()} | {
    "a class": lambda: str,
    "enum of str": lambda: objects.Name.ONE,
    "lying text": objects.LyingText,
}
DIRECTORIES = TAGS
TEXTS = TAGS | {"none": lambda: None, "number": lambda: 3}
LISTS_OF_TEXT = {
    f"[{name}]": lambda text=text: [text] * 3 for name, text in NAMES.items()
} | {
    "raises in iter": lambda: objects.Raising("__iter__"),
    "raises in len": lambda: objects.Raising("__len__"),
    "raises in str": lambda: [objects.Raising("__str__", "__repr__")] * 3,
    "lies about its length": lambda: objects.LyingList(["a", "b", "c"]),
    "mutates": objects.Growing,
    "generator": lambda: (name for name in "abc"),
    "set": lambda: {"a", "b", "c"},
    "number": lambda: 3,
    "itself": with_itself,
}
NUMBERS = {
    **{
        f"raises in {name}": lambda name=name: objects.Raising(name)
        for name in ("__float__", "__index__", "__int__", "__array__", "__len__", "__bool__", "item", "shape", "dtype")
    },
    "raises in all": lambda: objects.Raising(*objects.SPECIAL),
    "raises in repr": lambda: objects.Raising("__repr__", "__str__"),
    "float returns text": lambda: objects.Answering(__float__=lambda _: "1"),
    "float returns itself": lambda: objects.Answering(__float__=lambda self: self),
    "item returns itself": lambda: objects.Answering(item=lambda self: self, __float__=lambda _: 1.0),
    "item is no function": lambda: objects.Answering(item=3, __float__=lambda _: 1.0),
    "index returns text": lambda: objects.Answering(__index__=lambda _: "1"),
    "array returns text": lambda: objects.Answering(__array__=lambda *_: "1"),
    "array returns a list": lambda: objects.Answering(__array__=lambda *_: [1.0]),
    "lying float": objects.LyingFloat,
    "lying int": objects.LyingInt,
    "nan": lambda: math.nan,
    "infinite": lambda: -math.inf,
    "largest": lambda: 1.7e308,
    "negative zero": lambda: -0.0,
    "5001 digits": lambda: 10**5000,
    "500 digits": lambda: 10**500,
    "fraction": lambda: fractions.Fraction(10**400, 3),
    "decimal": lambda: decimal.Decimal("1e999999"),
    "signalling": lambda: decimal.Decimal("sNaN"),
    "text": lambda: "1e5",
    "long text": lambda: "9" * 1_000_000,
    "bytes": lambda: b"1",
    "complex": lambda: 1 + 2j,
    "long double": lambda: np.longdouble("1e4000"),
    "datetime": lambda: datetime.datetime.now(datetime.timezone.utc),
    "not a time": lambda: np.datetime64("NaT"),
    "bool": lambda: True,
    "none": lambda: None,
    "empty array": lambda: np.zeros(0),
    "two numbers": lambda: np.zeros(2),
    "meta": lambda: torch.zeros((), device="meta"),
    "sparse": lambda: torch.eye(1).to_sparse(),
    "climbs": lambda: "../../x",
    "null": lambda: "\0",
}  # fmt: skip
COUNTS = NUMBERS | {
    "negative": lambda: -1,
    "zero": lambda: 0,
    "2**31": lambda: 2**31,
    "2**63": lambda: 2**63,
    "2**64": lambda: 2**64,
}
ARRAYS = {
    "raises in __array__": lambda: objects.Raising("__array__"),
    "raises in all": lambda: objects.Raising(*objects.SPECIAL),
    "raises in shape": lambda: objects.Raising("shape"),
    "raises in dlpack": lambda: objects.Raising("__dlpack__"),
    "array returns text": lambda: objects.Answering(__array__=lambda *_: "1"),
    "array returns objects": lambda: objects.Answering(
        __array__=lambda *_: np.array([None, {}], object)
    ),
    "array returns another each time": objects.Changing,
    "dlpack returns a number": lambda: objects.Answering(
        __dlpack__=lambda *_, **__: 3, __dlpack_device__=lambda _: (1, 0)
    ),
    "interface lies": lambda: objects.Answering(
        __array_interface__={"shape": (-1,), "typestr": "<f8", "version": 3}
    ),
    "interface without data": lambda: objects.Answering(
        __array_interface__={"shape": (3,), "typestr": "<f8", "version": 3}
    ),
    "lies about shape": lambda: ROWS.view(objects.LyingArray),
    "lies about bools": lambda: (
        np.full(3, 255, np.uint8).view(bool).view(objects.LyingArray)
    ),
    "list that lies about its length": lambda: objects.LyingList([1.0, 2.0, 3.0]),
    "list that grows": objects.Growing,
    "list of lists that shrink": lambda: [
        objects.Shrinking([1.0, 2.0]) for _ in range(3)
    ],
    "items that raise": lambda: [objects.Raising("__float__")] * 3,
    "items that raise in array": lambda: [objects.Raising("__array__")] * 3,
    "items that clear the list": objects.clearing,
    "sequence of length -1": lambda: objects.Answering(
        __len__=lambda _: -1, __getitem__=lambda *_: 1.0
    ),
    "sequence of length 2**62": lambda: objects.Answering(
        __len__=lambda _: 2**62, __getitem__=lambda *_: 1.0
    ),
    "itself": with_itself,
    "3000 deep": lambda: nested(3000),
    "50 deep": lambda: nested(50),
    "40 axes": lambda: np.zeros((1,) * min(40, MOST_AXES)),
    "64 axes": lambda: np.zeros((1,) * MOST_AXES)[(np.s_[::-1],) * MOST_AXES],
    "no axes": lambda: np.zeros(()),
    "no elements": lambda: np.zeros((0, 3)),
    "no elements, huge": lambda: np.zeros((2**20, 0, 2**20)),
    "no elements in a batch": lambda: np.zeros((1, 3, 0, 3)),
    "negative strides": lambda: ROWS[::-1, ::-1],
    "transposed": lambda: ROWS.T,
    "misaligned": misaligned,
    "big-endian": lambda: ROWS.astype(">f4"),
    "read-only": lambda: np.frombuffer(bytes(24)),
    "bools of 255": lambda: np.full(3, 255, np.uint8).view(bool),
    "bools of 255, backwards": lambda: np.full((3, 3), 255, np.uint8).view(bool)[::-1],
    "2**40 floats": lambda: huge(np.float32, 2**40),
    "2**62 bytes": lambda: huge(np.uint8, 2**62),
    "2**40 pixels": lambda: huge(np.uint8, (3, 2**20, 2**20)),
    "2**60 pixels": lambda: huge(np.uint8, (1, 3, 2**30, 2**30)),
    "a batch of 2**50": lambda: huge(np.uint8, (2**50, 1, 1, 1)),
    "a video of 2**50": lambda: huge(np.uint8, (1, 2**50, 1, 1, 1)),
    "2**50 vertices": lambda: huge(np.float32, (1, 2**50, 3)),
    "2**40 rows": lambda: huge(np.float32, (2**40, 3)),
    "2**40 frames": lambda: huge(np.float32, (2, 2**40)),
    "complex": lambda: ROWS * 1j,
    "long doubles": lambda: np.full(3, np.longdouble("1e4000")),
    "times": lambda: np.array(["2020-01-01", "NaT"], "datetime64[s]"),
    "texts": lambda: np.array(["a", "\ud800"]),
    "bytes": lambda: np.array([b"a\0", b""]),
    "records": lambda: np.zeros(3, [("a", "f4"), ("b", "O")]),
    "void": lambda: np.zeros(3, "V5"),
    "objects": lambda: np.array([1, "2", None], object),
    "objects that raise": lambda: np.array([objects.Raising("__float__")] * 3, object),
    "big integers": lambda: np.array([10**400] * 3, object),
    "none": lambda: None,
    "text": lambda: "abc",
    "bytes object": lambda: b"abc",
    "number": lambda: 3.5,
    "nan": lambda: np.full((3, 3), np.nan),
    "infinities": lambda: np.array([np.inf, -np.inf, 0.0]),
    "largest": lambda: np.full(3, 1.7e308),
    "smallest": lambda: np.full((1, 3, 3), 5e-324),
    "generator": lambda: (number for number in ROWS),
    "endless": itertools.count,
    "set": lambda: {1.0, 2.0},
    "mapping": lambda: {"a": 1.0},
    "module": lambda: types,
    "class": lambda: np.ndarray,
    "released buffer": released,
    "strided buffer": lambda: memoryview(bytes(12))[::-2],
    "ctypes": lambda: (ctypes.c_double * 3)(1.0, 2.0, 3.0),
    "pointer": lambda: ctypes.pointer(ctypes.c_double(1.0)),
    "torch, meta": lambda: torch.zeros(3, 3, device="meta"),
    "torch, sparse": lambda: torch.eye(3).to_sparse(),
    "torch, 2**40": lambda: torch.zeros(1).expand(2**40),
    "torch, conjugate": lambda: torch.ones(3, dtype=torch.complex64).conj(),
    "torch, nested": lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]),
    "torch, no elements": lambda: torch.zeros(3, 0),
    "torch, storage freed": objects.freed,
    "torch, bfloat16 and NaN": lambda: torch.full((1, 3, 3), math.nan).bfloat16(),
}
MAPPINGS = {
    **{f"key: {name}": lambda text=text: {text: 1.0} for name, text in NAMES.items()},
    **{
        f"value: {name}": lambda make=make: {"k": make()}
        for name, make in NUMBERS.items()
        if name != "null"
    },
    "raises in items": lambda: objects.LyingMapping("items"),
    "raises in iter": lambda: objects.LyingMapping("__iter__"),
    "raises in len": lambda: objects.LyingMapping("__len__"),
    "raises in getitem": lambda: objects.LyingMapping("__getitem__"),
    "changes while it is read": objects.changing_mapping,
    "changes its neighbour": objects.changing_neighbour,
    "dict with other items": lambda: objects.LyingDict(k=1.0),
    "itself": objects.mapping_of_itself,
    "3000 deep": objects.deep_mapping,
    "key that raises in hash": lambda: {objects.Raising("__str__", "__repr__"): 1.0},
    "keys of all kinds": lambda: {None: 1.0, 3: 1.0, (1,): 1.0},
    "no mapping": lambda: [("a", 1.0)],
    "nothing": dict,
}
FLAGS = {
    "raises in bool": lambda: objects.Raising("__bool__"),
    "raises in len": lambda: objects.Raising("__len__"),
    "raises in all": lambda: objects.Raising(*objects.SPECIAL),
    "array": lambda: np.zeros(2),
    "text": lambda: "no\0",
    "none": lambda: None,
}
OBJECTS = {
    "raises in all": lambda: objects.Raising(*objects.SPECIAL),
    "raises in iter": lambda: objects.Raising("__iter__"),
    "lying list": lambda: objects.LyingList([1.0]),
    "anything": objects.Anything,
    "none": lambda: None,
    "text": lambda: "abc",
    "array": lambda: ROWS,
    "class": lambda: type,
}
STEPS = NUMBERS | {
    "2**63": lambda: 2**63,
    "-(2**63)": lambda: -(2**63),
    "2**64": lambda: 2**64,
    "huge float": lambda: 1e300,
    "huge array": lambda: huge(np.int64, 2**40),
    **{f"name: {name}": lambda text=text: text for name, text in NAMES.items()},
}
TIMES = NUMBERS

KINDS = {
    "tag": TAGS,
    "directory": DIRECTORIES,
    "text": TEXTS,
    "texts": LISTS_OF_TEXT,
    "number": NUMBERS,
    "count": COUNTS,
    "array": ARRAYS,
    "mapping": MAPPINGS,
    "flag": FLAGS,
    "object": OBJECTS,
    "step": STEPS,
    "time": TIMES,
}
