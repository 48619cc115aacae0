"""add_histogram and add_histogram_raw: the same messages as both reference writers."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.python.support.helpers import TIME, on_all, only, same_on_all

import tensorbolt

DTYPES = st.sampled_from(
    ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
)


def elements(dtype):
    """Values that numpy's histogram counts without loss: finite, and inside the default edges."""
    if np.dtype(dtype).kind != "f":
        return None
    width = np.dtype(dtype).itemsize * 8
    bound = {16: 6e4, 32: 2.0**66, 64: 9.9e19}[width]
    return (
        st.floats(-bound, bound, width=width)
        if width < 64
        else st.one_of(
            st.floats(-bound, bound),
            st.sampled_from(
                [0.0, -0.0, 1e-12, -1e-12, 1.1000000000000002e-12, 9.920775621859783e19]
            ),
        )
    )


ARRAYS = DTYPES.flatmap(
    lambda dtype: arrays.arrays(
        dtype, arrays.array_shapes(max_dims=3, max_side=8), elements=elements(dtype)
    )
)
BINS = st.one_of(
    st.just("tensorflow"),
    st.integers(1, 60),
    st.sampled_from(["auto", "fd", "doane", "scott", "rice", "sturges", "sqrt"]),
)


def compare(array, *arguments, **keywords):
    """Compare the histograms of all three writers."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        results = on_all(
            lambda w: w.add_histogram(
                "t", array, 3, *arguments, walltime=TIME, **keywords
            )
        )
    ours = results.pop("ours")
    if all(isinstance(theirs, Exception) for theirs in results.values()):
        assert isinstance(ours, ValueError), (ours, results)
        return
    if isinstance(ours, Exception):
        raise ours
    scale = np.abs(np.asarray(array, np.float64))
    for theirs in results.values():
        (left,), (right,) = ours["."], theirs["."]
        one, other = left.summary.value[0].histo, right.summary.value[0].histo
        assert math.isclose(one.sum, other.sum, abs_tol=1e-12 * scale.sum())
        assert math.isclose(
            one.sum_squares, other.sum_squares, rel_tol=1e-12, abs_tol=1e-300
        )
        other.sum, other.sum_squares = one.sum, one.sum_squares
        assert list(one.bucket_limit) == list(other.bucket_limit)
        assert list(one.bucket) == list(other.bucket)
        assert str(left) == str(right)


@given(ARRAYS, BINS, st.one_of(st.none(), st.integers(1, 80)))
def test_histograms_are_those_of_both(array, bins, max_bins):
    compare(array, bins, max_bins=max_bins)


@given(
    ARRAYS,
    arrays.arrays("f8", st.integers(2, 12), elements=st.floats(-100, 100)).map(np.sort),
)
def test_explicit_edges_are_those_of_both(array, edges):
    if len(np.unique(edges)) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            counted = np.histogram(array.astype("f8"), edges)[0].sum()
        if counted:
            compare(array, edges)
            compare(array, edges.tolist())


@pytest.mark.parametrize("max_bins", [1, 3, 5, 7, 50, 774, 1547, 1548, 1549, 10**6])
def test_joining_neighbours_is_that_of_both(max_bins):
    compare(np.arange(-500, 1024), max_bins=max_bins)
    compare(np.arange(10.0), 10, max_bins=max_bins)


@pytest.mark.parametrize("rule", ["auto", "fd", "doane"])
def test_what_tensorboardx_pins_in_its_own_tests(logdir, rule):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_histogram("t", np.arange(1024), bins=rule, max_bins=5)
    histogram = only(logdir).histo
    assert list(histogram.bucket_limit) == [0, 186, 372, 558, 744, 930, 1023]
    assert list(histogram.bucket) == [0, 186, 186, 186, 186, 186, 94]


@pytest.mark.parametrize("size", [1, 7, 8, 1000, 4096, 100_003, 1_000_000])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_large_arrays(size, dtype):
    compare(np.random.default_rng(size).normal(size=size).astype(dtype))


def test_uneven_bins_and_values_on_their_edges():
    edges = [-1.0, 0.0, 0.0, 0.25, 3.0, 10.0]
    compare(np.array([-1, -0.5, 0, 0, 0.25, 0.2499, 3, 9, 10, 11, -2]), edges)


def test_torch_tensors_and_numpy_arrays_are_one():
    for tensor in (
        torch.randn(3, 4),
        torch.arange(10),
        torch.rand(5, 5).t(),
        torch.rand(8)[::2],
    ):
        compare(tensor)


@pytest.mark.parametrize("rank", range(1, 8))
def test_views_of_any_rank(rank):
    array = np.random.default_rng(rank).integers(-9, 9, (3,) * rank, "i2")
    for view in (array[..., ::-1], array[::2], array.T[::2]):
        compare(view)


def test_a_changed_array_after_the_call_changes_nothing(logdir):
    array = np.ones(100_000)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_histogram("t", array)
        array[:] = 7
    assert only(logdir).histo.max == 1


RAW = {"min": 0, "max": 1023, "num": 1024, "sum": 5e5, "sum_squares": 3e8}


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_raw_histograms_are_those_of_both(kind):
    counts, edges = np.histogram(np.arange(1024), 7)
    limits, counts = kind(edges[1:].tolist()), kind(counts.tolist())
    same_on_all(
        lambda w: w.add_histogram_raw("t", *RAW.values(), limits, counts, 3, TIME)
    )
    same_on_all(
        lambda w: w.add_histogram_raw(
            tag="t",
            **RAW,
            bucket_limits=limits,
            bucket_counts=counts,
            global_step=3,
            walltime=TIME,
        )
    )


@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=10),
    st.lists(st.floats(), min_size=5, max_size=5),
)
def test_raw_histograms_of_any_numbers(pairs, statistics):
    limits, counts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    same_on_all(
        lambda w: w.add_histogram_raw("a b", *statistics, limits, counts, 3, TIME)
    )


def test_raw_histograms_with_every_field_zero():
    same_on_all(lambda w: w.add_histogram_raw("t", 0, 0, 0, 0, 0, [], [], 0, TIME))
