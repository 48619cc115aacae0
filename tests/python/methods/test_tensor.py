"""add_tensor: the messages of torch where readers understand them, and every element read back."""

import decimal
import warnings

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR
from tensorboard.util.tensor_util import make_ndarray
from tests.python.support.helpers import (
    TIME,
    messages,
    on_all,
    only,
    quantized,
    values,
)

import tensorbolt

SAME_AS_TORCH = ["f4", "f8", "i1", "i2", "i4", "i8", "?", "c8", "c16"]
READABLE = [*SAME_AS_TORCH, "f2", "u1", "u2", "u4", "u8"]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def of(kinds):
    return st.sampled_from(kinds).flatmap(lambda kind: arrays.arrays(kind, SHAPES))


def logged(directory, tensor, **keywords):
    """The value that one call writes."""
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_tensor("t", tensor, **keywords)
    return only(directory)


def read(directory, tensor):
    return make_ndarray(logged(directory, tensor).tensor)


@given(of(SAME_AS_TORCH))
def test_messages_of_torch_with_a_data_class(array):
    """Difference D27: without the class, TensorBoard's readers do not even list the tag."""
    results = on_all(
        lambda w: w.add_tensor("a/b", torch.from_numpy(array), 3, TIME),
        only_with=("ours", "torch"),
    )
    (ours,) = results["ours"]["."]
    metadata = ours.summary.value[0].metadata
    assert metadata.data_class == DATA_CLASS_TENSOR
    metadata.ClearField("data_class")
    assert messages(results["ours"]) == messages(results["torch"])


@given(of(READABLE), st.sampled_from(["array", "tensor", "turned", "swapped"]))
def test_every_type_is_read_back(array, form):
    tensor = {
        "array": lambda: array,
        "tensor": lambda: torch.from_numpy(array),
        "turned": lambda: array.T[..., ::-1] if array.ndim else array,
        "swapped": lambda: array.astype(array.dtype.newbyteorder()),
    }[form]()
    result = on_all(lambda w: w.add_tensor("t", tensor, 3, TIME), only_with=("ours",))
    (event,) = result["ours"]["."]
    back = make_ndarray(event.summary.value[0].tensor)
    expected = array.T[..., ::-1] if form == "turned" and array.ndim else array
    assert back.shape == expected.shape
    if expected.size or expected.dtype not in (np.uint32, np.uint64):
        assert back.dtype == expected.dtype
    np.testing.assert_array_equal(back, expected)
    # Signs of zeros, too.
    if expected.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(back), np.signbit(expected))


@given(
    arrays.arrays(
        object, SHAPES.filter(lambda shape: 0 not in shape), elements=st.text() | st.binary()
    )
)  # fmt: skip
def test_texts_are_read_back(texts):
    texts = np.vectorize(
        lambda text: text.replace("\ud800", "") if isinstance(text, str) else text,
        otypes=[object],
    )(texts)
    for tensor in (texts, texts.tolist()):
        result = on_all(
            lambda w, tensor=tensor: w.add_tensor("t", tensor), only_with=("ours",)
        )
        (event,) = result["ours"]["."]
        back = make_ndarray(event.summary.value[0].tensor)
        assert back.shape == texts.shape
        assert back.ravel().tolist() == [
            text.encode() if isinstance(text, str) else text for text in texts.flat
        ]


