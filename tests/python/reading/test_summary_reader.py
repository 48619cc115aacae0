"""`tensorbolt.compat.SummaryReader` against tbparse's, on files of every writer."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import tbparse
import tensorboardX
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.compat import SummaryReader

# What tbparse calls is deprecated in pandas.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
    pytest.mark.filterwarnings("ignore:Converting a Series or array"),
]

TYPES = ("scalars", "tensors", "histograms", "hparams", "text")
EXTRA = {
    "dir_name",
    "file_name",
    "wall_time",
    "min",
    "max",
    "num",
    "sum",
    "sum_squares",
}


def log_all(writer: Any) -> None:
    random = np.random.default_rng(0)
    for step in range(9):
        writer.add_scalar("loss", step / 7, step, walltime=1.7e9 + step / 3)
        writer.add_scalar("rate", -step, step, walltime=1.7e9 + step)
        writer.add_text("text", f"*{step}*", step)
    for step in (0, 1, 3):
        writer.add_histogram("weights", random.normal(size=50), step)
        writer.add_histogram("bias", random.normal(size=5), step)
    writer.add_hparams({"lr": 0.5, "name": "x", "flag": True}, {"metric": 1.0})
    writer.add_pr_curve("curve", np.array([0, 1, 1]), np.array([0.1, 0.6, 0.9]), 0)
    writer.close()


def by_torch(directory: Path) -> None:
    log_all(TorchWriter(directory))


def by_tensorboardx(directory: Path) -> None:
    log_all(tensorboardX.SummaryWriter(str(directory)))


def by_us(directory: Path) -> None:
    log_all(tensorbolt.SummaryWriter(directory))


WRITERS = (by_torch, by_tensorboardx, by_us)


def plain(value: Any) -> Any:
    """Values of cells whose bits count, so that NaN equals itself."""
    if isinstance(value, np.ndarray):
        return (value.shape, value.tolist())
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, (float, np.floating)):
        return np.float64(value).tobytes()
    return value


def assert_equal(mine: pd.DataFrame, theirs: pd.DataFrame) -> None:
    assert list(mine.columns) == list(theirs.columns)
    assert list(mine.index) == list(theirs.index)
    for name in theirs.columns:
        assert mine[name].dtype == theirs[name].dtype, name
        found = [plain(value) for value in mine[name]]
        assert found == [plain(value) for value in theirs[name]], name


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize("extra", [None, EXTRA])
@pytest.mark.parametrize("write", WRITERS)
def test_frames_are_those_of_tbparse(
    write: Callable[[Path], None], extra: Any, pivot: bool, tmp_path: Path
) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b" / "c")
    options: Any = {"pivot": pivot, "extra_columns": extra}
    mine = SummaryReader(str(tmp_path), **options)
    theirs = tbparse.SummaryReader(str(tmp_path), **options)
    for kind in TYPES:
        found, expected = mine.get_events(kind), theirs.get_events(kind)
        assert len(expected)
        assert_equal(found, expected)
        assert_equal(getattr(mine, kind), expected)
        assert sorted(mine.get_tags(kind)) == sorted(theirs.get_tags(kind))


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_alone(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path)
    path = str(min(tmp_path.glob("*tfevents*")))
    mine, theirs = SummaryReader(path), tbparse.SummaryReader(path)
    for kind in TYPES:
        assert_equal(mine.get_events(kind), theirs.get_events(kind))
    assert mine.raw_tags == theirs.raw_tags
    assert mine.get_raw_tags("run_metadata") == []
    assert mine.get_raw_events("scalars", "loss")[3].value == np.float32(3 / 7)
    raw, others = mine.raw_events, theirs.raw_events
    for kind in TYPES:
        assert list(raw[kind]) == list(others[kind])
        for tag, events in others[kind].items():
            assert repr(raw[kind][tag]) == repr(events)


def test_the_tree_of_files_and_directories(tmp_path: Path) -> None:
    by_us(tmp_path / "a")
    by_us(tmp_path / "b" / "c")
    (tmp_path / "b" / "notes.txt").write_text("no event file")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    reader = SummaryReader(tmp_path)
    assert list(reader.children) == ["a", "b"]
    assert list(reader["b"].children) == ["c"]
    assert repr(reader["b"]["c"]) == f"SummaryReader(log_path='{tmp_path / 'b' / 'c'}')"
    assert len(reader["a"].scalars) == len(reader.scalars) / 2
    with pytest.raises(KeyError):
        reader["x"]


@pytest.mark.numpy_2
def test_several_values_of_a_step_are_a_list(tmp_path: Path) -> None:
    for first in (0, 5):
        with tensorbolt.SummaryWriter(tmp_path, filename_suffix=f".{first}") as writer:
            for step in range(first, first + 10):
                writer.add_scalar("loss", first * 10 + step, step)
    mine = SummaryReader(str(tmp_path), pivot=True).scalars
    assert_equal(mine, tbparse.SummaryReader(str(tmp_path), pivot=True).scalars)
    assert mine["loss"][5] == [5.0, 55.0]
    assert len(tensorbolt.read(tmp_path).scalars) == 15


def test_tbparse_does_not_see_what_tensorflow_2_writes(tmp_path: Path) -> None:
    writer = EventFileWriter(str(tmp_path))
    for step in range(3):
        for plugin, array in (
            ("scalars", np.float32(step)),
            ("histograms", np.array([[0.0, 1, 2], [1, 3, step]])),
            ("other", np.arange(6).reshape(2, 3)),
        ):
            event = Event(step=step)
            value = event.summary.value.add(tag=f"a/{plugin}")
            value.metadata.plugin_data.plugin_name = plugin
            value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
            writer.add_event(event)
    writer.close()
    mine, theirs = SummaryReader(tmp_path), tbparse.SummaryReader(str(tmp_path))
    assert theirs.scalars.empty
    assert theirs.histograms.empty
    assert mine.scalars["value"].tolist() == [0, 1, 2]
    assert [list(limits) for limits in mine.histograms["limits"]] == [[1, 3]] * 3
    assert_equal(mine.tensors, theirs.tensors)


def test_images_and_audio_need_no_tensorflow(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (3, 4, 5, 3), np.uint8)
    gray = pixels[..., :1]
    sound = random.random((2, 30)) - 0.5
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_image("color", pixels[step], step, dataformats="HWC")
            writer.add_image("gray", gray[step], step, dataformats="HWC")
        writer.add_video("video", pixels[None].transpose(0, 1, 4, 2, 3), 0, fps=2)
        writer.add_audio("sound", sound[0], 1, sample_rate=8000)
    with pytest.raises(ModuleNotFoundError, match="tensorflow"):
        _ = tbparse.SummaryReader(str(tmp_path)).images
    extra = {"width", "height", "content_type", "length_frames", "sample_rate"}
    reader = SummaryReader(tmp_path, extra_columns=extra)
    assert list(reader.images.columns) == ["step", "tag", "value", "height", "width"]
    images = reader.images.set_index(["tag", "step"])["value"]
    for step in range(3):
        assert np.array_equal(images["color", step], pixels[step])
        assert images["color", step].dtype == np.uint8
    (event,) = reader.children[next(iter(reader.children))].get_raw_events(
        "images", "video"
    )
    with Image.open(io.BytesIO(event.encoded_image_string)) as image:
        image.seek(1)
        second = np.array(image.convert("RGB"))
    assert images["video", 0].shape == (3, 4, 5, 3)
    assert np.array_equal(images["video", 0][1], second)
    wide = SummaryReader(tmp_path, extra_columns=extra, pivot=True)
    assert wide.images["color/width"].tolist() == [5, 5, 5]
    (clip,) = reader.audio.to_dict("records")
    expected = next(iter(reader.children.values())).get_raw_events("audio", "sound")
    samples, rate = soundfile.read(
        io.BytesIO(expected[0].encoded_audio_string), dtype="float32", always_2d=True
    )
    assert np.array_equal(clip["value"], samples)
    assert (clip["sample_rate"], clip["length_frames"]) == (rate, 30)
    assert clip["content_type"] == "audio/wav"


def test_gray_and_palettes_and_alpha_are_decoded_with_channels(tmp_path: Path) -> None:
    from tensorbolt.compat._summary_rows import decoded_image

    def encoded(mode: str) -> bytes:
        file = io.BytesIO()
        Image.new(mode, (5, 4)).save(file, "PNG")
        return file.getvalue()

    channels = {"L": 1, "LA": 3, "P": 3, "RGB": 3, "RGBA": 4, "1": 3}
    for mode, count in channels.items():
        assert decoded_image(encoded(mode)).shape == (4, 5, count)
    with pytest.raises(ValueError, match="cannot be decoded"):
        decoded_image(b"nothing")


def test_damage_does_not_end_a_file(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for step in range(1, 100):
            writer.add_scalar("a", step, step)
    (path,) = tmp_path.glob("*tfevents*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert len(tbparse.SummaryReader(str(tmp_path)).scalars) < 60
    assert len(SummaryReader(str(tmp_path)).scalars) == 98


def test_functions_of_histograms(tmp_path: Path) -> None:
    tensor = np.array([[0.0, 1, 2], [1, 3, 5], [3, 3, 4], [3, 7, 1]])
    mine, theirs = SummaryReader, tbparse.SummaryReader
    found, expected = (
        mine.tensor_to_histogram(tensor),
        theirs.tensor_to_histogram(tensor),
    )
    assert mine.buckets_to_histogram_dict(tensor).keys() == found.keys()
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])
    counts, limits = expected["counts"], expected["limits"]
    x = np.linspace(-1, 8, 40)
    for name in ("histogram_to_cdf", "histogram_to_pdf"):
        np.testing.assert_allclose(
            getattr(mine, name)(counts, limits, x),
            getattr(theirs, name)(counts, limits, x),
            atol=1e-12,
        )
    for bounds in ((0, 7), (0.5, 5), (-3, 10)):
        for bins in (1, 8, 30):
            np.testing.assert_allclose(
                mine.histogram_to_bins(counts, limits, *bounds, n_bins=bins),
                theirs.histogram_to_bins(counts, limits, *bounds, n_bins=bins),
                atol=1e-12,
            )
    # It loses those of a bucket without width at the edge of two bins.
    bounds = (0, 7)
    assert sum(theirs.histogram_to_bins(counts, limits, *bounds, n_bins=7)[1]) == 8
    assert sum(mine.histogram_to_bins(counts, limits, *bounds, n_bins=7)[1]) == 12
    # Values from 1 on are outside of these bins; with tbparse rounding decides whether they count.
    _, found = mine.histogram_to_bins(counts, limits, n_bins=7)
    assert sum(found) == pytest.approx(2)
    with pytest.raises(ValueError, match="x must ascend"):
        mine.histogram_to_cdf(counts, limits, [1, 1])
    with pytest.raises(ValueError, match="as many as counts"):
        mine.histogram_to_pdf(counts, limits[1:], x)
    with pytest.raises(ValueError, match="must begin with 0"):
        mine.histogram_to_bins(counts[1:], limits[1:])
    with pytest.raises(ValueError, match=r"\[buckets, 3\]"):
        mine.tensor_to_histogram(tensor[:, :2])


def test_wrong_calls(tmp_path: Path) -> None:
    by_us(tmp_path)
    path = str(tmp_path)
    with pytest.raises(ValueError, match="no file or directory"):
        SummaryReader(str(tmp_path / "x"))
    with pytest.raises(ValueError, match="extra_columns must be a set"):
        SummaryReader(path, extra_columns=["wall_time"])  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="not x"):
        SummaryReader(path, extra_columns={"x"})
    with pytest.raises(KeyError, match="not graphs"):
        SummaryReader(path, event_types={"graphs"})
    reader = SummaryReader(path, event_types={"scalars"})
    assert reader.tags["text"] == []
    with pytest.raises(ValueError, match="without 'text'"):
        _ = reader.text
    for call in (reader.get_events, reader.get_tags):
        with pytest.raises(ValueError, match="event_type must be one of"):
            call("graphs")
    with pytest.raises(ValueError, match="take one of `children`"):
        _ = reader.raw_tags
    leaf = SummaryReader(min(tmp_path.glob("*tfevents*")))
    with pytest.raises(ValueError, match="tag needs an event_type"):
        leaf.get_raw_events(tag="loss")
    empty = SummaryReader(tmp_path, event_types={"images"})
    assert empty.images.empty
