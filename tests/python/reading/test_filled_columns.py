"""Columns that are filled in Rust, by several threads, are those that one thread or numpy makes."""

import gc
import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading.column import NO_TIME, times
from tensorbolt.reading.table import Table

SECONDS = st.one_of(
    st.floats(),
    st.floats(1.6e9, 1.9e9),
    st.sampled_from([9e12, -9e12, np.nextafter(9e12, 0), 0.0000005, 1.0000015]),
)


@given(st.lists(SECONDS, max_size=20))
def test_timestamps_are_seconds_rounded_to_microseconds(seconds):
    array = np.array(seconds, np.float64)
    known = np.abs(array) < 9e12
    expected = np.rint(np.where(known, array, 0.0) * 1e6).astype(np.int64)
    expected[~known] = NO_TIME
    column = times(array.tobytes(), "timestamp")
    assert column.values.view(np.int64).tolist() == expected.tolist()
    assert (column.valid is None) == known.all()
    if column.valid is not None:
        assert column.valid.tolist() == known.tolist()
    assert times(np.repeat(array, 2)[::2], "timestamp") == column


# Long columns have pages of their own.
@pytest.mark.parametrize("count", [0, 1, 3, 600_000])
def test_arrays_of_a_column_share_its_bytes_and_cannot_be_written_to(count):
    seconds = np.arange(count) / 8
    column = times(seconds, "timestamp")
    array = column.values
    assert np.array_equal(array.view(np.int64), np.arange(count) * 125_000)
    assert np.shares_memory(array, column.values) == (count > 0)
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True
    (buffer,) = column.buffers
    assert len(buffer) == count * 8
    assert bytes(buffer) == array.tobytes()
    copy = pickle.loads(pickle.dumps(column))
    assert np.array_equal(copy.values, array)
    table = pa.table(Table({"time": column}))
    del column, buffer
    gc.collect()
    # The array and the other library's table keep the bytes.
    assert (
        table["time"].to_numpy().view(np.int64).tolist()
        == array.view(np.int64).tolist()
    )


def test_codes_of_an_odd_number_of_points(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_scalar("loss", step, step)
    table = tensorbolt.read(tmp_path).scalars
    assert table["tag"].tolist() == ["loss"] * 3
    assert pa.table(table)["value"].to_pylist() == [0.0, 1.0, 2.0]
    assert pickle.loads(pickle.dumps(table))["step"].tolist() == [0, 1, 2]


def test_several_threads_fill_the_columns_that_one_does(tmp_path):
    # Above the number of points for which a second thread is worth it.
    for run in range(5):
        with SummaryWriter(tmp_path / f"run{run}") as writer:
            for step in range(30_000):
                writer.add_scalar("even", step * 2 + run, step)
                # In one run it is a restart: some points are left out.
                writer.add_scalar("odd", step, step - (5000 * (step > 24_000)) * run)
    one, three = (
        tensorbolt.read(tmp_path, threads=threads).scalars for threads in (1, 3)
    )
    assert 200_000 < len(one) < 300_000
    for name in one.column_names:
        assert one[name].tolist() == three[name].tolist()
    np.testing.assert_array_equal(one.counts, three.counts)
    even = one.where(runs="run3", tags="even")
    assert even["step"].tolist() == list(range(30_000))
    assert even["value"].tolist() == [step * 2 + 3 for step in range(30_000)]
    assert {*even["run"].tolist(), *even["tag"].tolist()} == {"run3", "even"}
