"""`Log.events` and `summary_iterator`: every record of a file, in its order."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
from tensorboard.backend.event_processing.event_file_loader import (
    LegacyEventFileLoader,
)
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.compat import summary_iterator

KINDS = [tensorbolt.SummaryWriter, TorchWriter, tensorboardX.SummaryWriter]


def log_all(writer: Any) -> None:
    random = np.random.default_rng(0)
    for step in range(5):
        writer.add_scalar("loss", step / 7, step)
        writer.add_histogram("weights", random.normal(size=50), step)
        # Longer than what is read along with a record.
        writer.add_image("image", random.random((3, 200, 200)), step)
        writer.add_audio("audio", random.random(40) - 0.5, step)
        writer.add_text("text", f"*{step}*", step)
    writer.add_pr_curve("curve", np.array([0, 1, 1]), np.array([0.1, 0.6, 0.9]), 0)


def write_records(path: Path, events: list[Any]) -> list[int]:
    """Offsets of the records."""
    offsets = []
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for event in events:
            offsets.append(file.tell())
            writer.write(event.SerializeToString())
    return offsets


def scalar(step: int, tag: str = "a") -> Any:
    event = Event(wall_time=1e9 + step, step=step)
    event.summary.value.add(tag=tag, simple_value=step)
    return event


@pytest.mark.parametrize("kind", KINDS)
def test_all_records_in_the_order_of_the_file(kind: Any, tmp_path: Path) -> None:
    with kind(str(tmp_path)) as writer:
        log_all(writer)
    (path,) = tmp_path.glob("*tfevents*")
    expected = list(LegacyEventFileLoader(str(path)).Load())
    found = list(tensorbolt.read(tmp_path).events())
    assert [Event.FromString(event.bytes) for event in found] == expected
    assert [(event.step, event.wall_time) for event in found] == [
        (event.step, event.wall_time) for event in expected
    ]
    assert [event.what for event in found] == [
        event.WhichOneof("what") or "nothing" for event in expected
    ]
    assert found[0].content.decode() == "brain.Event:2"
    assert {(event.run, event.file) for event in found} == {(".", str(path))}
    with path.open("rb") as file:
        for event in found:
            file.seek(event.offset)
            assert int.from_bytes(file.read(8), "little") == len(event.bytes)
    for mine, theirs in zip(found, expected, strict=True):
        assert [value.tag for value in mine.values] == [
            value.tag for value in theirs.summary.value
        ]
        for value, other in zip(mine.values, theirs.summary.value, strict=True):
            assert value.bytes == other.SerializeToString()


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_decoded(kind: Any, tmp_path: Path) -> None:
    with kind(str(tmp_path)) as writer:
        log_all(writer)
    log = tensorbolt.read(tmp_path)
    kinds = dict(zip(log.tags["tag"], log.tags["kind"], strict=True))
    for event in log.events():
        expected = Event.FromString(event.bytes).summary.value
        for value, other in zip(event.values, expected, strict=True):
            assert value.kind == kinds[value.tag]
            found = value.value
            if value.kind == "scalars":
                assert found == value.number == other.simple_value
            elif value.kind == "images":
                assert found == [other.image.encoded_image_string]
            elif value.kind == "audio":
                assert found == [other.audio.encoded_audio_string]
            elif value.kind == "text":
                assert found == other.tensor.string_val[0].decode()
            elif value.kind == "histograms":
                assert sum(found[2]) == other.histo.num
                assert found[0][0] == other.histo.min
                assert found[1][-1] == other.histo.max
            else:
                array = tensor_util.make_ndarray(other.tensor)
                np.testing.assert_array_equal(found, array)
                assert value.plugin == "pr_curves"


def tensor(step: int, tag: str, array: Any, plugin: str = "") -> Any:
    event = Event(step=step)
    value = event.summary.value.add(tag=tag)
    if plugin:
        value.metadata.plugin_data.plugin_name = plugin
        value.metadata.display_name = "shown"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
    return event


def test_the_first_value_of_a_tag_says_what_it_is(tmp_path: Path) -> None:
    strings = np.array([b"3", b"2", b"one", b"two"], object)
    write_records(
        tmp_path / "events.out.tfevents.1",
        [
            tensor(0, "s", np.float64(0.1), "scalars"),
            tensor(0, "i", strings, "images"),
            tensor(0, "other", strings[:2]),
        ],
    )
    write_records(
        tmp_path / "events.out.tfevents.2",
        [tensor(1, "s", np.int64(7)), tensor(1, "s", np.arange(2)), tensor(1, "i", 1)],
    )
    events = list(tensorbolt.read(tmp_path).events())
    values = [value for event in events for value in event.values]
    assert [(value.tag, value.kind) for value in values] == [
        ("s", "scalars"),
        ("i", "images"),
        ("other", "tensors"),
        ("s", "scalars"),
        ("s", "tensors"),
        ("i", "images"),
    ]
    assert values[0].value == 0.1
    assert values[1].value == [b"one", b"two"]
    assert list(values[2].value) == [b"3", b"2"]
    assert values[3].value == 7
    assert (values[3].plugin, values[3].display_name) == ("scalars", "shown")
    assert list(values[4].value) == [0, 1]
    with pytest.raises(ValueError, match="not of the form of images"):
        _ = values[5].value


def test_filters_choose_among_values(tmp_path: Path) -> None:
    both = scalar(2, "a")
    both.summary.value.add(tag="b", simple_value=5)
    path = tmp_path / "run" / "events.out.tfevents.1"
    path.parent.mkdir()
    events = [
        Event(file_version="brain.Event:2"),
        scalar(1, "b"),
        both,
        Event(step=2, session_log=SessionLog(status=SessionLog.START)),
        Event(step=2, graph_def=b""),
        tensor(3, "a", np.array([b"x"], object), "text"),
        Event(step=3, summary=Event().summary),
    ]
    write_records(path, events)

    def found(**options: Any) -> list[Any]:
        return [
            (event.what, [value.tag for value in event.values])
            for event in tensorbolt.read(tmp_path, **options).events()
        ]

    version, start = ("file_version", []), ("session_log", [])
    graph, nothing = ("graph_def", []), ("summary", [])
    assert found(runs="other") == []
    assert found(tags="a") == [
        version, ("summary", ["a"]), start, graph, ("summary", ["a"]), nothing
    ]  # fmt: skip
    assert found(steps=(2, 3)) == [
        version, ("summary", ["a", "b"]), start, graph, nothing
    ]  # fmt: skip
    assert found(kinds="text") == [version, start, ("summary", ["a"]), nothing]
    assert len(found()) == len(events)


def test_damage_is_passed_over_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    bad = Event(step=99)
    offsets = write_records(path, [*map(scalar, range(1, 9)), bad])
    data = bytearray(path.read_bytes())
    data[offsets[3] + 15] ^= 1
    whole = bytes(data)
    path.write_bytes(whole + whole[: offsets[1] - 3])
    events = tensorbolt.read(tmp_path).events()
    assert [event.step for event in events] == [1, 2, 3, 5, 6, 7, 8, 99]
    damage = events.damage.to_dict()
    assert damage["offset"] == [offsets[3], len(whole)]
    assert damage["length"] == [offsets[4] - offsets[3], offsets[1] - 3]
    assert damage == tensorbolt.read(tmp_path).damage.to_dict()
    stopped = tensorbolt.read(tmp_path, on_damage="stop").events()
    assert [event.step for event in stopped] == [1, 2, 3]
    assert stopped.damage["offset"].tolist() == [offsets[3]]
    raising = tensorbolt.read(tmp_path, on_damage="raise").events()
    with pytest.raises(ValueError, match=f"byte {offsets[3]}"):
        list(raising)
    unchecked = tensorbolt.read(tmp_path, checksum=False).events()
    assert len(list(unchecked)) == 9


def test_a_tag_that_is_not_utf_8_and_a_record_that_is_no_event(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    raw = scalar(1, "abc").SerializeToString()
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for data in (raw, raw.replace(b"abc", b"a\xffc"), b"\xff" * 9, raw):
            writer.write(data)
    events = tensorbolt.read(tmp_path).events()
    tags = [value.tag for event in events for value in event.values]
    assert tags == ["abc", "a\ufffdc", "abc"]
    assert events.damage.to_dict() == tensorbolt.read(tmp_path).damage.to_dict()
    assert len(events.damage) == 2


def test_it_goes_on_where_a_position_was(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    first = [tensor(0, "s", np.float32(1), "scalars"), scalar(1)]
    write_records(path, first)
    log = tensorbolt.read(tmp_path)
    assert len(log.scalars) == 2
    token = log.position
    write_records(path, [*first, tensor(2, "s", np.float32(2)), scalar(3)])
    events = list(tensorbolt.read(tmp_path, since=token).events())
    assert [event.step for event in events] == [2, 3]
    assert events[0].values[0].kind == "scalars"
    assert len(list(log.events())) == 4


def test_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    write_records(path, [scalar(1), tensor(2, "t", np.zeros(50_000))])
    events = list(tensorbolt.read(io.BytesIO(path.read_bytes())).events())
    assert [event.step for event in events] == [1, 2]
    assert events[1].values[0].value.shape == (50_000,)


def test_a_file_that_is_gone_is_left_out(tmp_path: Path) -> None:
    for name in "12":
        write_records(tmp_path / f"events.out.tfevents.{name}", [scalar(int(name))])
    log = tensorbolt.read(tmp_path)
    (tmp_path / "events.out.tfevents.1").unlink()
    assert [event.step for event in log.events()] == [2]


def test_reprs_name_what_they_are(tmp_path: Path) -> None:
    write_records(tmp_path / "events.out.tfevents.1", [scalar(1)])
    (event,) = tensorbolt.read(tmp_path).events()
    assert repr(event) == "<Event: . step 1, summary of 'a'>"
    assert repr(event.values[0]) == "<Value: 'a' of scalars = 1.0>"


@pytest.mark.parametrize("kind", KINDS)
def test_summary_iterator_gives_out_messages(kind: Any, tmp_path: Path) -> None:
    with kind(str(tmp_path)) as writer:
        log_all(writer)
    (path,) = tmp_path.glob("*tfevents*")
    expected = list(LegacyEventFileLoader(str(path)).Load())
    assert list(summary_iterator(str(path))) == expected
    assert list(summary_iterator(tmp_path)) == expected


def test_summary_iterator_warns_of_damage_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    offsets = write_records(path, list(map(scalar, range(1, 9))))
    data = bytearray(path.read_bytes())
    for place in (offsets[3], offsets[5]):
        data[place + 15] ^= 1
    path.write_bytes(bytes(data[:-3]))
    # TensorFlow's function raises, and what TensorBoard uses stops in silence.
    assert len(list(LegacyEventFileLoader(str(path)).Load())) == 3
    with pytest.warns(RuntimeWarning, match=f"byte {offsets[3]}") as warned:
        events = list(summary_iterator(path))
    assert [event.step for event in events] == [1, 2, 3, 5, 7]
    assert len(warned) == 1
    with pytest.raises(FileNotFoundError):
        summary_iterator(tmp_path / "nothing")


def test_summary_iterator_without_tensorboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.out.tfevents.1"
    write_records(path, [scalar(1)])
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    (event,) = summary_iterator(path)
    assert type(event).__module__.startswith("tensorboardX")
    assert event.summary.value[0].simple_value == 1
    monkeypatch.setitem(sys.modules, "tensorboardX.proto.event_pb2", None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        summary_iterator(path)
