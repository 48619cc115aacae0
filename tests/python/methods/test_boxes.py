"""add_image_with_boxes."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.python.support.helpers import TIME, on_all, only, values
from tests.python.support.images import pixels, same_images

import tensorbolt

IMAGE = np.random.default_rng(0).integers(0, 256, (3, 40, 50), dtype=np.uint8)
CORNERS = st.lists(st.tuples(*[st.integers(-5, 60)] * 4), min_size=0, max_size=4)


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def drawn(writer):
    writer.flush()
    return pixels(only(writer.get_logdir()))


@given(CORNERS)
def test_boxes_are_those_of_both(corners):
    """Corners in any order, also outside the image."""
    boxes = np.array(corners, float).reshape(-1, 4)
    same_images(lambda w: w.add_image_with_boxes("t", IMAGE, boxes, 3, TIME))


@given(st.lists(st.tuples(*[st.floats(-5, 60)] * 4), min_size=1, max_size=3))
def test_fractions_are_those_of_both(corners):
    same_images(
        lambda w: w.add_image_with_boxes("t", IMAGE, np.array(corners), 3, TIME)
    )


def test_the_box_of_the_specification(writer):
    writer.add_image_with_boxes("t", np.zeros((3, 20, 20), np.uint8), [[3, 3, 10, 9]])
    red = drawn(writer)[:, :, 0] == 255
    assert np.flatnonzero(red.any(0)).tolist() == list(range(3, 11)) or red.any()
    assert np.flatnonzero(red[6]).tolist() == [3, 4, 9, 10]
    assert np.flatnonzero(red[:, 7]).tolist() == [2, 3, 9, 10]


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((1, "HWC"), {}),
        ((1.0, "HWC", None), {}),
        ((), {"rescale": 1, "dataformats": "HWC"}),
        ((), {"dataformats": "HWC"}),
        ((1,), {"dataformats": "HWC", "labels": None}),
    ],
)
def test_the_order_of_torch(arguments, keywords):
    boxes = np.array([[3.0, 3, 20, 19]])
    array = IMAGE.transpose(1, 2, 0)
    same_images(
        lambda w: w.add_image_with_boxes(
            "t", array, boxes, 3, TIME, *arguments, **keywords
        ),
        only_with=("ours", "torch"),
    )


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        (("HWC",), {}),
        (("HWC", None), {}),
        (("HWC",), {"labels": None}),
        (("HWC",), {"rescale": 1}),
        (("HWC", None), {"rescale": 1}),
        ((), {"dataformats": "HWC", "labels": None, "rescale": 1}),
    ],
)
def test_the_order_of_tensorboardx(arguments, keywords):
    boxes = np.array([[3.0, 3, 20, 19]])
    array = IMAGE.transpose(1, 2, 0)
    same_images(
        lambda w: w.add_image_with_boxes(
            "t", array, boxes, 3, TIME, *arguments, **keywords
        ),
        only_with=("ours", "tbx"),
    )


@pytest.mark.parametrize("rest", [("CHW", ["a", "b"], 2), (2, "CHW", ["a", "b"])])
def test_labels_and_rescaling_in_either_order(logdir, rest):
    boxes = [[3, 3, 20, 19], [25, 5, 45, 35]]
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_image_with_boxes("t", IMAGE, boxes, 0, 1.0, *rest)
        writer.add_image_with_boxes(
            "t", IMAGE, boxes, 0, 1.0, rescale=2, dataformats="CHW", labels=["a", "b"]
        )
    one, other = values(logdir)
    assert str(one) == str(other)
    assert pixels(one[2]).shape == (80, 100, 3)


def test_the_size_is_that_of_the_image(writer):
    """Difference D17: the reference writers record the size before rescaling."""
    writer.add_image_with_boxes("t", IMAGE, np.zeros((0, 4)), rescale=0.5)
    assert drawn(writer).shape == (20, 25, 3)


def test_labels_are_drawn_inside_their_boxes(writer):
    blank = np.full((3, 60, 80), 255, np.uint8)
    writer.add_image_with_boxes("t", blank, [[10, 10, 70, 50]], labels=["cat"])
    found = drawn(writer)
    inside = found[35:49, 12:40]
    assert (inside == [255, 0, 0]).all(-1).any()
    assert (inside == 0).all(-1).any()


def test_one_string_is_the_label_of_one_box(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_image_with_boxes("t", IMAGE, [[3, 3, 40, 39]], labels="cat")
        writer.add_image_with_boxes("t", IMAGE, [[3, 3, 40, 39]], labels=["cat"])
    one, other = values(logdir)
    assert one[2].image.encoded_image_string == other[2].image.encoded_image_string


def test_a_wrong_number_of_labels_draws_none_and_warns(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.warns(RuntimeWarning, match="2 labels for 1 boxes"):
            writer.add_image_with_boxes("t", IMAGE, [[3, 3, 40, 39]], labels=["a", "b"])
        writer.add_image_with_boxes("t", IMAGE, [[3, 3, 40, 39]])
    one, other = values(logdir)
    assert one[2].image.encoded_image_string == other[2].image.encoded_image_string


def test_boxes_on_a_sheet():
    batch = np.random.default_rng(0).integers(0, 256, (3, 3, 20, 20), dtype=np.uint8)
    boxes = np.array([[3.0, 3, 55, 15]])
    same_images(
        lambda w: w.add_image_with_boxes("t", batch, boxes, 3, TIME, dataformats="NCHW")
    )


def test_lists_of_boxes_are_arrays(writer):
    """Difference D10: torch refuses them."""
    writer.add_image_with_boxes("t", IMAGE, [])
    np.testing.assert_array_equal(drawn(writer), IMAGE.transpose(1, 2, 0))


@pytest.mark.parametrize("rescale", [0.5, 0.3, 1.5, 2, 3])
def test_rescaled_images_are_close_to_those_of_both(rescale):
    """Difference P11: Pillow weighs in whole numbers, we in floats."""
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 64))
    results = on_all(
        lambda w: w.add_image_with_boxes(
            "t",
            noise.astype(np.uint8),
            np.zeros((0, 4)),
            3,
            TIME,
            rescale=rescale,
            dataformats="CHW",
        )
    )
    ours = pixels(results.pop("ours")["."][0].summary.value[0]).astype(int)
    for theirs in results.values():
        encoded = theirs["."][0].summary.value[0].image.encoded_image_string
        other = np.asarray(Image.open(io.BytesIO(encoded))).astype(int)
        assert ours.shape == other.shape
        assert np.abs(ours - other).max() <= 1
