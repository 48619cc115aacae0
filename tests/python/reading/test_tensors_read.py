"""Tensors of every dtype, in content and in typed fields, come back as they were written."""

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.util import tensor_util
from tests.python.support.summaries import of_plugin, raw, write

import tensorbolt

DTYPES = [
    "float32",
    "float64",
    "float16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
    "complex64",
    "complex128",
]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_tensors_come_back_as_they_were_written(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dtype = data.draw(st.sampled_from(DTYPES))
    shape = arrays.array_shapes(min_dims=0, min_side=0, max_side=4)
    array = data.draw(arrays.arrays(dtype, shape))
    step = data.draw(st.integers(-(2**63), 2**63 - 1))
    time = data.draw(st.floats(0, 1e10))
    tag = data.draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
    directory = tmp_path_factory.mktemp("log")
    event = of_plugin(tag, "", array, step)
    event.wall_time = time
    write(directory, event)
    table = tensorbolt.read(directory, wall_time="float").tensors
    assert table.to_dict()["tag"] == [tag]
    assert (table["step"][0], table["wall_time"][0]) == (step, time)
    (read,) = table.numpy()
    assert (read.dtype, read.shape) == (array.dtype, array.shape)
    assert read.tobytes() == array.tobytes()


def test_content_and_typed_fields_of_every_dtype(tmp_path: Path) -> None:
    small = [ml_dtypes.float8_e5m2, ml_dtypes.float8_e4m3fn]
    events, expected = [], []
    for number, name, field, size in (
        (1, "float32", "float_val", 3),
        (2, "float64", "double_val", 3),
        (3, "int32", "int_val", 3),
        (4, "uint8", "int_val", 3),
        (5, "int16", "int_val", 3),
        (6, "int8", "int_val", 3),
        (9, "int64", "int64_val", 3),
        (10, "bool", "bool_val", 3),
        (17, "uint16", "int_val", 3),
        (22, "uint32", "uint32_val", 3),
        (23, "uint64", "uint64_val", 3),
    ):
        array = np.array([1, 0, 1], name)
        typed, content = TensorProto(dtype=number), TensorProto(dtype=number)
        for tensor in (typed, content):
            tensor.tensor_shape.dim.add(size=size)
        getattr(typed, field).extend(array.tolist())
        content.tensor_content = array.tobytes()
        for form, tensor in (("typed", typed), ("content", content)):
            events.append(raw(f"{name}/{form}", tensor))
            expected.append((f"{name}/{form}", array))
    for number, kind in ((14, ml_dtypes.bfloat16), (24, small[0]), (25, small[1])):
        array = np.array([1.5, -2.0], kind)
        tensor = TensorProto(dtype=number, tensor_content=array.tobytes())
        tensor.tensor_shape.dim.add(size=2)
        events.append(raw(f"small/{number}", tensor))
        expected.append((f"small/{number}", array))
    write(tmp_path, *events)
    log = tensorbolt.read(tmp_path)
    table = log.tensors
    found = dict(zip(table["tag"], table.numpy(), strict=True))
    for tag, array in expected:
        assert found[tag].dtype == array.dtype, tag
        assert found[tag].tobytes() == array.tobytes(), tag
    assert len(log.damage) == 0


def test_one_element_stands_for_all_of_a_shape(tmp_path: Path) -> None:
    tensor = TensorProto(dtype=1, float_val=[1.5])
    tensor.tensor_shape.dim.add(size=4)
    write(tmp_path, raw("same", tensor))
    (array,) = tensorbolt.read(tmp_path).tensors.numpy()
    np.testing.assert_array_equal(array, tensor_util.make_ndarray(tensor))
