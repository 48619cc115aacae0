"""Lines of `tensorbolt tail` are what Python's own formatting makes of the points."""

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tensorbolt import _core

FLOAT32 = st.integers(0, 2**32 - 1).map(
    lambda bits: float(struct.unpack("<f", struct.pack("<I", bits))[0])
)
# Nine digits and a five lie in the middle between two texts: 100000000.5, 10000000.25, …
TIES = st.builds(
    lambda number, power: (number + 0.5) * 2.0**power,
    st.integers(2**24, 2**30),
    st.integers(-12, 12),
)
VALUES = st.one_of(st.floats(), FLOAT32, TIES, st.integers(-(2**70), 2**70).map(float))


def lines(values, steps=None):
    """The text of points of one run and tag."""
    count = len(values)
    return _core.point_lines(
        (["run"], ["tag"]),
        (np.zeros(count, np.int32), np.zeros(count, np.int32)),
        np.arange(count) if steps is None else np.array(steps, np.int64),
        np.array(values, np.float64),
        np.arange(count),
    )


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), VALUES)))
@example([(0, 0.0), (1, -0.0), (2, math.nan), (3, math.inf), (4, -math.inf)])
@example([(0, -math.nan), (1, 5e-324), (2, 1.7976931348623157e308), (3, 1e16)])
@example([(0, 999999999.0), (1, 999999999.5), (2, 1e9), (3, 1e22), (4, 0.0001)])
@example([(0, 9.9999999949e-5), (1, 9.9999999951e-5), (2, 0.00099999999995)])
@example([(0, 100000000.5), (1, 100000001.5), (2, 0.000244140625), (3, 12.125)])
def test_lines_are_those_that_python_formats(points):
    expected = "".join(f"run\t{step}\ttag\t{value:.9g}\n" for step, value in points)
    steps, values = zip(*points, strict=True) if points else ((), ())
    assert lines(values, steps) == expected


def test_every_power_of_two_and_ten_is_as_python_formats_it():
    powers = [2.0**power for power in range(-1074, 1024)]
    powers += [float(f"1e{power}") for power in range(-323, 309)]
    values = [value for power in powers for value in (power, -power * 1.5)]
    expected = [f"{value:.9g}" for value in values]
    assert [line.split("\t")[3] for line in lines(values).splitlines()] == expected


def test_rows_come_in_the_order_that_is_asked_for_each_with_its_names():
    text = _core.point_lines(
        (["one", "zwei"], ["a/ä", "b"]),
        (np.array([0, 1, 1], np.int32), np.array([1, 0, 1], np.int32)),
        np.array([5, -6, 7]),
        np.array([0.1, 0.25, 1e-7]),
        np.array([2, 0, 1]),
    )
    assert text == "zwei\t7\tb\t1e-07\none\t5\tb\t0.1\nzwei\t-6\ta/ä\t0.25\n"


@pytest.mark.parametrize("rows", [[1], [-1]])
def test_a_row_that_is_not_there_is_an_error(rows):
    with pytest.raises(IndexError, match="out of range"):
        _core.point_lines(
            (["run"], ["tag"]),
            (np.zeros(1, np.int32), np.zeros(1, np.int32)),
            np.zeros(1, np.int64),
            np.zeros(1),
            np.array(rows),
        )
