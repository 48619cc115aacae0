"""Whether a file holds what was logged, in the opinion of TensorBoard's own reader.

A contender that is quick because it loses or bends data has not won, so every file of every round is read back.
"""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class WrongAnswerError(AssertionError):
    """A file does not hold what was logged."""


class Point(NamedTuple):
    """One value of one tag."""

    step: int
    value: Any
    """The `Summary.Value` message."""


Points = dict[str, list[Point]]
"""From tag to its points, in the order of the files."""


def read(directory: Path) -> Points:
    """Return everything that the event files below a directory hold."""
    from tensorboard.backend.event_processing import event_file_loader

    points: Points = defaultdict(list)
    for path in sorted(directory.rglob("*tfevents*")):
        for event in event_file_loader.LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                points[value.tag].append(Point(event.step, value))
    return points


def scalars(points: Points, expected: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Check scalars.

    Args:
        points: What was read.
        expected: From tag to the values of its steps 0, 1, 2, and so on. Each step has as many values as curves share
            the tag; which curve comes first is the writer's choice.
    """
    same("tags", set(points), set(expected))
    for tag, rows in expected.items():
        wanted = sorted(
            (step, float(np.float32(value)))
            for step, row in enumerate(rows)
            for value in row
        )
        found = sorted((point.step, point.value.simple_value) for point in points[tag])
        same(f"number of points of {tag}", len(found), len(wanted))
        if found != wanted:
            first = next(
                pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]
            )
            raise WrongAnswerError(
                f"{tag}: (step, value) {first[0]} was read, {first[1]} was logged"
            )


def histogram(points: Points, tag: str, values: Any, steps: int) -> None:
    """Check histograms: each count, and the statistics but for the last digits of sums.

    `values` are an array or a torch tensor.
    """
    one_tag(points, tag, steps)
    wanted = _reference(values)
    message = points[tag][-1].value.histo
    found = {
        edge: int(count)
        for edge, count in zip(message.bucket_limit, message.bucket, strict=True)
        if count
    }
    same(f"buckets of {tag}", found, wanted.buckets)
    same(f"range of {tag}", (message.min, message.max), wanted.range)
    same(f"number of values of {tag}", message.num, wanted.size)
    sums = (message.sum, message.sum_squares)
    # The order of additions is the writer's choice.
    if not np.allclose(sums, wanted.sums, rtol=1e-6, atol=1e-6 * wanted.size):
        raise WrongAnswerError(
            f"{tag}: sums {sums} were read, {wanted.sums} were logged"
        )


def image(
    points: Points,
    tag: str,
    pixels: "np.ndarray[Any, Any]",
    steps: int,
    tolerance: int = 0,
) -> None:
    """Check images: each pixel of the last one, up to a tolerance where floats were rounded or cut."""
    found = last_image(points, tag, steps)
    same(f"shape of {tag}", found.shape, pixels.shape)
    worst = int(np.abs(found.astype(int) - pixels.astype(int)).max())
    if worst > tolerance:
        raise WrongAnswerError(f"{tag}: a pixel differs by {worst}")


def last_image(points: Points, tag: str, steps: int) -> "np.ndarray[Any, Any]":
    """Return the last image of a tag as rows of RGB pixels."""
    from PIL import Image

    one_tag(points, tag, steps)
    message = points[tag][-1].value.image
    pixels = np.asarray(
        Image.open(io.BytesIO(message.encoded_image_string)).convert("RGB")
    )
    same(f"sides of {tag}", (message.height, message.width), pixels.shape[:2])
    return pixels


def text(points: Points, tag: str, texts: Sequence[str]) -> None:
    """Check texts."""
    one_tag(points, tag, len(texts))
    found = [point.value.tensor.string_val[0].decode() for point in points[tag]]
    same(f"texts of {tag}", found, list(texts))


class _Reference(NamedTuple):
    buckets: dict[float, int]
    """From right edge to count, empty buckets left out."""
    range: tuple[float, float]
    size: float
    sums: tuple[float, float]


_latest: list[tuple[Any, _Reference]] = []


def _reference(values: Any) -> _Reference:
    """Return numpy's opinion; the last array's is kept, because every round of a scenario logs the same one."""
    if not _latest or _latest[0][0] is not values:
        plain = values if isinstance(values, np.ndarray) else values.double().numpy()
        wide = plain.astype(np.float64).ravel()
        counts, edges = np.histogram(wide, _default_edges())
        buckets = {
            float(edge): int(count)
            for edge, count in zip(edges[1:], counts, strict=True)
            if count
        }
        sums = float(wide.sum()), float((wide**2).sum())
        reference = _Reference(
            buckets, (float(wide.min()), float(wide.max())), float(wide.size), sums
        )
        _latest[:] = [(values, reference)]
    return _latest[0][1]


def one_tag(points: Points, tag: str, steps: int) -> None:
    """Check that there is one tag, and its steps."""
    same("tags", set(points), {tag})
    same(f"steps of {tag}", [point.step for point in points[tag]], list(range(steps)))


def same(what: str, found: Any, wanted: Any) -> None:
    """Check that two things are equal."""
    if found != wanted:
        raise WrongAnswerError(
            f"{what}: {str(found)[:200]} was read, {str(wanted)[:200]} was logged"
        )


def _default_edges() -> "np.ndarray[Any, Any]":
    positive, edge = [], 1e-12
    while edge < 1e20:
        positive.append(edge)
        edge *= 1.1
    return np.array([-edge for edge in reversed(positive)] + [0.0] + positive)
