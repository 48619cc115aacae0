"""The calls that are timed: calls of a training loop that the reference writers have as well."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

TAGS = 100
HEIGHT, WIDTH = 427, 640
FRAMES, SIDE = 30, 64
TEXT = "Loss went **down** after warm-up; see the table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


class Call(NamedTuple):
    """One row of the table."""

    name: str
    what: str
    """The row's title."""
    log: Callable[[Any, int], None]
    """Logs with a writer at a step."""
    theirs: Callable[[Any, int], None] | None = None
    """Logs the same with a writer that lacks the call; `None` if `log` works for all."""
    min_bytes: int = 16
    """Bytes that one call writes at least. torch's writer skips videos that it cannot encode."""


def calls() -> list[Call]:
    """Return the rows, with data made for them."""
    random = np.random.default_rng(1)
    group = {"train": 0.5, "validation": 0.6, "test": 0.7}
    metrics = {f"layer{index}/norm": 0.5 for index in range(TAGS)}
    image, video = _photo(), _video()

    def loop(writer: Any, step: int) -> None:
        for tag, value in metrics.items():
            writer.add_scalar(tag, value, step)

    return [
        Call("scalar", "a scalar", lambda w, s: w.add_scalar("loss", 0.5, s)),
        Call("group", "three grouped", lambda w, s: w.add_scalars("loss", group, s)),
        Call(
            "log",
            f"{TAGS} scalars at once",
            lambda w, s: w.log(metrics, s),
            theirs=loop,
        ),
        *(_histogram(random, size) for size in (1_000, 100_000, 1_000_000, 10_000_000)),
        Call(
            "image",
            f"an image, {HEIGHT} x {WIDTH}",
            lambda w, s: w.add_image("image", image, s, dataformats="HWC"),
        ),
        Call(
            "video",
            f"a video, {FRAMES} frames of {SIDE} x {SIDE}",
            lambda w, s: w.add_video("video", video, s),
            min_bytes=FRAMES * SIDE,
        ),
        Call("text", "a text", lambda w, s: w.add_text("note", TEXT, s)),
    ]


def _histogram(random: np.random.Generator, size: int) -> Call:
    values = random.standard_normal(size, np.float32)
    return Call(
        f"histogram/{size}",
        f"a histogram of {size:,} values",
        lambda w, s: w.add_histogram("weights", values, s),
    )


def _photo() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Return smooth shapes with an edge and a little noise, whose PNG file has about a photo's size."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] / 50
    waves = [np.sin(rows * columns / 9 + shift) for shift in range(3)]
    edge = (np.sin(columns) + np.cos(rows) > 0) * 70
    grain = np.random.default_rng(2).integers(0, 16, (HEIGHT, WIDTH, 3))
    shades = 90 + 60 * np.stack(waves, axis=-1) + edge[..., None] + grain
    return np.asarray(shades.clip(0, 255), np.uint8)


def _video() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Return moving waves (1, frames, 3, side, side)."""
    time, rows, columns = np.ogrid[:FRAMES, :SIDE, :SIDE]
    shades = [np.sin(time / 5 + rows / 9 + columns / 7 + shift) for shift in (0, 2, 4)]
    video = np.stack(shades, axis=1)[None]
    return np.asarray((video + 1) * 127.5, np.uint8)


def reference_writers() -> tuple[Mapping[str, Any], list[str]]:
    """Import the reference writers; return those that are installed by name, and a sentence on each other one."""
    import importlib

    found, missing = {}, []
    for name, module in (
        ("torch", "torch.utils.tensorboard"),
        ("tensorboardX", "tensorboardX"),
    ):
        try:
            kind = importlib.import_module(module).SummaryWriter
        except Exception as error:  # a broken installation may raise anything
            missing.append(f"{module} is left out: {type(error).__name__}: {error}")
            continue
        if kind.__module__.startswith("tensorbolt."):
            missing.append(f"{module} is left out: here it is tensorbolt's")
            continue
        found[name] = kind
    return found, missing
