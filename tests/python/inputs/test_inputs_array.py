"""Everything that is an array, whatever it comes from."""

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.python.support.helpers import only, quantized, values
from tests.python.support.images import pixels

import tensorbolt

NUMBERS = np.arange(24).reshape(2, 3, 4)
CODES = ["?", "b", "h", "i", "l", "q", "B", "H", "I", "L", "Q", "e", "f", "d", "g"]


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def histogram(writer, array):
    writer.add_histogram("h", array)
    writer.flush()
    return values(writer.log_dir)[-1][2].histo


def agrees(writer, array, expected):
    found, expected = histogram(writer, array), np.asarray(expected, np.float64)
    assert (found.min, found.max, found.num) == (
        expected.min(),
        expected.max(),
        expected.size,
    )
    assert found.sum == pytest.approx(expected.sum(), rel=1e-12, abs=1e-300)
    assert sum(found.bucket) == expected.size


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("code", CODES)
def test_every_dtype_and_byte_order(writer, code, order):
    array = NUMBERS.astype(code).astype(np.dtype(code).newbyteorder(order))
    agrees(writer, array, NUMBERS.astype(code))
    agrees(writer, array.T[::-1, 1:], NUMBERS.astype(code).T[::-1, 1:])


def layouts(base):
    """The same elements in memory of many shapes."""
    readonly = base.copy()
    readonly.flags.writeable = False
    octets = np.zeros(base.nbytes + 1, np.uint8)
    unaligned = octets[1:].view(base.dtype).reshape(base.shape)
    unaligned[...] = base
    record = np.zeros(base.shape, np.dtype([("pad", "u1"), ("x", base.dtype)]))
    record["x"] = base
    return {
        "fortran": np.asfortranarray(base),
        "transposed": base.T,
        "reversed": base[::-1, ::-1, ::-1],
        "strided": np.repeat(base, 2, axis=-1)[..., ::2],
        "read-only": readonly,
        "unaligned": unaligned,
        "field of a record": record["x"],
        "broadcast": np.broadcast_to(base, (3, *base.shape)),
        "matrix": base.reshape(6, 4).view(np.matrix),
        "0-d": base.reshape(-1)[5].reshape(()),
    }


@pytest.mark.parametrize("layout", layouts(NUMBERS))
@pytest.mark.parametrize("code", ["?", "u1", "i2", "f4", "f8", "f2"])
def test_every_memory_layout(writer, layout, code):
    array = layouts(NUMBERS.astype(code))[layout]
    agrees(writer, array, np.array(array))


@given(
    arrays.arrays(
        st.sampled_from(["f4", ">f8", "i2", "?", "u1"]),
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
        elements=st.integers(0, 1),
    ),
    st.data(),
)
def test_images_of_every_memory_layout(tmp_path_factory, array, data):
    rows = data.draw(
        st.sampled_from([slice(None), slice(None, None, -1), slice(None, None, 2)])
    )
    columns = data.draw(
        st.sampled_from([slice(None), slice(None, None, -1), slice(None, None, 2)])
    )
    view = array[rows, columns]
    view = data.draw(st.sampled_from([view, view.T]))
    logdir = tmp_path_factory.mktemp("run")
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_image("i", view, dataformats="HW")
    scale = 1 if array.dtype == np.uint8 else 255
    np.testing.assert_array_equal(
        pixels(only(logdir))[:, :, 0], view.astype(np.uint8) * np.uint8(scale)
    )


