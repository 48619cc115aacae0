"""Where histograms knowingly differ from the reference writers', and what only tensorbolt has."""

import math

import numpy as np
import pytest
import torch
from tests.python.support.helpers import only, values

import tensorbolt


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def histogram(writer):
    writer.flush()
    return only(writer.get_logdir()).histo


def test_nan_and_infinity_are_left_out_of_everything(writer):
    """Difference D20: the reference writers' statistics become NaN, or they raise."""
    with pytest.warns(RuntimeWarning, match="1 NaN and 2 infinite values of 't'"):
        writer.add_histogram("t", np.array([1.0, 2.0, np.nan, np.inf, -np.inf]))
    found = histogram(writer)
    assert (found.min, found.max, found.num, found.sum, found.sum_squares) == (
        1,
        2,
        2,
        3,
        5,
    )
    assert sum(found.bucket) == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nothing_but_nan_or_infinity_does_not_raise(writer, value):
    """Difference D20: this is the moment at which people look."""
    with pytest.warns(RuntimeWarning, match="left out"):
        writer.add_histogram("t", np.full(10, value))
    found = histogram(writer)
    assert math.isfinite(found.min)
    assert math.isfinite(found.max)
    assert sum(found.bucket) == 0
    assert len(found.bucket) == len(found.bucket_limit)


@pytest.mark.parametrize("bins", ["tensorflow", "auto", 10])
def test_nothing_finite_with_any_bins(writer, bins):
    with pytest.warns(RuntimeWarning, match="left out"):
        writer.add_histogram("t", [math.nan], bins=bins)
    assert sum(histogram(writer).bucket) == 0


def test_values_beyond_all_edges_do_not_raise(writer):
    """Difference D20: the reference writers raise and ask to file a bug report."""
    with pytest.warns(RuntimeWarning, match="outside all buckets"):
        writer.add_histogram("t", np.array([1e30, -1e30]))
    found = histogram(writer)
    assert (found.min, found.max, found.num) == (-1e30, 1e30, 2)


def test_each_notice_is_given_once_per_tag(writer):
    for tag in ("a", "b"):
        with pytest.warns(RuntimeWarning) as caught:
            for _ in range(5):
                writer.add_histogram(tag, [1.0, math.nan])
        assert len(caught) == 1


def test_bfloat16_keeps_its_range(writer):
    """Difference D8: torch goes through float16, tensorboardX refuses."""
    writer.add_histogram("t", torch.tensor([1e10, 1e-20], dtype=torch.bfloat16))
    found = histogram(writer)
    assert found.max == float(torch.tensor(1e10, dtype=torch.bfloat16))
    assert found.min > 0


def test_lists_and_tuples_are_arrays(writer):
    """Difference D10: torch refuses both, tensorboardX the tuple."""
    writer.add_histogram("list", [1, 2, 3])
    writer.add_histogram("tuple", ([1.0, 2.0], [3.0, 4.0]))
    writer.add_histogram("tensors", [torch.ones(2), torch.zeros(2)])
    writer.flush()
    assert [value.histo.num for _, _, value in values(writer.get_logdir())] == [3, 4, 4]


def test_zero_max_bins_is_explained(writer):
    """Difference P5: the reference writers raise ZeroDivisionError."""
    with pytest.raises(ValueError, match="max_bins must be from 1"):
        writer.add_histogram("t", [1.0], max_bins=0)


def test_default_bins_can_be_assigned_a_number(writer):
    writer.default_bins = 10
    writer.add_histogram("t", np.arange(11.0))
    assert list(histogram(writer).bucket) == [0] + [1] * 9 + [2]
    assert writer.default_bins == 10


def test_default_bins_can_be_assigned_edges(writer):
    writer.default_bins = [0, 5, 10]
    writer.add_histogram("t", np.arange(11.0))
    assert list(histogram(writer).bucket_limit) == [0, 5, 10]


def test_default_bins_can_be_changed_in_place(writer):
    assert len(writer.default_bins) == 1549
    writer.default_bins[:] = [0, 5, 10]
    writer.add_histogram("t", np.arange(11.0))
    assert list(histogram(writer).bucket_limit) == [0, 5, 10]


def test_default_bins_are_those_of_the_reference_writers(writer, tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path / "torch") as theirs:
        assert writer.default_bins == theirs.default_bins
        assert [type(edge) for edge in writer.default_bins] == [
            type(edge) for edge in theirs.default_bins
        ]


def test_default_bins_belong_to_one_writer(writer, tmp_path):
    writer.default_bins.clear()
    with tensorbolt.SummaryWriter(tmp_path / "other") as other:
        assert len(other.default_bins) == 1549


def test_add_histograms_writes_what_add_histogram_does(tmp_path):
    arrays = {
        "a": np.random.default_rng(1).normal(size=1000),
        "b/c": torch.ones(3, dtype=torch.bfloat16),
        "d": [1, 2],
    }
    with (
        tensorbolt.SummaryWriter(tmp_path / "one") as one,
        tensorbolt.SummaryWriter(tmp_path / "many") as many,
    ):
        for default_bins in (None, 7, [-1.0, 0.0, 1.0]):
            for writer in (one, many):
                if default_bins is not None:
                    writer.default_bins = default_bins
            for tag, array in arrays.items():
                one.add_histogram(f"p/{tag}", array, 4, walltime=5.0)
            many.add_histograms(arrays, 4, 5.0, prefix="p")
    assert [str(value) for _, _, value in values(tmp_path / "one")] == [
        str(value) for _, _, value in values(tmp_path / "many")
    ]


@pytest.mark.parametrize("default_bins", [None, 7])
@pytest.mark.parametrize("bad", [None, [], "x", object(), {"nested": 1}])
def test_add_histograms_writes_all_or_nothing(writer, default_bins, bad):
    if default_bins:
        writer.default_bins = default_bins
    with pytest.raises((TypeError, ValueError), match=r"arrays\['bad'\]"):
        writer.add_histograms({"good": [1.0], "bad": bad})
    writer.flush()
    assert values(writer.get_logdir()) == []


def test_add_histograms_of_nothing_writes_nothing(writer):
    writer.add_histograms({})
    writer.flush()
    assert values(writer.get_logdir()) == []
