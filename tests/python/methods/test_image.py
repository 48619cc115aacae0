"""add_image and add_images: the same pixels as both reference writers."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.python.support.helpers import TIME
from tests.python.support.images import same_images

SIDES = st.integers(1, 9)


@st.composite
def single(draw, channels=(1, 2, 3, 4), dtype="u1", **keywords):
    """A image and its layout, in any order and case of letters."""
    letters = draw(st.permutations("CHW"))
    sizes = {"C": draw(st.sampled_from(channels)), "H": draw(SIDES), "W": draw(SIDES)}
    case = draw(st.sampled_from([str.lower, str.upper]))
    array = draw(
        arrays.arrays(dtype, [sizes[letter] for letter in letters], **keywords)
    )
    return array, case("".join(letters))


@st.composite
def batch(draw, channels, dtype="u1", **keywords):
    """A batch and its layout."""
    letters = draw(st.permutations("NCHW"))
    sizes = {
        "N": draw(st.integers(1, 19)),
        "C": draw(st.sampled_from(channels)),
        "H": draw(SIDES),
        "W": draw(SIDES),
    }
    return draw(
        arrays.arrays(dtype, [sizes[letter] for letter in letters], **keywords)
    ), "".join(letters)


# Multiples of 1/255 are the numbers on which torch and tensorboardX agree.
SHARES = st.integers(0, 255).map(lambda number: number / 255)


@given(st.lists(single(), min_size=1, max_size=4))
def test_bytes_are_shown_as_they_are(images):
    def log(writer):
        for array, layout in images:
            writer.add_image("t", array, 3, TIME, layout)

    same_images(log)


@given(single(dtype="f8", elements=SHARES))
def test_floats_reach_from_0_to_1(image):
    array, layout = image
    same_images(lambda w: w.add_image("t", array, 3, TIME, dataformats=layout))
    same_images(
        lambda w: w.add_image("t", torch.from_numpy(array), 3, TIME, dataformats=layout)
    )


@given(
    st.sampled_from(["f2", "f4", "f8"]).flatmap(
        lambda dtype: single(
            dtype=dtype,
            elements=st.floats(-10, 10, width=16)
            if dtype == "f2"
            else st.floats(-10, 10, width=32),
        )
    )
)
def test_any_floats_become_the_bytes_of_torch(image):
    """Difference D17: tensorboardX does not clip."""
    array, layout = image
    same_images(
        lambda w: w.add_image("t", array, 3, TIME, layout), only_with=("ours", "torch")
    )


def test_every_float_near_a_border_is_cut_as_by_torch():
    borders = np.float32(np.arange(256)) / np.float32(255)
    near = np.stack(
        [np.nextafter(borders, np.float32(side), dtype="f4") for side in (-1, 2)]
        + [borders]
    )
    for array in (
        near,
        near.astype("f8"),
        near.astype("f8") - 1e-12,
        near.astype("f2"),
    ):
        same_images(
            lambda w, array=array: w.add_image("t", array, 3, TIME, "HW"),
            only_with=("ours", "torch"),
        )


def test_bfloat16_floats():
    shares = torch.arange(256).reshape(1, 16, 16) / 256
    image = shares.to(torch.bfloat16)
    same_images(
        lambda w: w.add_image(
            "t", image if "bolt" in type(w).__module__ else image.float(), 3, TIME
        ),
        only_with=("ours", "torch"),
    )


@given(batch(channels=(1, 3)))
def test_batches_become_sheets(images):
    array, layout = images
    same_images(lambda w: w.add_images("t", array, 3, TIME, layout))
    same_images(lambda w: w.add_image("t", array, 3, TIME, layout))


@given(batch(channels=(4,)))
def test_batches_with_alpha_are_those_of_tensorboardx(images):
    """Difference D17: torch refuses alpha in batches."""
    array, layout = images
    same_images(
        lambda w: w.add_images("t", array, 3, TIME, layout), only_with=("ours", "tbx")
    )


@pytest.mark.parametrize(
    "letters", sorted("".join(order) for order in itertools.permutations("CHW"))
)
def test_every_order_of_axes(letters):
    sizes = {"C": 3, "H": 5, "W": 7}
    array = np.random.default_rng(0).integers(
        0, 256, [sizes[letter] for letter in letters], dtype=np.uint8
    )
    same_images(lambda w: w.add_image("t", array, 3, TIME, letters))
    same_images(lambda w: w.add_images("t", array, 3, TIME, letters))


@pytest.mark.parametrize("letters", ["HW", "WH", "hw"])
def test_images_without_channels(letters):
    array = np.arange(15, dtype=np.uint8).reshape(3, 5)
    same_images(lambda w: w.add_image("t", array, 3, TIME, letters))


def test_default_layouts():
    same_images(lambda w: w.add_image("t", np.zeros((3, 4, 5), np.uint8), 3, TIME))
    same_images(lambda w: w.add_images("t", np.zeros((2, 3, 4, 5), np.uint8), 3, TIME))


def test_booleans_are_black_and_white():
    same_images(
        lambda w: w.add_image("t", np.eye(5, dtype=bool), 3, TIME, "HW"),
        only_with=("ours", "torch"),
    )


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u2", "u4", "u8"])
def test_integers_of_0_and_1_are_black_and_white(dtype):
    same_images(
        lambda w: w.add_image("t", np.eye(5, dtype=dtype), 3, TIME, "HW"),
        only_with=("ours", "torch"),
    )


def test_strides_do_not_matter():
    base = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    for view in (
        base[::2, ::-1],
        base[:, :, ::-1],
        np.asfortranarray(base),
        base.transpose(1, 0, 2),
        base[3:7, 2:5],
    ):
        same_images(lambda w, view=view: w.add_image("t", view, 3, TIME, "HWC"))


def test_lists_of_images_are_those_of_tensorboardx():
    images = [np.full((3, 4, 5), number, np.uint8) for number in range(9)]
    same_images(
        lambda w: w.add_images("t", images, 3, TIME, "CHW"), only_with=("ours", "tbx")
    )
    tensors = [torch.full((4, 5, 3), number, dtype=torch.uint8) for number in range(9)]
    same_images(
        lambda w: w.add_images("t", tensors, 3, TIME, "HWC"), only_with=("ours", "tbx")
    )


@pytest.mark.parametrize("size", [(257, 129), (1, 1), (1, 4000), (4000, 1), (700, 600)])
def test_sizes(size):
    array = np.random.default_rng(1).integers(0, 256, (3, *size), dtype=np.uint8)
    same_images(lambda w: w.add_image("t", array, 3, TIME))
