"""Audio of both forms: its bytes are those of the file, and its samples those that soundfile decodes."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import soundfile
import tensorboardX
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.util import tensor_util
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.reading import Clip

STEPS = 3
RATE = 8000


def levels(seed: int, channels: int = 1) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, (100 + seed, channels))


def log_all(writer: Any) -> None:
    for step in range(STEPS):
        time = 1.7e9 + step / 3
        sound = levels(step)[:, 0].astype(np.float32)
        writer.add_audio("sound/mono", sound, step, RATE, walltime=time)
        writer.add_audio("other", sound, step)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)
        writer.add_audio("stereo", levels(7, 2), 4, 16000)


def encoded(sound: Any, form: str = "WAV", subtype: str = "PCM_16") -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sound, RATE, format=form, subtype=subtype)
    return out.getvalue()


@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us])
def test_clips_are_those_of_the_accumulator(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    audio = tensorbolt.read(tmp_path, wall_time="float").audio
    reader = EventAccumulator(str(tmp_path), {"audio": 0}).Reload()
    events = [
        (tag, event)
        for tag in sorted(reader.Tags()["audio"])
        for event in reader.Audio(tag)
    ]
    assert len(events) >= 2 * STEPS
    table = audio.to_dict()
    names = ("tag", "step", "wall_time", "sample_rate", "frames")
    assert list(zip(*(table[name] for name in names), strict=True)) == [
        (
            tag,
            event.step,
            event.wall_time,
            round(event.sample_rate),
            event.length_frames,
        )
        for tag, event in events
    ]
    known = [event.encoded_audio_string for _, event in events]
    assert [clip.bytes for clip in audio] == known
    assert audio.with_data().to_dict()["data"] == known
    assert table["nbytes"] == list(map(len, known))
    assert set(table["format"]) == {"wav"}
    for clip in audio:
        found, rate = clip.numpy()
        theirs, their_rate = soundfile.read(
            io.BytesIO(clip.bytes), dtype="float32", always_2d=True
        )
        assert rate == their_rate == clip.sample_rate
        assert found.dtype == theirs.dtype
        np.testing.assert_array_equal(found, theirs)
        assert found.shape == (clip.frames, clip.channels)


def test_a_clip_says_what_it_is(tmp_path: Path) -> None:
    by_us(tmp_path)
    audio = tensorbolt.read(tmp_path).audio
    clip = audio[-1]
    assert isinstance(clip, Clip)
    assert (clip.tag, clip.step, clip.index, clip.label) == ("stereo", 4, 0, "")
    assert (clip.sample_rate, clip.channels, clip.frames) == (16000, 2, 107)
    found, rate = clip.numpy()
    assert rate == 16000
    np.testing.assert_allclose(found, levels(7, 2), atol=1 / 32000)
    paths = audio.save(tmp_path / "out/{tag}/{step}.{format}")
    assert paths[-1].read_bytes() == clip.bytes
    assert soundfile.info(str(paths[-1])).channels == 2


def test_clips_of_tensors_are_rows_with_their_labels(tmp_path: Path) -> None:
    """The forms of TensorFlow 2, and of TensorFlow 1 with labels."""
    clips = [encoded(levels(seed)) for seed in range(3)]
    labels = [b"*one*", "zwö".encode(), b"\xff"]
    both = np.empty((3, 2), object)
    both[:, 0], both[:, 1] = clips, labels
    write(
        tmp_path,
        of_plugin("alone", "audio", np.array(clips, object), 2),
        of_plugin("labelled", "audio", both, 3),
    )
    audio = tensorbolt.read(tmp_path).audio
    table = audio.to_dict()
    assert table["tag"] == ["alone"] * 3 + ["labelled"] * 3
    assert table["index"] == [0, 1, 2] * 2
    assert table["label"] == ["", "", "", "*one*", "zwö", "\ufffd"]
    assert [clip.bytes for clip in audio] == clips * 2
    assert table["frames"] == [100, 101, 102] * 2
    reader = EventAccumulator(str(tmp_path), {"tensors": 0}).Reload()
    (event,) = reader.Tensors("labelled")
    theirs = tensor_util.make_ndarray(event.tensor_proto)
    assert [[clip.bytes, clip.label.encode()] for clip in audio[3:5]] == [
        list(row) for row in theirs[:2]
    ]


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize(
    ("subtype", "dtype"),
    [
        ("PCM_U8", "float32"),
        ("PCM_16", "float32"),
        ("PCM_24", "float32"),
        ("PCM_32", "float64"),
        ("FLOAT", "float32"),
        ("DOUBLE", "float64"),
    ],
)
def test_samples_are_those_of_soundfile(
    form: str, subtype: str, dtype: str, tmp_path: Path
) -> None:
    sound = levels(3, 3)
    sound[:2] = [[-1] * 3, [1] * 3]
    data = encoded(sound, form, subtype)
    write(tmp_path, of_plugin("a", "audio", np.array([data], object), 1))
    clip = tensorbolt.read(tmp_path).audio[0]
    found, rate = clip.numpy()
    theirs, _ = soundfile.read(io.BytesIO(data), dtype=dtype, always_2d=True)
    assert (rate, found.dtype) == (RATE, dtype)
    np.testing.assert_array_equal(found, theirs)


def one(directory: Path, data: bytes) -> Clip:
    write(directory, of_plugin("a", "audio", np.array([data], object), 1))
    clip = tensorbolt.read(directory).audio[0]
    assert isinstance(clip, Clip)
    assert clip.bytes == data
    return clip


def test_a_file_that_ends_early_is_an_error(tmp_path: Path) -> None:
    clip = one(tmp_path, encoded(levels(0))[:-21])
    assert clip.frames == 100
    with pytest.raises(ValueError, match="ends after 89 of 100 frames"):
        clip.numpy()


def test_a_length_that_the_program_did_not_know_is_the_rest(tmp_path: Path) -> None:
    whole = encoded(levels(0))
    at = whole.index(b"data") + 4
    data = whole[:at] + struct.pack("<I", 0xFFFFFFFF) + whole[at + 4 :]
    clip = one(tmp_path, data)
    assert clip.frames == 100
    np.testing.assert_array_equal(
        clip.numpy()[0], one(tmp_path / "whole", whole).numpy()[0]
    )


@pytest.mark.parametrize("subtype", ["ULAW", "IMA_ADPCM"])
def test_other_formats_name_what_they_are(subtype: str, tmp_path: Path) -> None:
    clip = one(tmp_path, encoded(levels(0), "WAV", subtype))
    assert clip.sample_rate == RATE
    with pytest.raises(ValueError, match=r"cannot be decoded.*\.bytes has it"):
        clip.numpy()


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"OggS and more", encoded(levels(0))[:40]],
)
def test_what_is_no_wav_file_has_no_rate(data: bytes, tmp_path: Path) -> None:
    clip = one(tmp_path, data)
    assert (clip.sample_rate, clip.channels, clip.frames) == (None, None, None)
    table = polars.DataFrame(tensorbolt.read(tmp_path).audio)
    assert table["sample_rate"].to_list() == [None]
    with pytest.raises(ValueError, match="no WAV file"):
        clip.numpy()


def test_a_header_of_zeros_is_none(tmp_path: Path) -> None:
    whole = bytearray(encoded(levels(0)))
    whole[22:24] = b"\0\0"
    assert one(tmp_path, bytes(whole)).channels is None


def test_other_encodings_have_the_rate_of_the_log(tmp_path: Path) -> None:
    event = Event(wall_time=1.0, step=1)
    sound = event.summary.value.add(tag="a").audio
    sound.sample_rate, sound.num_channels, sound.length_frames = 22050.0, 2, 7
    sound.encoded_audio_string, sound.content_type = b"OggS", "audio/ogg"
    write(tmp_path, event)
    clip = tensorbolt.read(tmp_path).audio[0]
    assert (clip.sample_rate, clip.channels, clip.frames) == (22050, 2, 7)
    assert clip.format == "ogg"


def test_a_tensor_that_holds_no_audio_is_listed_as_damage(tmp_path: Path) -> None:
    write(
        tmp_path,
        of_plugin("numbers", "audio", np.zeros(3), 1),
        of_plugin("triples", "audio", np.array([[b"a", b"b", b"c"]], object), 1),
    )
    log = tensorbolt.read(tmp_path)
    assert len(log.audio) == 0
    assert log.damage["reason"].tolist() == ["a value is not of the form of audio"] * 2