TENSORS = {
    "grad": torch.arange(24.0, requires_grad=True),
    "not a leaf": torch.arange(24.0, requires_grad=True) * 1,
    "parameter": torch.nn.Parameter(torch.arange(24.0)),
    "bfloat16": torch.arange(24.0).bfloat16(),
    "half": torch.arange(24.0).half(),
    "float8_e4m3fn": torch.arange(16.0).to(torch.float8_e4m3fn),
    "float8_e5m2": torch.arange(8.0).to(torch.float8_e5m2),
    "float8_e4m3fnuz": torch.arange(16.0).to(torch.float8_e4m3fnuz),
    "0-d": torch.tensor(3.0),
    "transposed": torch.arange(24.0).reshape(4, 6).t(),
    "bfloat16 transposed": torch.arange(24.0).bfloat16().reshape(4, 6).t(),
    "bfloat16 expanded": torch.arange(4.0).bfloat16().expand(6, 4),
    "expanded": torch.arange(4.0).expand(6, 4),
    "channels last": torch.arange(24.0)
    .reshape(1, 2, 3, 4)
    .to(memory_format=torch.channels_last),
    "conj": torch.complex(torch.arange(4.0), torch.ones(4)).conj().real,
    "neg": torch._neg_view(torch.arange(4.0)),
    "imaginary of conj": torch.complex(torch.arange(4.0), torch.arange(4.0))
    .conj()
    .imag,
    "bool": torch.arange(4) > 1,
    "uint16": torch.arange(4).to(torch.uint16),
    "uint64": torch.arange(4).to(torch.uint64),
    "quint8": quantized(torch.arange(8.0), 0.5, 1),
    "subclass": torch.arange(4.0).as_subclass(type("Own", (torch.Tensor,), {})),
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_of_every_kind(writer, name):
    tensor = TENSORS[name]
    plain = (
        (tensor.dequantize() if tensor.is_quantized else tensor)
        .detach()
        .resolve_neg()
        .double()
        .numpy()
    )
    agrees(writer, tensor, plain)


def test_tensors_of_inference_mode(writer):
    with torch.inference_mode():
        agrees(writer, torch.arange(4.0), np.arange(4))


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta:UserWarning")
def test_sparse_and_meta_tensors_are_refused(writer):
    for tensor, kind, word in (
        (torch.eye(3).to_sparse(), TypeError, "to_dense"),
        (torch.eye(3).to_sparse_csr(), TypeError, "to_dense"),
        (torch.eye(3, device="meta"), ValueError, "meta"),
    ):
        for call in (writer.add_histogram, writer.add_image, writer.add_scalar):
            with pytest.raises(kind, match=word):
                call("t", tensor)


@pytest.mark.parametrize(
    "kind",
    [
        ml_dtypes.bfloat16,
        ml_dtypes.float8_e4m3fn,
        ml_dtypes.float8_e5m2,
        ml_dtypes.int4,
    ],
)
def test_dtypes_that_numpy_does_not_have(writer, kind):
    array = np.arange(7).astype(kind)
    agrees(writer, array, np.arange(7))
    agrees(writer, array[::-2], np.arange(7)[::-2])
    agrees(writer, array.reshape(7, 1).T, np.arange(7))


@pytest.mark.parametrize(
    "kind",
    [jnp.float32, jnp.bfloat16, jnp.int32, jnp.float16, jnp.bool_, jnp.float8_e5m2],
)
def test_jax_arrays(writer, kind):
    agrees(writer, jnp.arange(4).astype(kind), np.arange(4).astype(kind).astype(float))
    writer.add_image("i", jnp.zeros((3, 4, 4), jnp.uint8))


def test_bfloat16_of_jax_keeps_its_range(writer):
    """Difference D8."""
    assert histogram(writer, jnp.array([1e10], jnp.bfloat16)).max == pytest.approx(
        1e10, rel=0.01
    )


def test_lists_of_tensors(writer):
    agrees(writer, [torch.zeros(2, 2), torch.ones(2, 2)], [0] * 4 + [1] * 4)
    agrees(writer, (torch.zeros(2).bfloat16(), torch.ones(2).bfloat16()), [0, 0, 1, 1])
    agrees(writer, [torch.zeros(2).bfloat16(), np.ones(2)], [0, 0, 1, 1])
    agrees(writer, [torch.tensor(1.0, requires_grad=True), 2, np.float32(3)], [1, 2, 3])
    agrees(writer, [[torch.tensor(1.0), 2.0], [3, torch.tensor([4])[0]]], [1, 2, 3, 4])


def test_masked_elements_are_left_out(writer):
    with pytest.warns(RuntimeWarning, match="1 NaN"):
        found = histogram(
            writer, np.ma.masked_array([1, 2, 1000], mask=[False, False, True])
        )
    assert (found.min, found.max, found.num) == (1, 2, 2)
    agrees(writer, np.ma.masked_array([1, 2, 3]), [1, 2, 3])


class Foreign:
    def __init__(self, array):
        self.array = array


class WithArray(Foreign):
    def __array__(self, dtype=None, copy=None):
        return self.array


class WithDlpack(Foreign):
    def __dlpack__(self, **keywords):
        return self.array.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class OfMxnet(Foreign):
    shape = (2, 3, 4)

    def asnumpy(self):
        return self.array


class OfCupy(Foreign):
    shape = (2, 3, 4)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("implicit conversion is not allowed")

    def get(self):
        return self.array


@pytest.mark.parametrize("kind", [WithArray, WithDlpack, OfMxnet, OfCupy, memoryview])
def test_arrays_of_other_frameworks(writer, kind):
    agrees(writer, kind(NUMBERS.astype("f4")), NUMBERS)


class ArrayRaises:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("out of memory on the device")


@pytest.mark.parametrize("name", ["add_histogram", "add_image", "add_scalar"])
def test_what_a_framework_raises_is_told(writer, name):
    with pytest.raises(TypeError, match="out of memory on the device") as caught:
        getattr(writer, name)("t", ArrayRaises())
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_complex_numbers_lose_their_imaginary_part_with_a_warning(writer):
    with pytest.warns(RuntimeWarning, match="imaginary"):
        found = histogram(writer, np.array([1 + 5j, 2 - 5j]))
    assert (found.min, found.max) == (1, 2)
    with pytest.warns(RuntimeWarning, match="imaginary"):
        histogram(writer, torch.tensor([1 + 5j]).conj())


def test_booleans_that_hold_other_bytes_than_0_and_1(writer):
    """Pillow makes such arrays of bilevel images."""
    odd = np.array([0, 255, 1, 2, 0], np.uint8).view(bool)
    agrees(writer, odd, [0, 1, 1, 1, 0])
    agrees(writer, odd[::2], [0, 1, 0])
    agrees(
        writer, torch.tensor([0, 255, 7], dtype=torch.uint8).view(torch.bool), [0, 1, 1]
    )
    writer.add_image("i", odd.reshape(1, 1, 5))
    writer.flush()
    np.testing.assert_array_equal(
        pixels(values(writer.log_dir)[-1][2])[0, :, 0], [0, 255, 255, 255, 0]
    )
