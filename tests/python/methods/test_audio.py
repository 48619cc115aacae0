"""add_audio: the samples of both reference writers, but for one rule of rounding."""

import io
import struct
import warnings

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.python.support.helpers import TIME, on_all, only, values

import tensorbolt

LEVELS = st.floats(-1, 1, width=32)


def audio(value):
    """The 16-bit samples of an audio value (frames × channels), checked against the fields next to them."""
    audio = value.audio
    wav = audio.encoded_audio_string
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="int16", always_2d=True)
    assert samples.shape == (audio.length_frames, audio.num_channels)
    assert rate == max(round(audio.sample_rate), 1)
    assert audio.content_type == "audio/wav"
    assert len(wav) == 44 + samples.nbytes
    assert wav[36:40] == b"data"
    return samples


def parts(event):
    """The samples of an event, and the text of all else in it that both reference writers write."""
    rest = type(event).FromString(event.SerializeToString())
    (value,) = rest.summary.value
    samples = audio(value)
    value.audio.ClearField("encoded_audio_string")
    value.ClearField("metadata")
    return samples, str(rest)


def logged(call, other):
    """What tensorbolt and another writer make of a call."""
    results = on_all(call, only_with=("ours", other))
    for result in results.values():
        if isinstance(result, Exception):
            raise result
    ((ours, our_rest),) = map(parts, results["ours"]["."])
    ((theirs, their_rest),) = map(parts, results[other]["."])
    assert our_rest == their_rest
    assert ours.shape == theirs.shape
    return ours.astype(int), theirs.astype(int)


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def samples_of(writer, array, **keywords):
    writer.add_audio("t", array, **keywords)
    writer.flush()
    return audio(values(writer.get_logdir())[-1][2])


def rounded(levels):
    """Difference D19: the rule, in one line of numpy."""
    return np.clip(np.rint(np.float64(levels) * 32768), -32768, 32767).astype(np.int16)


@given(arrays.arrays("f4", st.integers(2, 40), elements=LEVELS), st.integers(1, 96000))
def test_mono_is_that_of_torch_up_to_its_scale(levels, rate):
    """Difference D19: torch multiplies by 32767 and cuts."""
    ours, theirs = logged(
        lambda w: w.add_audio("t/a b", levels, 3, rate, TIME), "torch"
    )
    np.testing.assert_array_equal(ours, rounded(levels)[:, None])
    assert np.abs(ours - theirs).max() <= 2
    scaled = levels.astype("f8")[:, None] * 32767
    assert np.abs(theirs - scaled).max() < 1.01


@given(
    arrays.arrays(
        st.sampled_from(["f4", "f8"]),
        st.tuples(st.integers(3, 40), st.sampled_from([1, 2])) | st.integers(3, 40),
        elements=LEVELS,
    ),
    st.integers(1, 96000),
)
def test_mono_and_stereo_are_within_one_of_tensorboardx(levels, rate):
    """Difference D19: tensorboardX cuts down."""
    ours, theirs = logged(lambda w: w.add_audio("t", levels, 3, rate, TIME), "tbx")
    np.testing.assert_array_equal(ours, rounded(levels).reshape(ours.shape))
    assert np.abs(ours - theirs).max() <= 1


@pytest.mark.parametrize("shape", [(6,), (1, 6), (6, 1), (1, 1, 6)])
def test_shapes_of_torch(shape):
    levels = np.linspace(-1, 1, 6).reshape(shape)
    ours, theirs = logged(lambda w: w.add_audio("t", levels, 3, 8000, TIME), "torch")
    assert np.abs(ours - theirs).max() <= 2


def test_any_rate_of_torch():
    ours, _ = logged(lambda w: w.add_audio("t", np.zeros(5), 3, 8000.7, TIME), "torch")
    assert ours.shape == (5, 1)


def test_sixteen_bits_come_back_bit_for_bit(writer):
    """Difference D19: both reference writers clip integers to -1 to 1."""
    every = np.arange(-32768, 32768).astype(np.int16)
    for array in (
        every,
        every / 32768,
        (every / 32768).astype("f4"),
        every.astype(">i2"),
        torch.from_numpy(every),
        (every.astype(np.int32) << 16),
        (every.astype(np.int64) << 48),
        (every.astype(np.int32) + 32768).astype(np.uint16),
    ):
        np.testing.assert_array_equal(samples_of(writer, array)[:, 0], every)


