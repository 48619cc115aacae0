"""Wrong scalars."""

import numpy as np
import torch
from tests.python.inputs.wrong.table import META, NOON, SURROGATE, wrong

# add_scalar.
for value, kind, words in (
    (None, TypeError, "number"),
    ("abc", ValueError, "number"),
    ("", ValueError, "number"),
    (1j, TypeError, "real"),
    (np.complex64(1j), TypeError, "real"),
    (np.array([1j]), TypeError, "real"),
    (torch.tensor(1j), TypeError, "real"),
    ({}, TypeError, "number"),
    (object(), TypeError, "number"),
    (NOON, TypeError, "number"),
    (np.datetime64("2020-01-01"), TypeError, "number"),
    ([], ValueError, "exactly one"),
    ([1, 2], ValueError, "exactly one"),
    ([[1], [2, 3]], ValueError, "shape"),
    (["a"], TypeError, "number"),
    ([None], TypeError, "number"),
    (np.zeros(0), ValueError, "exactly one"),
    (np.zeros((2, 1)), ValueError, "mean"),
    (np.array(["a"]), TypeError, "number"),
    (np.zeros(1, [("a", "f4")]), TypeError, "number"),
    (torch.zeros(3), ValueError, "exactly one"),
    (torch.zeros(0), ValueError, "exactly one"),
    (META, ValueError, "meta"),
    (torch.eye(1).to_sparse(), TypeError, "to_dense"),
    (10**400, ValueError, "range"),
):
    wrong("add_scalar", "t", value, is_a=kind, says=["scalar_value", words])
    wrong(
        "add_scalars",
        "t",
        {"k": value},
        is_a=kind,
        says=["tag_scalar_dict['k']", words],
    )
wrong(
    "add_scalar", "t", 1, display_name=SURROGATE, is_a=ValueError, says="display_name"
)
wrong("add_scalar", "t", 1, display_name=3, is_a=TypeError, says="display_name")
wrong(
    "add_scalar",
    "t",
    1,
    summary_description=b"\xff",
    is_a=ValueError,
    says="summary_description",
)
wrong("add_scalar", "t", 1, no_such=1, is_a=TypeError, says="no_such")

# add_scalars.
for group in (None, 1.0, [1.0], [("a", 1)], "ab"):
    wrong(
        "add_scalars", "t", group, is_a=TypeError, says=["tag_scalar_dict", "mapping"]
    )
for key in (1, None, b"k", ("a",)):
    wrong(
        "add_scalars",
        "t",
        {"a": 1.0, key: 1.0},
        is_a=TypeError,
        says=["tag_scalar_dict", "str"],
    )
for key in (
    "a/../../b",
    "x/..",
    "a\0",
    "\0",
    "k" * 300,
    "/" + "k" * 256,
    "/../../etc",
    "a\\..\\b",
):
    wrong(
        "add_scalars",
        "t",
        {"a": 1.0, key: 1.0},
        is_a=ValueError,
        says=["main_tag", "key"],
    )
wrong(
    "add_scalars",
    "t",
    {"a": 1.0, SURROGATE: 1.0},
    is_a=ValueError,
    says=["key", "surrogates"],
)
wrong(
    "add_scalars", "m" * 300, {"a": 1.0}, is_a=ValueError, says=["main_tag", "shorten"]
)
wrong("add_scalars", "m\0", {"a": 1.0}, is_a=ValueError, says=["main_tag", "NUL"])

# log, add_histograms, add_scalar_series; test_log_and_series.py has more.
for mapping in (None, [("a", 1)], "a", 3):
    wrong("log", mapping, is_a=TypeError, says=["values", "mapping"])
    wrong("add_histograms", mapping, is_a=TypeError, says=["arrays", "mapping"])
wrong("log", {SURROGATE: 1.0}, is_a=ValueError, says=["values", "surrogates"])
wrong("log", {1: 1.0}, is_a=TypeError, says=["values", "str"])
wrong(
    "log", {"a": {"b": [1, 2]}}, is_a=ValueError, says=["values['a/b']", "exactly one"]
)
wrong("log", {"a": 1.0}, prefix=3, is_a=TypeError, says=["prefix", "str"])
wrong(
    "log", {"a": 1.0}, prefix=SURROGATE, is_a=ValueError, says=["prefix", "surrogates"]
)
wrong("add_histograms", {1: [1.0]}, is_a=TypeError, says=["arrays", "str"])
wrong("add_histograms", {"a": []}, is_a=ValueError, says=["arrays['a']", "empty"])
wrong("add_histograms", {"a": [1.0]}, prefix=None, is_a=TypeError, says="prefix")
