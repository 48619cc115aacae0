"""add_video: the frames of tensorboardX, in GIFs of our own; torch writes none with today's moviepy."""

import io
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageSequence
from sklearn.datasets import load_sample_image
from tests.python.support.helpers import TIME, on_all, values

import tensorbolt


def frames(value):
    """Milliseconds and RGB pixels of each frame, checked against the fields next to them."""
    image = Image.open(io.BytesIO(value.image.encoded_image_string))
    assert image.format == "GIF"
    assert image.size == (value.image.width, value.image.height)
    shown = []
    for frame in ImageSequence.Iterator(image):
        pixels = np.asarray(frame.convert("RGB"))
        shown.append((frame.info["duration"], pixels))
    if len(shown) > 1:
        assert image.info["loop"] == 0
    return shown


def rest(event):
    """The text of an event without its file."""
    copy = type(event).FromString(event.SerializeToString())
    copy.summary.value[0].image.ClearField("encoded_image_string")
    return str(copy)


def same_clip(call):
    """Assert that tensorboardX writes the same frames."""
    results = on_all(call, only_with=("ours", "tbx"))
    for result in results.values():
        if isinstance(result, Exception):
            raise result
    (ours,), (theirs,) = results["ours"]["."], results["tbx"]["."]
    assert rest(ours) == rest(theirs)
    one, two = (frames(event.summary.value[0]) for event in (ours, theirs))
    if len(one) > 1:
        assert [time for time, _ in one] == [time for time, _ in two]
    for (_, left), (_, right) in zip(one, two, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def decoded(writer, array, *arguments, **keywords):
    """Milliseconds and pixels of the frames that are written."""
    writer.add_video("t", array, *arguments, **keywords)
    writer.flush()
    return frames(values(writer.get_logdir())[-1][2])


def pixels(writer, array, *arguments, **keywords):
    return np.stack(
        [frame for _, frame in decoded(writer, array, *arguments, **keywords)]
    )


@st.composite
def videos(draw, channels=(1, 3), dtype="u1", **keywords):
    """A video of at most 256 colours a frame, and its layout."""
    letters = draw(st.permutations("NTCHW"))
    sizes = {
        "N": draw(st.integers(1, 5)),
        "T": draw(st.integers(1, 3)),
        "C": draw(st.sampled_from(channels)),
        "H": draw(st.integers(1, 5)),
        "W": draw(st.integers(1, 5)),
    }
    array = draw(
        arrays.arrays(dtype, [sizes[letter] for letter in letters], **keywords)
    )
    return array, "".join(letters)


@settings(max_examples=15)
# At some rates, such as 49, tensorboardX writes a single frame as an empty file.
@given(videos(), st.sampled_from([1, 2, 4, 5, 10, 25, 50]))
def test_bytes_are_shown_as_they_are(video, fps):
    array, layout = video
    same_clip(lambda w: w.add_video("t", array, 3, fps, TIME, layout))


@settings(max_examples=10)
@given(
    videos(dtype="f8", elements=st.integers(0, 255).map(lambda number: number / 255))
)
def test_floats_reach_from_0_to_1(video):
    array, layout = video
    same_clip(lambda w: w.add_video("t", array, 3, 5, TIME, layout))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 9, 16, 17])
def test_grids_are_those_of_tensorboardx(count):
    array = np.arange(count * 2 * 6, dtype=np.uint8).reshape(count, 2, 1, 2, 3) + 9
    same_clip(lambda w: w.add_video("t", torch.from_numpy(array), 3, 4, TIME))


@pytest.mark.parametrize("fps", [0.5, 2.5, 3, 4, 15, 24, 30, 33.4, 48, 50])
def test_delays_are_those_of_tensorboardx(fps):
    array = np.arange(3, dtype=np.uint8).reshape(1, 3, 1, 1, 1)
    same_clip(lambda w: w.add_video("t", array, 3, fps, TIME))


def test_no_frame_is_shorter_than_browsers_show_it(writer):
    """Difference D18: a hundredth of a second is shown as a tenth."""
    array = np.arange(3, dtype=np.uint8).reshape(1, 3, 1, 1, 1)
    assert [time for time, _ in decoded(writer, array, fps=100)] == [20, 20, 20]


def test_equal_frames_are_shown_longer():
    array = np.array([1, 1, 1, 2, 1, 1], np.uint8).reshape(1, 6, 1, 1, 1)
    same_clip(lambda w: w.add_video("t", array, 3, 4, TIME))


def test_torch_writes_no_data(writer):
    """Difference D18: with moviepy 2 it cannot import what it needs."""
    array = np.zeros((1, 2, 3, 4, 5), np.uint8)
    results = on_all(
        lambda w: w.add_video("t", array, 3, 4, TIME), only_with=("ours", "torch")
    )
    theirs = results["torch"]
    if isinstance(theirs, TypeError):
        # torch 2.6 names an argument that numpy no longer has, and writes nothing at all.
        assert "newshape" in str(theirs)
    else:
        theirs = theirs["."][0].summary.value[0]
        assert theirs.tag == "t"
        assert not theirs.HasField("image")
    assert results["ours"]["."][0].summary.value[0].HasField("image")