@pytest.mark.parametrize(
    ("tensor", "kind", "expected"),
    [
        (torch.tensor([1e10]).bfloat16(), "f4", [torch.tensor(1e10).bfloat16().item()]),
        (jnp.asarray([1.5], jnp.bfloat16), "f4", [1.5]),
        (np.array([1.5], ml_dtypes.float8_e4m3fn), "f4", [1.5]),
        (torch.tensor([1.5]).to(torch.float8_e5m2), "f4", [1.5]),
        (torch.tensor([2], dtype=torch.uint16), "u2", [2]),
        (torch.tensor([2**32 - 1], dtype=torch.uint32), "u4", [2**32 - 1]),
        (torch.tensor([1.0], requires_grad=True), "f4", [1]),
        (torch.tensor([1 + 2j]).conj(), "c8", [1 - 2j]),
        (torch.tensor([1 - 2j]).imag, "f4", [-2]),
        (jnp.asarray([1 + 2j]), "c8", [1 + 2j]),
        (quantized(torch.tensor([0.5]), 0.25, 0), "f4", [0.5]),
        (np.array([1.5], np.longdouble), "f8", [1.5]),
        (np.array([1.5 + 1j], np.clongdouble), "c16", [1.5 + 1j]),
        ([decimal.Decimal("1.5")], "f8", [1.5]),
        (3, "i8", 3),
        (True, "?", True),
        (2.5, "f8", 2.5),
        (1j, "c16", 1j),
        (np.complex64(1j), "c8", 1j),
        ([[1, 2], [3, 4]], "i8", [[1, 2], [3, 4]]),
        ((1.5, 2), "f8", [1.5, 2]),
        ([2**63], "u8", [2**63]),
        ([1j, [2]][:1], "c16", [1j]),
        ([[1j, 2], [3, 4.5]], "c16", [[1j, 2], [3, 4.5]]),
        ([torch.tensor([1j]), torch.tensor([2.0])], "c8", [[1j], [2]]),
        ([torch.tensor([1.0]), torch.tensor([2.0])], "f4", [[1], [2]]),
        ([np.complex64(1j), 2.0], "c16", [1j, 2]),
        (range(3), "i8", [0, 1, 2]),
        ([], "f8", []),
        (complex(np.inf, np.nan), "c16", complex(np.inf, np.nan)),
        ("text", "O", b"text"),
        (b"a\0", "O", b"a\0"),
        (np.array([["a"], ["é"]]), "O", [[b"a"], ["é".encode()]]),
        (np.array([b"a", b"bc"]), "O", [b"a", b"bc"]),
        (("a", [b"b"][0]), "O", [b"a", b"b"]),
    ],
    ids=lambda value: repr(value)[:40].replace("\n", " "),
)
def test_inputs_of_every_kind(tmp_path, tensor, kind, expected):
    """Difference D27: torch takes its own tensors only."""
    back = read(tmp_path, tensor)
    assert back.dtype == np.dtype(kind)
    np.testing.assert_array_equal(back, np.array(expected, kind))


@pytest.mark.numpy_2
def test_half_precision_and_bytes_are_where_readers_look(tmp_path):
    """Difference D27: those of torch overflow, or are read as empty."""
    half = logged(tmp_path / "half", torch.tensor([1.0, -2.0]).half()).tensor
    assert half.dtype == types_pb2.DT_HALF
    assert list(half.half_val) == [0x3C00, 0xC000]
    small = logged(tmp_path / "small", torch.tensor([1, 255], dtype=torch.uint8)).tensor
    assert small.dtype == types_pb2.DT_UINT8
    assert list(small.int_val) == [1, 255]
    for tensor in (torch.ones(2).half(), torch.ones(2).bfloat16()):
        result = on_all(
            lambda w, tensor=tensor: w.add_tensor("t", tensor), only_with=("torch",)
        )
        with pytest.raises((OverflowError, TypeError)):
            make_ndarray(result["torch"]["."][0].summary.value[0].tensor)


def test_steps_and_times_and_defaults(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_tensor("t", [1.0])
        writer.add_tensor("t", [1.0], 7, TIME)
    assert [step for _, step, _ in values(tmp_path)] == [0, 7]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = on_all(
            lambda w: w.add_tensor("t", torch.ones(2), global_step=7, walltime=TIME),
            only_with=("ours", "torch"),
        )
    for result in results.values():
        (event,) = result["."]
        assert (event.step, event.wall_time) == (7, TIME)


@pytest.mark.parametrize(
    "tensor",
    [
        np.broadcast_to(np.float32(1), 2**29),
        np.broadcast_to(np.uint8(1), (2**16, 2**15)),
        torch.ones(1).expand(2**29),
        np.broadcast_to(np.complex64(1j), 2**28),
    ],
    ids=["array", "bytes", "tensor", "complex"],
)
def test_two_gibibytes_are_refused(tmp_path, tensor):
    with (
        tensorbolt.SummaryWriter(tmp_path) as writer,
        pytest.raises(ValueError, match=r"tensor takes 2147483648 bytes.* 2 GiB"),
    ):
        writer.add_tensor("t", tensor)
    assert values(tmp_path) == []


def test_mixed_and_ragged_texts_are_refused(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for tensor, kind in (
            (["a", 1], TypeError),
            ([1, "a"], TypeError),
            (["a", None], TypeError),
            ([["a"], ["b", "c"]], ValueError),
            ([["a"], "b"], ValueError),
            (["a", np.zeros(3)], ValueError),
            ([1j, [1j, 2]], ValueError),
            ([1j, None], TypeError),
            ([1j, "a"], TypeError),
            (["\ud800"], ValueError),
            (None, TypeError),
            ({}, TypeError),
            (np.array(["2020-01-01"], "M8[s]"), TypeError),
        ):
            with pytest.raises(kind, match="tensor"):
                writer.add_tensor("t", tensor)
    assert values(tmp_path) == []


def test_the_caller_may_change_its_tensor_at_once(tmp_path):
    tensor = torch.zeros(30_000)
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for step in range(5):
            tensor.fill_(step)
            writer.add_tensor("t", tensor, step)
        tensor.fill_(-1)
    for _, step, value in values(tmp_path):
        np.testing.assert_array_equal(make_ndarray(value.tensor), step)
