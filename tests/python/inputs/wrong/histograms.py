"""Wrong histograms."""

import math

import numpy as np
import torch
from tests.python.inputs.wrong.table import META, wrong

# add_histogram.
for value, kind, words in (
    (None, TypeError, "number"),
    ("abc", TypeError, "number"),
    ({}, TypeError, "number"),
    (object(), TypeError, "number"),
    ([], ValueError, "empty"),
    (np.zeros((3, 0)), ValueError, "empty"),
    (torch.zeros(0), ValueError, "empty"),
    ([[1], [2, 3]], ValueError, "shape"),
    ([torch.zeros(1), torch.zeros(2)], ValueError, "shape"),
    (["a"], TypeError, "number"),
    ([None], TypeError, "number"),
    (np.array(["2020-01-01"], "M8[s]"), TypeError, "number"),
    (META, ValueError, "meta"),
    (torch.eye(2).to_sparse(), TypeError, "to_dense"),
):
    wrong("add_histogram", "t", value, is_a=kind, says=["values", words])
for bins, kind in (
    (None, TypeError),
    (0, ValueError),
    (-3, ValueError),
    ("no such rule", ValueError),
    ([1.0], ValueError),
    ([], ValueError),
    ([2.0, 1.0], ValueError),
    ([0.0, math.nan], ValueError),
    ([[0.0, 1.0]], ValueError),
    (["a", "b"], TypeError),
    (1.5, TypeError),
    (object(), TypeError),
):
    wrong("add_histogram", "t", [1.0, 2.0], bins=bins, is_a=kind, says=["bins"])
for max_bins, kind in (
    (0, ValueError),
    (-1, ValueError),
    (1.5, TypeError),
    ("3", TypeError),
):
    wrong("add_histogram", "t", [1.0], max_bins=max_bins, is_a=kind, says=["max_bins"])

# add_histogram_raw.
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    [1.0],
    [1.0, 2.0],
    is_a=ValueError,
    says=["bucket_limits", "equally"],
)
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    [[1.0]],
    [[1.0]],
    is_a=ValueError,
    says=["bucket_limits", "one-dim"],
)
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    1.0,
    1.0,
    is_a=ValueError,
    says=["bucket_limits", "one-dim"],
)
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    None,
    [1.0],
    is_a=TypeError,
    says="bucket_limits",
)
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    [1.0],
    ["a"],
    is_a=TypeError,
    says="bucket_counts",
)
wrong(
    "add_histogram_raw",
    "t",
    0,
    1,
    1,
    1,
    1,
    "ab",
    [1.0],
    is_a=TypeError,
    says="bucket_limits",
)
for place, what in enumerate(["min", "max", "num", "sum", "sum_squares"]):
    numbers = [0.0, 1.0, 1.0, 1.0, 1.0]
    numbers[place] = None
    wrong(
        "add_histogram_raw",
        "t",
        *numbers,
        [1.0],
        [1.0],
        is_a=TypeError,
        says=[what, "number"],
    )