@pytest.mark.parametrize("letters", ["TCHW", "thwc", "THW", "HWT", "NCHW", "HW"])
def test_fewer_axes(writer, letters):
    sizes = {"N": 2, "T": 3, "C": 3, "H": 4, "W": 5}
    shape = [sizes[letter] for letter in letters.upper()]
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    full, upper = array, letters.upper()
    for letter in "NTCHW":
        if letter not in upper:
            full, upper = full[None], letter + upper
    expected = pixels(writer, full, dataformats=upper)
    np.testing.assert_array_equal(pixels(writer, array, dataformats=letters), expected)


def test_every_order_of_axes(writer):
    sizes = {"N": 3, "T": 2, "C": 3, "H": 2, "W": 5}
    base = np.random.default_rng(0).integers(
        0, 256, list(sizes.values()), dtype=np.uint8
    )
    orders = list(itertools.permutations("NTCHW"))
    for letters in orders:
        array = base.transpose(["NTCHW".index(letter) for letter in letters])
        writer.add_video("t", np.ascontiguousarray(array), dataformats="".join(letters))
        writer.add_video("t", array, dataformats="".join(letters))
    writer.flush()
    files = {v.image.encoded_image_string for _, _, v in values(writer.get_logdir())}
    assert len(files) == 1


def test_nan_is_black_and_infinity_is_clipped(writer):
    """Difference D18: with tensorboardX floats outside 0 to 1 wrap."""
    row = np.array([[np.nan, np.inf, -np.inf, 1.5, -0.5]], "f4")
    shown = pixels(writer, row, dataformats="HW")
    assert shown[0, 0, :, 0].tolist() == [0, 255, 0, 255, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_small_floats(writer, dtype):
    shares = (torch.arange(256).reshape(1, 1, 1, 16, 16) / 256).to(dtype)
    np.testing.assert_array_equal(
        pixels(writer, shares), pixels(writer, shares.float())
    )


def test_integers_are_those_of_images(writer):
    """Difference D18: both reference writers multiply them by 255."""
    array = np.arange(256, dtype=np.int64).reshape(2, 8, 16)
    with pytest.warns(
        RuntimeWarning, match="video 't' .* taken to reach from 0 to 255"
    ):
        shown = pixels(writer, array, dataformats="THW")
    np.testing.assert_array_equal(shown[..., 1], array)
    flags = np.eye(4, dtype=bool)
    np.testing.assert_array_equal(
        pixels(writer, flags, dataformats="HW")[0, ..., 0], flags * 255
    )


@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_shows_white(writer, channels):
    """Difference D18: tensorboardX drops the alpha."""
    rng = np.random.default_rng(0)
    array = rng.integers(0, 256, (1, 2, channels, 5, 6), dtype=np.uint8)
    colour, alpha = array[0, :, :-1].astype(int), array[0, :, -1:].astype(int)
    blended = np.rint((colour * alpha + 255 * (255 - alpha)) / 255)
    expected = np.broadcast_to(blended, (2, 3, 5, 6)).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(pixels(writer, array), expected)
    assert values(writer.get_logdir())[-1][2].image.colorspace == channels


def scenes():
    rows, columns = np.mgrid[0:256, 0:256].astype(np.uint8)
    return {
        "photo": load_sample_image("china.jpg")[:400, :600],
        "flower": load_sample_image("flower.jpg")[:400, :600],
        "noise": np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8),
        "dark": (load_sample_image("china.jpg")[:200, :300] * 0.15).astype(np.uint8),
        "gradient": np.stack([rows, columns, rows // 2 + columns // 2], -1),
    }


@pytest.mark.parametrize("name", scenes())
def test_more_than_256_colours_are_no_farther_than_with_tensorboardx(name):
    """Difference D18: the root of the mean square of what pixels are off."""
    scene = scenes()[name]
    results = on_all(
        lambda w: w.add_video("t", scene[None, None], dataformats="NTHWC"),
        only_with=("ours", "tbx"),
    )
    off = {}
    for writer, result in results.items():
        ((_, shown),) = frames(result["."][0].summary.value[0])
        off[writer] = np.abs(shown.astype(int) - scene)
    mean_square = {writer: (far**2).mean() ** 0.5 for writer, far in off.items()}
    assert mean_square["ours"] <= mean_square["tbx"]
    if name == "noise":
        assert off["ours"].mean() < 13
        assert off["ours"].max() <= 63


def test_a_long_clip_keeps_every_frame(writer):
    array = np.random.default_rng(0).integers(0, 256, (100, 3, 4), dtype=np.uint8)
    shown = pixels(writer, array, dataformats="THW", fps=50)
    np.testing.assert_array_equal(shown[..., 2], array)


def test_a_changed_array_after_the_call_changes_nothing(writer):
    array = np.full((1, 3, 3, 200, 200), 7, np.uint8)
    for _ in range(5):
        writer.add_video("t", array)
    array[:] = 9
    writer.flush()
    for _, _, value in values(writer.get_logdir()):
        ((_, shown),) = frames(value)
        assert shown.min() == shown.max() == 7
