"""add_image_predictions: images, names, confidences, and their order."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_sample_images
from tests.python.insight.helpers import grid_of

from tensorbolt import insight
from tensorbolt.insight._image_predictions import RIGHT, WRONG

NAMES = ["cat", "dog", "eel"]
SCORES = [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.5, 0.4], [0.0, 0.1, 0.9]]


def random_images(count, *size):
    return np.random.default_rng(0).random((count, *size))


def captions(writer, tag="predictions"):
    """Texts and colours, without the title."""
    return [
        (text.get_text(), text.get_color()) for text in writer.figures[tag].texts[1:]
    ]


def test_names_confidences_and_colours(writer):
    found = insight.add_image_predictions(
        writer, random_images(4, 3, 9, 8), [0, 1, 1, 0], SCORES, 6, NAMES
    )
    assert found == ["predictions"]
    assert [(tag, step) for tag, step, _ in writer.written()] == [("predictions", 6)]
    assert captions(writer) == [
        ("✓ cat 70%", RIGHT), ("", RIGHT),
        ("✗ cat 60%", WRONG), ("is dog", WRONG),
        ("✓ dog 50%", RIGHT), ("", RIGHT),
        ("✗ eel 90%", WRONG), ("is cat", WRONG),
    ]  # fmt: skip
    assert writer.texts("predictions").startswith("50.0% of 4 images right\n")


def test_the_worst_mistake_first(writer):
    options = {"class_names": NAMES, "wrong_first": True}
    insight.add_image_predictions(
        writer, random_images(4, 3, 9, 8), [0, 1, 1, 0], SCORES, **options, max_images=3
    )
    first = [text for text, _ in captions(writer)[::2]]
    assert first == ["✗ eel 90%", "✗ cat 60%", "✓ dog 50%"]
    assert "wrong ones first 3 of them are shown" in writer.texts("predictions")
    # Without confidences, in their order.
    insight.add_image_predictions(
        writer,
        random_images(4, 3, 9, 8),
        [0, 1, 1, 0],
        [0, 0, 1, 2],
        **options,
        tag="classes",
    )
    assert [text for text, _ in captions(writer, "classes")[::2]] == [
        "✗ cat",
        "✗ eel",
        "✓ cat",
        "✓ dog",
    ]


def test_softmax_of_scores(writer):
    scores = torch.tensor([[2.0, -1.0, 0.5], [1.0, 3.0, 0.0]])
    insight.add_image_predictions(writer, random_images(2, 3, 9, 8), [0, 1], scores)
    first = [text for text, _ in captions(writer)[::2]]
    sure = scores.softmax(1).amax(1)
    assert first == [f"✓ 0 {sure[0]:.0%}", f"✓ 1 {sure[1]:.0%}"]
    assert "confidences by softmax" in writer.texts("predictions")


def tiles(writer, count, columns, height, width, tag="predictions"):
    """The images of a grid, as they were before they were enlarged."""
    grid = grid_of(writer, tag, captions=True)
    zoom = -(-112 // width)
    down = (grid.shape[0] + 8) // -(-count // columns)
    for place in range(count):
        top, left = place // columns * down, place % columns * (width * zoom + 8)
        yield grid[top : top + height * zoom : zoom, left : left + width * zoom : zoom]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (lambda x: x, lambda x: x * 255),
        (lambda x: (x * 255).astype(np.uint8), lambda x: (x * 255).astype(np.uint8)),
        (
            lambda x: torch.tensor((x * 255).astype(np.int64)),
            lambda x: (x * 255).astype(int),
        ),
        # As normalised for a network: from the lowest to the highest of each.
        (
            lambda x: (x - 0.5) / 0.2,
            lambda x: (
                (x - x.min((1, 2, 3), keepdims=True))
                / np.ptp(x, (1, 2, 3), keepdims=True)
                * 255
            ),
        ),
    ],
    ids=["floats", "bytes", "integers", "normalised"],
)
def test_pixels(writer, kind, expected):
    given = random_images(3, 3, 9, 8)
    insight.add_image_predictions(writer, kind(given), [0, 1, 2], [0, 1, 2], columns=2)
    shown = np.stack(list(tiles(writer, 3, 2, 9, 8))).astype(float)
    # A number between two bytes may go either way.
    assert np.abs(shown - expected(given).transpose(0, 2, 3, 1)).max() <= 0.51
    said = "each image from its lowest number to its highest" in writer.texts(
        "predictions"
    )
    assert said == (kind(given).min() < 0)


def test_axes_and_channels(writer):
    given = random_images(2, 4, 9, 8)
    on_white = given[:, :3] * given[:, 3:] + 1 - given[:, 3:]
    cases = {
        "NHWC": (given[:, :3].transpose(0, 2, 3, 1), given[:, :3]),
        "CHWN": (given[:, :3].transpose(1, 2, 3, 0), given[:, :3]),
        "NCHW": (given, on_white),
        "NHW": (given[:, 0], given[:, [0, 0, 0]]),
    }
    for axes, (images, expected) in cases.items():
        insight.add_image_predictions(
            writer, images, [0, 1], [0, 1], dataformats=axes, tag=axes
        )
        shown = np.stack(list(tiles(writer, 2, 2, 9, 8, axes))).astype(float)
        assert np.abs(shown - expected.transpose(0, 2, 3, 1) * 255).max() <= 0.51, axes


def test_real_images(writer):
    digits = load_digits()
    insight.add_image_predictions(
        writer,
        digits.images,
        digits.target,
        digits.target,
        dataformats="NHW",
        max_images=10,
        columns=5,
    )
    first = next(tiles(writer, 10, 5, 8, 8))
    np.testing.assert_array_equal(
        first[..., 0], np.rint(digits.images[0] / digits.images[0].max() * 255)
    )
    assert "100.0% of 1,797 images right 10 of them are shown" in writer.texts(
        "predictions"
    )
    photos = load_sample_images().images
    insight.add_image_predictions(
        writer,
        photos,
        ["china", "flower"],
        [0, 1],
        class_names=["china", "flower"],
        dataformats="NHWC",
        tag="photos",
    )
    assert [text for text, _ in captions(writer, "photos")] == [
        "✓ china",
        "",
        "✓ flower",
        "",
    ]


def test_what_is_not_finite_is_black(writer):
    given = random_images(1, 1, 9, 8)
    given[0, 0, 0, :2] = np.nan, np.inf
    insight.add_image_predictions(writer, given, [0], [0])
    (shown,) = tiles(writer, 1, 1, 9, 8)
    np.testing.assert_array_equal(shown[0, :2], 0)


def test_long_names_are_cut_and_dollars_are_no_formulas(writer):
    names = ["a very long name of a class that fits nowhere", "$x_{"]
    insight.add_image_predictions(
        writer, random_images(2, 3, 8, 8), [0, 1], [0, 1], class_names=names
    )
    first, _, second, _ = (text for text, _ in captions(writer))
    assert first.startswith("✓ a very") and first.endswith("…")  # noqa: PT018
    assert second == "✓ $x_{"


@pytest.mark.parametrize(
    ("images", "labels", "options", "error", "text"),
    [
        (random_images(2, 3, 8, 8), [0], {}, ValueError, "labels and predictions must have equally many"),
        (random_images(3, 3, 8, 8), [0, 1], {}, ValueError, "images and labels must have equally many examples, not 3 and 2"),
        (random_images(2, 5, 8, 8), [0, 1], {}, ValueError, "images of 1, 3 or 4 channels, but .* 5 channels"),
        (random_images(2, 8, 8), [0, 1], {}, ValueError, "must have the axes NCHW, as dataformats says"),
        (random_images(2, 8, 8), [0, 1], {"dataformats": "HW"}, ValueError, "dataformats must have N, H, W"),
        (random_images(2, 3, 8, 8), [0, 1], {"dataformats": 3}, TypeError, "dataformats must be a str"),
        (random_images(2, 3, 8, 8), [0, 1], {"max_images": 0}, ValueError, "max_images must be at least 1"),
        (random_images(2, 3, 8, 8), [0, 1], {"columns": 0}, ValueError, "columns must be at least 1"),
        ("images", [0, 1], {}, TypeError, "images must hold numbers"),
    ],
)  # fmt: skip
def test_errors(writer, images, labels, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_image_predictions(writer, images, labels, [0, 1], **options)
    assert writer.written() == []
