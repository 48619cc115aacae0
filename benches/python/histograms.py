"""The rows of histograms: sizes, element types, and all parameters of a ResNet-50."""

from collections.abc import Callable
from typing import Any

import numpy as np
from benches.python import check
from benches.python.contenders import (
    NUMPY,
    OURS,
    OURS_ALONE,
    TENSORBOARDX,
    all_of,
    ours_and_theirs,
)
from benches.python.scenario import Scenario

SIZES = {"1k": 1_000, "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
DTYPES = ("float64", "int64", "int32", "uint8", "bool")
CALLS = {1_000: 100, 10_000: 50, 100_000: 20, 1_000_000: 4}
"""Calls of a round by the size of the array; 1 for the largest."""


def histograms() -> list[Scenario]:
    """Return the rows of this file, in the order of the table."""
    return [
        *(histogram(f"histogram/{name}", size) for name, size in SIZES.items()),
        *(_dtype(dtype) for dtype in DTYPES),
        _tensor("bfloat16"),
        _tensor("float16"),
        _strided(),
        _resnet("add_histograms", _together),
        _resnet("watch", _watched),
    ]


def histogram(
    name: str,
    size: int,
    what: str = "",
    prepare: Callable[[int], Any] | None = None,
    without: tuple[str, ...] = (),
    full: bool = False,
) -> Scenario:
    """Return a row of one array; normal float32 values unless `prepare` makes others."""

    def add_histogram(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            writer.add_histogram("weights", values, step)

    def total(_: Any, values: Any, steps: Any) -> None:
        for _step in steps:
            values.sum()

    def normal(_: int) -> Any:
        return np.random.default_rng(1).standard_normal(size, np.float32)

    def verify(points: check.Points, values: Any, steps: int) -> None:
        check.histogram(points, "weights", values, steps)

    acts = all_of(add_histogram, "add_histogram", alone=True)
    if prepare is None and size >= SIZES["1M"]:
        acts[NUMPY.name] = total
    return Scenario(
        name,
        f"`add_histogram` of {what or f'{size:,} float32'}",
        CALLS.get(size, 1),
        prepare or normal,
        {name: act for name, act in acts.items() if name not in without},
        verify,
        full=full,
    )


def _dtype(dtype: str) -> Scenario:
    def values(_: int) -> Any:
        random = np.random.default_rng(1)
        if dtype == "float64":
            return random.standard_normal(SIZES["1M"])
        if dtype == "bool":
            return random.random(SIZES["1M"]) < 0.25
        # As counts and codes are: small numbers, whatever the type could hold.
        return random.integers(0, 256, SIZES["1M"]).astype(dtype)

    return histogram(f"histogram/1M-{dtype}", SIZES["1M"], f"1,000,000 {dtype}", values)


def _tensor(dtype: str) -> Scenario:
    def values(_: int) -> Any:
        import torch

        values = torch.randn(SIZES["1M"], generator=torch.Generator().manual_seed(1))
        # torch's writer takes the way over float16, which bends the smallest values; there are none here.
        return (values + 0.01 * values.sign()).to(getattr(torch, dtype))

    what = f"1,000,000 {dtype} (torch tensor)"
    # tensorboardX refuses tensors of bfloat16.
    without = (TENSORBOARDX.name,) if dtype == "bfloat16" else ()
    others = tuple(
        name
        for name in all_of(lambda *_: None, "add_histogram")
        if name in ("tf.summary", "wandb", "aim")
    )
    return histogram(
        f"histogram/1M-{dtype}", SIZES["1M"], what, values, (*without, *others)
    )


def _strided() -> Scenario:
    def values(_: int) -> Any:
        return np.random.default_rng(1).standard_normal((1000, 2000), np.float32)[
            :, ::2
        ]

    what = "1,000,000 float32, every second column of a matrix"
    return histogram("histogram/1M-strided", SIZES["1M"], what, values)


def _together(writer: Any, model: Any, steps: Any) -> None:
    for step in steps:
        writer.add_histograms(dict(model.named_parameters()), step)


def _watched(writer: Any, model: Any, steps: Any) -> None:
    with writer.watch(model, gradients=False) as watch:
        for step in steps:
            watch.log(step)


def _resnet(name: str, ours: Any) -> Scenario:
    def model(_: int) -> Any:
        import torch
        from torchvision.models import resnet50

        torch.manual_seed(1)
        return resnet50(weights=None)

    def loop(writer: Any, model: Any, steps: Any) -> None:
        for step in steps:
            for tag, values in model.named_parameters():
                writer.add_histogram(tag, values, step)

    def verify(points: check.Points, model: Any, steps: int) -> None:
        found = {
            tag.removeprefix("parameters/"): one[-1].value.histo.num
            for tag, one in points.items()
        }
        wanted = {tag: float(v.numel()) for tag, v in model.named_parameters()}
        check.same("number of values of each tag", found, wanted)
        for tag, one in points.items():
            check.same(f"points of {tag}", len(one), steps)

    acts = ours_and_theirs(ours, loop, alone=True)
    assert acts[OURS.name] is acts[OURS_ALONE.name]
    what = "`watch(model).log`" if name == "watch" else "`add_histograms`"
    return Scenario(
        f"resnet50/{name}",
        f"{what} of a ResNet-50's 161 parameters; loop of `add_histogram`",
        2,
        model,
        acts,
        verify,
    )
