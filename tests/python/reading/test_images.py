"""Images of both forms: their bytes are those of the file, and saving them never leaves the directory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import tensorboardX
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt

STEPS = 3


def pixels(step: int) -> Any:
    return np.random.default_rng(step).integers(0, 256, (3, 4, 5), np.uint8)


def log_all(writer: Any) -> None:
    for step in range(STEPS):
        writer.add_image("one/a", pixels(step), step, walltime=1.7e9 + step / 3)
        writer.add_image("two", pixels(step + 9)[:1], step)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)


def as_tensors(directory: Path, *encoded: bytes, tag: str = "t") -> None:
    """As TensorFlow 2 does: width, height, then images."""
    writer = EventFileWriter(str(directory))
    event = Event(wall_time=1.7e9, step=4)
    value = event.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = "images"
    strings = np.array([b"5", b"4", *encoded], object)
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(strings))
    writer.add_event(event)
    writer.close()


@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us])
def test_images_are_those_of_the_accumulator(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    images = tensorbolt.read(tmp_path, wall_time="float").images
    reader = EventAccumulator(str(tmp_path), {"images": 0}).Reload()
    expected = [
        (tag, event.step, event.wall_time, event.width, event.height)
        for tag in sorted(reader.Tags()["images"])
        for event in reader.Images(tag)
    ]
    table = images.to_dict()
    names = ("tag", "step", "wall_time", "width", "height")
    assert list(zip(*(table[name] for name in names), strict=True)) == expected
    known = [
        event.encoded_image_string
        for tag in sorted(reader.Tags()["images"])
        for event in reader.Images(tag)
    ]
    assert [image.bytes for image in images] == known
    assert images.with_data().to_dict()["data"] == known
    assert set(table["format"]) == {"png"}
    assert table["nbytes"] == list(map(len, known))


def test_an_image_has_its_pixels(tmp_path: Path) -> None:
    by_us(tmp_path)
    images = tensorbolt.read(tmp_path).images
    image = images[1]
    assert isinstance(image, tensorbolt.reading.Image)
    assert (image.tag, image.step, image.width, image.height) == ("one/a", 1, 5, 4)
    np.testing.assert_array_equal(image.numpy(), pixels(1).transpose(1, 2, 0))
    assert image.pil().size == (5, 4)
    image.save(tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes() == image.bytes
    assert images[-1].tag == "two"
    assert images[2:4][1].bytes == images[3].bytes
    with pytest.raises(IndexError, match="there are 6"):
        images[6]


def test_several_images_of_a_tensor_are_rows(tmp_path: Path) -> None:
    as_tensors(tmp_path, b"\x89PNG one", b"GIF89a two")
    images = tensorbolt.read(tmp_path).images
    table = polars.DataFrame(images).select("index", "width", "height")
    assert table.rows() == [(0, 5, 4), (1, 5, 4)]
    assert [image.bytes for image in images] == [b"\x89PNG one", b"GIF89a two"]
    assert images["format"].tolist() == ["png", "gif"]


def test_a_tensor_that_holds_no_images_is_listed_as_damage(tmp_path: Path) -> None:
    writer = EventFileWriter(str(tmp_path))
    event = Event(wall_time=1.0, step=1)
    value = event.summary.value.add(tag="t")
    value.metadata.plugin_data.plugin_name = "images"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(np.zeros(3)))
    writer.add_event(event)
    writer.close()
    log = tensorbolt.read(tmp_path)
    assert len(log.images) == 0
    assert log.damage["reason"].tolist() == ["a value is not of the form of images"]


def test_all_are_saved_below_the_directory(tmp_path: Path) -> None:
    by_us(tmp_path / "log" / "run")
    images = tensorbolt.read(tmp_path / "log").images
    out = tmp_path / "out"
    paths = images.save(out / "{run}/{tag}/{step:06d}.{format}")
    assert paths[0] == out / "run/one/a/000000.png"
    assert [path.read_bytes() for path in paths] == [image.bytes for image in images]
    with pytest.raises(ValueError, match="several of them the same file"):
        images.save(out / "same.png")
    with pytest.raises(ValueError, match="must have only"):
        images.save(out / "{nothing}.png")


@pytest.mark.parametrize(
    "tag",
    [
        "../../evil",
        "/etc/evil",
        "a/../../../evil",
        "..",
        "a/..\\..\\evil",
        ". ./ ../x",
        "\x00",
        "C:evil",
    ],
)
def test_no_tag_leads_out_of_the_directory(tag: str, tmp_path: Path) -> None:
    as_tensors(tmp_path / "log", b"\x89PNG", tag=tag)
    top = tmp_path / "a" / "b" / "out"
    (path,) = tensorbolt.read(tmp_path / "log").images.save(top / "{tag}.png")
    assert path.resolve().is_relative_to(top)
    found = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert {file for file in found if file.parts[-2] != "log"} == {path.resolve()}


def test_a_link_does_not_lead_out_of_the_directory(tmp_path: Path) -> None:
    as_tensors(tmp_path / "log", b"\x89PNG", tag="link/x")
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (out / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="is not inside"):
        tensorbolt.read(tmp_path / "log").images.save(out / "{tag}.png")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_bytes_of_a_log_that_was_closed_are_not_there(tmp_path: Path) -> None:
    by_us(tmp_path)
    log = tensorbolt.read(tmp_path)
    image = log.images[0]
    log.close()
    with pytest.raises(ValueError, match="the log was closed"):
        _ = image.bytes


def test_bytes_are_found_when_files_come_before_theirs(tmp_path: Path) -> None:
    by_us(tmp_path / "run")
    log = tensorbolt.read(tmp_path)
    images = log.images
    known = images.with_data().to_dict()["data"]
    by_torch(tmp_path / "before")
    assert log.reload()
    assert [image.bytes for image in images] == known
    assert len(log.images) == 2 * len(images)


def test_a_file_that_was_replaced_is_an_error(tmp_path: Path) -> None:
    as_tensors(tmp_path, b"\x89PNG one")
    (path,) = tmp_path.iterdir()
    image = tensorbolt.read(tmp_path).images[0]
    as_tensors(tmp_path / "other", b"\x89PNG longer than it was")
    path.write_bytes(next((tmp_path / "other").iterdir()).read_bytes())
    with pytest.raises(ValueError, match="was replaced"):
        _ = image.bytes
