"""Wrong curves, meshes, tensors."""

import numpy as np
import torch
from tests.python.inputs.wrong.table import GOOD, META, wrong

# Curves, meshes, tensors; test_mesh.py and test_tensor.py have more.
for value, kind, words in (
    (None, TypeError, "number"),
    ("abc", TypeError, "number"),
    ({}, TypeError, "number"),
    ([None], TypeError, "number"),
    (["a"], TypeError, "number"),
    ([[1], [2, 3]], ValueError, "shape"),
    (META, ValueError, "meta"),
    (torch.eye(2).to_sparse(), TypeError, "to_dense"),
):
    wrong("add_pr_curve", "t", value, [0.5], is_a=kind, says=["labels", words])
    wrong("add_pr_curve", "t", [1], value, is_a=kind, says=["predictions", words])
    wrong("add_mesh", "t", value, is_a=kind, says=["vertices", words])
    for what in ("colors", "faces"):
        if value is not None:
            wrong(
                "add_mesh",
                *GOOD["add_mesh"],
                **{what: value},
                is_a=kind,
                says=[what, words],
            )
    if value is not None:
        wrong(
            "add_pr_curve",
            "t",
            [1],
            [0.5],
            weights=value,
            is_a=kind,
            says=["weights", words],
        )
    if value not in ("abc", ["a"]) if isinstance(value, (str, list)) else True:
        wrong("add_tensor", "t", value, is_a=kind, says=["tensor", words])
for labels, predictions in (
    ([0, 1], [0.5]),
    ([[0, 1]] * 3, [[0.5] * 3] * 2),
    (1, [0.5, 1]),
):
    wrong(
        "add_pr_curve",
        "t",
        labels,
        predictions,
        is_a=ValueError,
        says=["labels and predictions", "shape"],
    )
for weights in ([1.0, 2, 3], [[1.0, 2], [3, 4]], []):
    wrong(
        "add_pr_curve",
        "t",
        [0, 1],
        [0.5, 1],
        weights=weights,
        is_a=ValueError,
        says=["weights", "labels"],
    )
for count, kind in (
    (0, ValueError),
    (-1, ValueError),
    (2**20 + 1, ValueError),
    (2**70, ValueError),
    (1.5, TypeError),
    ("9", TypeError),
    (None, TypeError),
):
    says = "num_thresholds"
    wrong("add_pr_curve", "t", [1], [0.5], num_thresholds=count, is_a=kind, says=says)
    if count in (0, -1) or kind is TypeError:
        wrong(
            "add_pr_curve_raw",
            *GOOD["add_pr_curve_raw"],
            num_thresholds=count,
            is_a=kind,
            says=says,
        )
for place, what in enumerate(
    [
        "true_positive_counts",
        "false_positive_counts",
        "true_negative_counts",
        "false_negative_counts",
        "precision",
        "recall",
    ]
):
    for value, kind, words in (
        (1.0, ValueError, "one-dim"),
        ([[1.0]], ValueError, "one-dim"),
        ([1.0, 2.0], ValueError, "true_positive_counts"),
        (None, TypeError, "number"),
        (["a"], TypeError, "number"),
    ):
        parts = [[1.0]] * 6
        parts[place] = value
        if place or value != [1.0, 2.0]:
            wrong("add_pr_curve_raw", "t", *parts, is_a=kind, says=[what, words])
for shape in ((3,), (2, 2), (1, 1, 2, 3), (1, 2, 4), ()):
    array = np.zeros(shape)
    wrong("add_mesh", "t", array, is_a=ValueError, says=["vertices", "shape"])
    for what in ("colors", "faces"):
        wrong(
            "add_mesh",
            *GOOD["add_mesh"],
            **{what: array},
            is_a=ValueError,
            says=[what, "shape"],
        )
for what, array, words in (
    ("colors", np.zeros((1, 3, 3)), "per vertex"),
    ("colors", np.zeros((2, 2, 3)), "batch"),
    ("faces", np.zeros((2, 2, 3)), "batch"),
    ("faces", [[[0, 1, 2]]], "faces[0, 0, 2]"),
    ("faces", [[[0, -1, 1]]], "faces[0, 0, 1]"),
    ("faces", [[[0.5, 1, 1]]], "faces[0, 0, 0]"),
):
    wrong(
        "add_mesh",
        *GOOD["add_mesh"],
        **{what: array},
        is_a=ValueError,
        says=[what, words],
    )
