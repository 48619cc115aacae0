"""Everything that is one number, whatever it comes from."""

import decimal
import enum
import fractions
import math

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from tests.python.support.helpers import quantized, scalars, values

import tensorbolt


class OnlyFloat:
    def __float__(self):
        return 2.0


class OnlyIndex:
    def __index__(self):
        return 2


class OnlyArray:
    def __array__(self, dtype=None, copy=None):
        return np.array([[2.0]], dtype)


class OnlyDlpack:
    def __init__(self):
        self.array = np.array([2.0])

    def __dlpack__(self, **keywords):
        return self.array.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Raises(Exception):
    pass


class FloatRaises:
    def __float__(self):
        raise Raises


class Level(enum.IntEnum):
    TWO = 2


TWOS = [
    2,
    2.0,
    decimal.Decimal(2),
    fractions.Fraction(4, 2),
    "2",
    " 2.0 ",
    b"2",
    np.str_("2"),
    Level.TWO,
    OnlyFloat(),
    OnlyArray(),
    OnlyDlpack(),
    [2],
    (2.0,),
    [[[2]]],
    [torch.tensor(2)],
    [np.float32(2)],
    range(2, 3),
    np.ma.masked_array([2.0], mask=[False]),
    *[np.dtype(code).type(2) for code in "bhilqBHILQefdg"],
    *[np.full((1, 1), 2, code) for code in "bhilqBHILQefdg"],
    *[np.array(2, code) for code in (">f4", "<f8", ">i2", ">u8", "O")],
    torch.tensor(2),
    torch.tensor([[2.0]], requires_grad=True),
    torch.nn.Parameter(torch.tensor(2.0)),
    torch.tensor(2.0).to(torch.bfloat16),
    torch.tensor(2.0).half(),
    torch.tensor([2.0]).to(torch.float8_e4m3fn),
    torch.tensor([2.0]).to(torch.float8_e5m2),
    torch.tensor([2], dtype=torch.uint16),
    quantized(torch.tensor([2.0]), 1.0, 0),
    torch.tensor([2 + 0j]).conj().real,
    torch._neg_view(torch.tensor([-2.0])),
    jnp.float32(2),
    jnp.array([2.0]),
    jnp.array(2, dtype=jnp.bfloat16),
    np.array([2], ml_dtypes.bfloat16),
    ml_dtypes.bfloat16(2),
    ml_dtypes.float8_e4m3fn(2),
    np.array(2, ml_dtypes.float8_e5m2),
    np.array([2], ml_dtypes.int4),
]


@pytest.mark.filterwarnings("ignore:.*__array__.*copy.*:DeprecationWarning")
@pytest.mark.parametrize(
    "value", TWOS, ids=lambda value: f"{type(value).__module__}.{type(value).__name__}"
)
def test_numbers_of_every_kind(logdir, value):
    """Difference D10: the reference writers accept some of these, each others."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", value)
        writer.add_scalars("g", {"k": value})
        writer.log({"l": value})
        writer.add_scalar("n", value, new_style=True)
    assert scalars(logdir)[:2] == [("s", 0, 2.0), ("l", 0, 2.0)]
    assert values(logdir)[2][2].tensor.float_val == [2.0]
    assert scalars(f"{logdir}/g_k") == [("g", 0, 2.0)]


def test_an_object_with_index_only(logdir):
    """As everywhere in Python, such an object is an integer."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1.0, OnlyIndex())
    assert scalars(logdir) == [("s", 2, 1.0)]


@pytest.mark.parametrize("value", [2**64, -(2**64), 10**300, decimal.Decimal("1e300")])
def test_numbers_beyond_float32_are_infinite(logdir, value):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", value)
    ((_, _, number),) = scalars(logdir)
    assert number == (float(value) if abs(value) < 1e38 else math.inf)


def test_bfloat16_keeps_its_range(logdir):
    """Difference D8: torch makes this infinite."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", torch.tensor(1e10, dtype=torch.bfloat16))
    ((_, _, number),) = scalars(logdir)
    assert number == pytest.approx(1e10, rel=0.01)


def test_a_meta_tensor_has_no_number(logdir):
    """Difference D9: torch logs a random number."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        for call in (
            lambda value: writer.add_scalar("s", value),
            lambda value: writer.add_histogram("s", value),
            lambda value: writer.add_image("s", value),
        ):
            with pytest.raises(ValueError, match="meta"):
                call(torch.empty(1, device="meta"))
    assert values(logdir) == []


def test_what_an_object_raises_comes_out(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(Raises):
            writer.add_scalar("s", FloatRaises())
        with pytest.raises(Raises):
            writer.log({"a": 1.0, "b": FloatRaises()})
        with pytest.raises(Raises):
            writer.add_scalars("g", {"a": 1.0, "b": FloatRaises()})
    assert values(logdir) == []


def test_a_masked_number_is_nan(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", np.ma.masked_array([2.0], mask=[True]))
    ((_, _, number),) = scalars(logdir)
    assert math.isnan(number)


def test_tags_that_are_members_of_an_enum(logdir):
    class Tag(str, enum.Enum):
        LOSS = "loss"

    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar(Tag.LOSS, 1)
        writer.add_text(Tag.LOSS, Tag.LOSS)
        writer.log({Tag.LOSS: 2})
        writer.add_histograms({Tag.LOSS: [1.0]})
    assert [tag for tag, _, _ in values(logdir)] == [
        "loss",
        "loss/text_summary",
        "loss",
        "loss",
    ]


@pytest.mark.parametrize(
    "step",
    [
        np.array([3]),
        torch.tensor([3]),
        np.array(3),
        torch.tensor(3.7),
        jnp.array(3),
        "3",
    ],
)
def test_steps_of_one_element(logdir, step):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, step)
        writer.add_text("t", "x", step)
    assert [found for _, found, _ in values(logdir)] == [3, 3]