def test_integers_are_shares_of_their_range(writer):
    """Difference D19: uint8 raises OverflowError with torch."""
    assert samples_of(writer, np.array([0, 128, 255], "u1")).ravel().tolist() == [
        -32768,
        0,
        32512,
    ]
    assert samples_of(writer, np.array([-128, 0, 127], "i1")).ravel().tolist() == [
        -32768,
        0,
        32512,
    ]
    assert samples_of(writer, np.array([False, True])).ravel().tolist() == [0, 32767]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_small_floats_keep_their_sign(writer, dtype):
    """Difference D19: with torch 1.0 becomes -32768."""
    levels = torch.tensor([0.0, 1.0, -1.0, 0.25, 0.5], dtype=dtype)
    expected = [0, 32767, -32768, 8192, 16384]
    assert samples_of(writer, levels).ravel().tolist() == expected


def test_what_is_not_a_level_is_clipped_with_one_warning_per_tag(writer):
    levels = [0.0, 1.5, -np.inf, np.nan, 0.5]
    with pytest.warns(RuntimeWarning, match="'t' has levels outside -1 to 1") as warned:
        for _ in range(3):
            got = samples_of(writer, np.array(levels, "f4"))
    assert len(warned) == 1
    assert got.ravel().tolist() == [0, 32767, -32768, 0, 16384]


def test_wide_integers_of_few_bits_are_nearly_silent_and_say_so(writer):
    with pytest.warns(RuntimeWarning, match="pass int16"):
        got = samples_of(writer, np.array([0, 20000, -20000]))
    assert got.ravel().tolist() == [0, 0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples_of(writer, np.zeros(3, np.int64))


@pytest.mark.parametrize(
    ("shape", "frames", "channels"),
    [
        ((1,), 1, 1),
        ((1, 1), 1, 1),
        ((1, 2), 2, 1),
        ((2, 1), 2, 1),
        ((2, 2), 2, 2),
        ((5, 2), 5, 2),
        ((2, 5), 5, 2),
        ((1, 2, 5), 5, 2),
    ],
)
def test_mono_and_stereo_in_every_shape(writer, shape, frames, channels):
    """Difference D19: torch knows no stereo, tensorboardX no channels in front, neither a single sample."""
    levels = np.random.default_rng(0).uniform(-1, 1, shape)
    got = samples_of(writer, levels)
    assert got.shape == (frames, channels)
    plain = levels.reshape(max(shape[-2:]), -1) if channels == 1 else levels.squeeze()
    by_frame = plain if plain.shape == got.shape else plain.T
    np.testing.assert_array_equal(got, rounded(by_frame))


def test_lists_strides_and_frameworks(writer):
    expected = samples_of(writer, np.array([0.1, 0.2, 0.3]))
    base = np.array([0.1, 9, 0.2, 9, 0.3])
    for same in (
        [0.1, 0.2, 0.3],
        base[::2],
        np.array([0.3, 0.2, 0.1])[::-1],
        torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True),
    ):
        np.testing.assert_array_equal(samples_of(writer, same), expected)


@pytest.mark.parametrize("rate", [0.3, 1, 8000.5, 22050, np.float32(44100), 1e8])
def test_rates(writer, rate):
    writer.add_audio("t", [0.5], sample_rate=rate)
    writer.flush()
    value = only(writer.get_logdir())
    assert value.audio.sample_rate == np.float32(rate)
    header = struct.unpack_from("<I", value.audio.encoded_audio_string, 24)[0]
    assert header == max(1, int(float(rate) + 0.5))


def test_the_default_rate_is_that_of_both(writer):
    writer.add_audio("t", [0.5])
    writer.flush()
    assert only(writer.get_logdir()).audio.sample_rate == 44100


def test_metadata_names_the_encoding(writer):
    """Difference P51: without it, TensorBoard's default loader serves bytes of no type."""
    writer.add_audio("t", [0.5])
    writer.flush()
    metadata = only(writer.get_logdir()).metadata
    assert metadata.plugin_data.plugin_name == "audio"
    assert metadata.plugin_data.content == b"\x10\x0b"
    assert metadata.data_class == 3


def test_a_changed_array_after_the_call_changes_nothing(writer):
    array = np.full(300_000, 7, np.int16)
    for _ in range(5):
        writer.add_audio("t", array)
    array[:] = 9
    writer.flush()
    assert {int(audio(value).max()) for _, _, value in values(writer.get_logdir())} == {
        7
    }
