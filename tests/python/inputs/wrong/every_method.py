"""Wrong tags, steps and times, of every method."""

import math

import numpy as np
import torch
from tests.python.inputs.wrong.table import GOOD, META, NOON, SURROGATE, TAG_OF, wrong

# Tags, of every method.
for name, (_, *rest) in GOOD.items():
    what = TAG_OF.get(name, "tag")
    wrong(name, None, *rest, is_a=TypeError, says=[what, "str"])
    wrong(name, 3, *rest, is_a=TypeError, says=[what, "str"])
    wrong(name, SURROGATE, *rest, is_a=ValueError, says=[what, "surrogates", "encode"])
    wrong(name, b"\xff", *rest, is_a=ValueError, says=[what, "UTF-8"])
# Steps and times, of every method that has them.
for name, arguments in GOOD.items():
    if name == "add_scalar_series":
        continue
    for step, kind in (
        (math.nan, ValueError),
        (math.inf, ValueError),
        (2**63, ValueError),
        (-(2**63) - 1, ValueError),
        ("abc", ValueError),
        ([1], TypeError),
        (object(), TypeError),
    ):
        wrong(
            name,
            *arguments,
            global_step=step,
            is_a=kind,
            says=["global_step", "integer"],
        )
    for time, kind in (
        (math.nan, ValueError),
        (math.inf, ValueError),
        ("now", TypeError),
        (NOON, TypeError),
        ([1.0], TypeError),
    ):
        wrong(name, *arguments, walltime=time, is_a=kind, says=["walltime"])
for step in (math.nan, 2**63, "abc"):
    wrong("log", {"a": 1.0}, step, is_a=ValueError, says="step")
    wrong("add_histograms", {"a": [1.0]}, step, is_a=ValueError, says="step")
for time, kind in ((math.nan, ValueError), (NOON, TypeError)):
    wrong("log", {"a": 1.0}, 1, time, is_a=kind, says="walltime")
    wrong("add_histograms", {"a": [1.0]}, 1, time, is_a=kind, says="walltime")
wrong(
    "add_scalar",
    "t",
    1,
    np.array([1, 2]),
    is_a=(TypeError, ValueError),
    says="global_step",
)
wrong(
    "add_scalar",
    "t",
    1,
    torch.tensor([1, 2]),
    is_a=(TypeError, ValueError),
    says="global_step",
)
wrong("add_scalar", "t", 1, META[:1], is_a=(TypeError, ValueError), says="global_step")
wrong(
    "add_scalar",
    "t",
    1,
    1,
    np.array([1.0, 2.0]),
    is_a=(TypeError, ValueError),
    says="walltime",
)
wrong("add_scalar", "t", 1, 1, 1j, is_a=TypeError, says="walltime")
