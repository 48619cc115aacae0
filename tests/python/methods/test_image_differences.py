"""Where images knowingly differ from the reference writers', and what only tensorbolt has."""

import logging

import numpy as np
import pytest
import torch
from PIL import Image
from tests.python.support.helpers import only, values
from tests.python.support.images import pixels

import tensorbolt


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def logged_image(writer):
    writer.flush()
    return pixels(only(writer.get_logdir()))


def grey(array):
    return np.repeat(np.asarray(array)[..., None], 3, 2)


@pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "u2", "u4", "u8"])
def test_integers_up_to_255_are_bytes(writer, dtype):
    """Difference D17: torch saturates them, tensorboardX scrambles them."""
    array = np.arange(256, dtype=dtype).reshape(16, 16)
    with pytest.warns(RuntimeWarning, match="taken to reach from 0 to 255"):
        writer.add_image("t", array, dataformats="HW")
    np.testing.assert_array_equal(logged_image(writer), grey(array))


def test_integers_above_255_reach_to_65535(writer):
    """Difference D17."""
    array = np.array([[0, 257, 65535]], np.uint16)
    with pytest.warns(RuntimeWarning, match="taken to reach from 0 to 65535"):
        writer.add_image("t", array, dataformats="HW")
    np.testing.assert_array_equal(logged_image(writer), grey([[0, 1, 255]]))


def test_nan_is_black_and_infinity_is_clipped(writer):
    """Difference D17: with the reference writers NaN is whatever the processor makes of it."""
    writer.add_image(
        "t", np.array([[np.nan, np.inf, -np.inf, 1.5, -0.5]]), dataformats="HW"
    )
    np.testing.assert_array_equal(logged_image(writer), grey([[0, 255, 0, 255, 0]]))


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((2, 3, 3), "CHX"),
        ((3, 3), "CHW"),
        ((3, 4, 5), "CCW"),
        ((1, 1, 3, 4, 5), "NTCHW"),
        ((5,), "H"),
        ((), ""),
        ((3, 4), "NC"),
        ((5, 4, 4), "CHW"),
        ((0, 4, 4), "CHW"),
        ((3, 0, 4), "CHW"),
        ((0, 3, 4, 4), "NCHW"),
    ],
)
def test_layouts_that_cannot_be_are_refused(writer, shape, layout):
    """Difference D17: the reference writers guess, crash, or divide by zero."""
    for kind in (ValueError, AssertionError):
        with pytest.raises(kind, match=r"dataformats|shape"):
            writer.add_image("t", np.zeros(shape, np.uint8), dataformats=layout)
    writer.flush()
    assert values(writer.get_logdir()) == []


def test_batches_with_grey_and_alpha(writer):
    """Difference D17: both reference writers refuse them."""
    array = np.random.default_rng(0).integers(0, 256, (3, 2, 4, 5), dtype=np.uint8)
    writer.add_images("t", array)
    expected = np.concatenate([item.transpose(1, 2, 0) for item in array], axis=1)
    np.testing.assert_array_equal(logged_image(writer), expected)


@pytest.mark.parametrize(
    "mode", ["L", "RGB", "RGBA", "LA", "1", "P", "CMYK", "HSV", "I;16", "F"]
)
def test_pil_images_bring_their_own_layout(writer, mode):
    """Difference D10: the reference writers refuse them."""
    source = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    )
    if mode == "I;16":
        image = Image.fromarray(np.arange(42, dtype=np.uint16).reshape(6, 7) * 257)
        expected = grey(np.arange(42, dtype=np.uint8).reshape(6, 7))
    elif mode == "F":
        image = Image.fromarray(np.linspace(0, 1, 42, dtype=np.float32).reshape(6, 7))
        expected = grey((np.asarray(image) * np.float32(255)).astype(np.uint8))
    else:
        image = source.convert(mode)
        target = {"1": "L", "P": "RGB", "CMYK": "RGB", "HSV": "RGB"}.get(mode, mode)
        array = np.asarray(image.convert(target))
        expected = grey(array) if array.ndim == 2 else array
    logging.disable(logging.WARNING)
    try:
        writer.add_image("t", image)
    finally:
        logging.disable(logging.NOTSET)
    np.testing.assert_array_equal(logged_image(writer), expected)


def test_lists_of_pil_images_are_a_batch(writer):
    images = [Image.new("RGB", (4, 3), (number, 0, 0)) for number in range(10)]
    writer.add_images("t", images)
    assert logged_image(writer).shape == (6, 32, 3)


def test_a_list_with_the_default_layout_is_a_batch(writer):
    """Difference P6: tensorboardX prints two lines and writes nothing, torch refuses."""
    writer.add_images(
        "t", [torch.zeros(3, 4, 5, dtype=torch.uint8)] * 2, dataformats="CHW"
    )
    writer.add_images("t", [torch.zeros(3, 4, 5, dtype=torch.uint8)] * 2)
    writer.flush()
    one, other = values(writer.get_logdir())
    assert str(one) == str(other)


@pytest.mark.parametrize("compression", ["fast", "balanced", "high"])
def test_compression_changes_no_pixel(logdir, compression):
    array = np.random.default_rng(0).integers(0, 8, (3, 64, 64), dtype=np.uint8)
    with tensorbolt.SummaryWriter(logdir, image_compression=compression) as writer:
        writer.add_image("t", array)
        np.testing.assert_array_equal(logged_image(writer), array.transpose(1, 2, 0))


def test_a_changed_array_after_the_call_changes_nothing(writer):
    array = np.full((3, 400, 400), 7, np.uint8)
    for _ in range(5):
        writer.add_image("t", array)
    array[:] = 9
    writer.flush()
    assert {
        int(pixels(value).max()) for _, _, value in values(writer.get_logdir())
    } == {7}


def test_a_slow_image_keeps_the_order_of_its_tag(writer):
    for step in range(6):
        side = 300 if step % 2 == 0 else 2
        writer.add_image("t", np.zeros((3, side, side), np.uint8), step)
    writer.flush()
    assert [step for _, step, _ in values(writer.get_logdir())] == list(range(6))
