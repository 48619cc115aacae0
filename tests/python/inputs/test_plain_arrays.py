"""Arrays and tensors that the extension reads by itself are those that `_arrays` makes; it leaves all others to that."""

import numpy as np
import pytest
import torch
from tests.python.inputs.hostile.values import MOST_AXES
from torch import nn

import tensorbolt
from tensorbolt import _arrays, _core

BASE = np.arange(24).reshape(2, 3, 4)
TYPES = (
    "float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip
PLAIN = {
    **{dtype: BASE.astype(dtype) for dtype in TYPES},
    "0-d": np.array(1.5),
    "read-only": np.broadcast_to(np.float32(2), (3, 4)),
    "strided": BASE.astype("float32")[:, ::2, ::-1],
    "column-major": np.asfortranarray(BASE),
    **{
        f"torch, {dtype}": torch.from_numpy(BASE).to(getattr(torch, dtype))
        for dtype in ("float32", "float64", "float16", "bfloat16", "int64", "uint8")
    },
    "torch, transposed": torch.from_numpy(BASE).permute(2, 1, 0).float(),
    "torch, transposed bfloat16": torch.from_numpy(BASE).bfloat16().mT,
    "torch, 0-d bfloat16": torch.tensor(1.5, dtype=torch.bfloat16),
    "torch, parameter": nn.Parameter(torch.ones(3, 2)),
    "torch, parameter of bfloat16": nn.Parameter(torch.ones(3, 2).bfloat16()),
    "torch, with a gradient": torch.ones(2, requires_grad=True) * 2,
}
OTHERS = {
    "bool": lambda: BASE > 3,
    "complex": lambda: BASE * 1j,
    "big-endian": lambda: BASE.astype(">f4"),
    "misaligned": lambda: np.frombuffer(bytes(33), np.float64, 4, 1),
    "objects": lambda: BASE.astype(object),
    "texts": lambda: np.array(["a"]),
    "empty": lambda: np.zeros((0, 3)),
    "masked": lambda: np.ma.masked_equal(BASE, 3),
    "matrix": lambda: np.zeros((2, 2)).view(np.recarray),
    "a copy that does not fit": lambda: np.broadcast_to(np.float32(1), 2**40),
    "number": lambda: np.float32(1),
    "list": lambda: [1.0],
    "none": lambda: None,
    "torch, bool": lambda: torch.tensor([True]),
    "torch, complex": lambda: torch.ones(2) * 1j,
    "torch, negated lazily": lambda: (torch.ones(2) * 1j).conj().imag,
    "torch, empty": lambda: torch.zeros(0),
    "torch, meta": lambda: torch.zeros(2, device="meta"),
    "torch, sparse": lambda: torch.eye(3).to_sparse(),
    "torch, float8": lambda: torch.ones(2).to(torch.float8_e4m3fn),
    "torch, subclass": lambda: torch.ones(2).as_subclass(Tensor),
    "torch, lazy": lambda: nn.LazyLinear(3).weight,
}  # fmt: skip


class Tensor(torch.Tensor):
    pass


@pytest.mark.parametrize("name", PLAIN)
def test_same_as_the_long_way(name):
    value = PLAIN[name]
    found, expected = _core.plain_array(value), _arrays._array(value, "values")
    assert found is not None
    data, bfloat16 = found
    assert (data.dtype, bfloat16) == (expected.data.dtype, expected.bfloat16)
    assert (data.shape, data.strides) == (expected.data.shape, expected.data.strides)
    assert np.array_equal(data, expected.data)
    # No copy.
    assert np.shares_memory(data, expected.data)


@pytest.mark.parametrize("name", OTHERS)
def test_left_to_the_long_way(name):
    assert _core.plain_array(OTHERS[name]()) is None


def test_values_of_a_transform_are_left_to_the_long_way():
    seen = []

    def look(value):
        seen.append(_core.plain_array(value))
        return value * 2

    torch.func.vmap(look)(torch.ones(3))
    torch.func.grad(lambda value: look(value).sum())(torch.ones(3))
    assert seen == [None, None]


@pytest.mark.skipif(MOST_AXES == 32, reason="this numpy has no such arrays")
def test_too_many_axes(logdir):
    many = np.zeros((1,) * 33, np.float32)
    assert _core.plain_array(many) is None
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(ValueError, match="33 axes"),
    ):
        writer.add_histogram("h", many, 1)


def test_histogram_of_more_elements_than_memory_has(logdir):
    many = np.broadcast_to(np.float32(1), 2**40)
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(ValueError, match="pass a part of it"),
    ):
        writer.add_histogram("h", many, 1)
