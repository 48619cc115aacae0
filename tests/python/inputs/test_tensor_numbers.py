"""Numbers of tensors without axes, which are read where they lie, are those of `item()`."""

import numpy as np
import pytest
import torch
from tests.python.support.helpers import scalars
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tensorbolt import SummaryWriter

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
HAS_TABLE = hasattr(torch.Tensor, "__dlpack_c_exchange_api__")


def numbers(directory, tag):
    return [number for found, _, number in scalars(directory) if found == tag]


def logged(directory, tensors):
    """What `add_scalar` and `log` write of tensors, as float32."""
    with SummaryWriter(directory) as writer:
        for step, tensor in enumerate(tensors):
            writer.add_scalar("one", tensor, step)
            writer.log({"many": tensor}, step)
    ones = numbers(directory, "one")
    np.testing.assert_array_equal(ones, numbers(directory, "many"))
    return ones


def same(directory, tensors):
    wanted = [np.float32(tensor.item()) for tensor in tensors]
    np.testing.assert_array_equal(np.float32(logged(directory, tensors)), wanted)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(tmp_path, dtype):
    kind = getattr(torch, dtype)
    limits = torch.iinfo(kind)
    some = (0, 1, limits.min, limits.max, limits.max // 3, limits.min // 7)
    same(tmp_path, [torch.tensor(number, dtype=kind) for number in some])


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats(tmp_path, dtype):
    kind = getattr(torch, dtype)
    limits = torch.finfo(kind)
    some = (0.0, -0.0, 1.0, -2.5, 1 / 3, limits.max, limits.min, limits.tiny)
    others = (limits.tiny / 4, float("inf"), float("-inf"), float("nan"))
    with np.errstate(over="ignore"):
        same(tmp_path, [torch.tensor(number, dtype=kind) for number in some + others])


def test_bool_and_the_bytes_that_are_neither_0_nor_1(tmp_path):
    odd = torch.tensor([0, 1, 2, 255], dtype=torch.uint8).view(torch.bool)
    assert logged(tmp_path, [torch.tensor(True), torch.tensor(False), *odd]) == [
        *(1.0, 0.0),
        *(0.0, 1.0, 1.0, 1.0),
    ]


def test_elements_of_larger_tensors(tmp_path):
    matrix = torch.arange(24, dtype=torch.float64).reshape(4, 6)
    views = [matrix[1, 2], matrix.T[3, 2], matrix[::2, 1::3][1, 1], matrix.sum()]
    # Its address is no multiple of its size.
    memory = bytearray(b"\0" + np.float64(2.5).tobytes())
    shifted = torch.frombuffer(memory, offset=1, dtype=torch.float64)
    same(tmp_path, [*views, shifted[0]])


def test_negated_when_read(tmp_path):
    complex_numbers = torch.tensor([1 + 2j, 3 - 4j])
    imaginary = complex_numbers.conj().imag
    assert imaginary[0].is_neg()
    lazy = torch._neg_view(torch.tensor(5.0))
    assert logged(tmp_path, [*imaginary, lazy, complex_numbers.imag[0]]) == [
        *(-2.0, 4.0),
        *(-5.0, 2.0),
    ]


def test_parts_of_a_graph(tmp_path):
    weight = torch.nn.Parameter(torch.tensor(3.0))
    with torch.inference_mode():
        inferred = torch.tensor(4.0) * 2
    same(tmp_path, [weight, weight * 2, (weight * 2).detach(), inferred])


def test_changed_in_place_between_calls(tmp_path):
    total = torch.zeros(())
    with SummaryWriter(tmp_path) as writer:
        for step in range(100):
            total += step
            writer.add_scalar("total", total, step)
    assert numbers(tmp_path, "total") == list(np.cumsum(np.arange(100)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.tensor(1 + 2j),
        lambda: torch.empty((), device="meta"),
        lambda: torch._efficientzerotensor(()),
        lambda: torch.ones(3),
    ],
    ids=["complex", "meta", "zero without memory", "three elements"],
)
def test_what_is_no_number_is_for_the_long_way(tmp_path, make):
    """What it says of them is tested where all kinds of values are; here only that nothing is made up."""
    tensor = make()
    with SummaryWriter(tmp_path) as writer:
        try:
            writer.add_scalar("it", tensor, 0)
        except (TypeError, ValueError, RuntimeError):
            written = []
        else:
            written = [float(tensor.item())]
    assert numbers(tmp_path, "it") == written


@pytest.mark.parametrize("shape", [(), (3,)])
def test_memory_that_was_given_back(tmp_path, shape):
    tensor = torch.ones(shape)
    tensor.untyped_storage().resize_(0)
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match=r"^scalar_value .*storage was emptied"):
            writer.add_scalar("gone", tensor, 0)
        with pytest.raises(ValueError, match=r"^values .*storage was emptied"):
            writer.add_histogram("gone", tensor, 0)
    assert scalars(tmp_path) == []


class Calls(TorchFunctionMode):
    """Notes the names of torch's functions that are called."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        self.names.append(function.__name__)
        return function(*arguments, **(keywords or {}))


@pytest.mark.skipif(not HAS_TABLE, reason="this torch has no table of C functions")
def test_item_is_not_called(tmp_path):
    tensor, axes = torch.tensor(1.5), torch.ones(1)
    with SummaryWriter(tmp_path) as writer, Calls() as calls:
        writer.add_scalar("one", tensor, 0)
        assert "item" not in calls.names
        writer.add_scalar("one", axes, 1)
        assert "item" in calls.names


class Refuses(TorchFunctionMode):
    """Fails where torch is asked whether a tensor is negated."""

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        if function.__name__ == "is_neg":
            raise RuntimeError("not asked for here")
        return function(*arguments, **(keywords or {}))


def test_a_question_that_fails_is_for_item(tmp_path):
    with Refuses():
        assert logged(tmp_path, [torch.tensor(1.5)]) == [1.5]


class Dispatched(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        return function(*arguments, **(keywords or {}))


@pytest.mark.parametrize("mode", [FakeTensorMode, Dispatched])
def test_while_operations_are_watched(tmp_path, mode):
    """Reading memory is no operation, so a mode that replaces operations does not see it."""
    tensor = torch.tensor(1.5)
    with mode():
        found = logged(tmp_path, [tensor])
    assert found == [1.5]
