"""`tensorbolt.compat.EventAccumulator` against TensorBoard's own, on files of every writer."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tensorboardX
from tensorboard.backend.event_processing import event_accumulator as theirs
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.compat import EventAccumulator, event_accumulator

KINDS = ("Scalars", "Histograms", "CompressedHistograms", "Images", "Audio", "Tensors")
NAMES = dict(
    zip(
        KINDS,
        ("scalars", "histograms", "distributions", "images", "audio", "tensors"),
        strict=True,
    )
)


def log_all(writer: Any) -> None:
    random = np.random.default_rng(0)
    for step in range(30):
        writer.add_scalar("loss", step / 7, step, walltime=1.7e9 + step / 3)
    writer.add_scalar("odd", float("nan"), -5)
    writer.add_scalar("odd", float("inf"), 2**40)
    for step in range(12):
        writer.add_histogram("weights", random.normal(size=100) * step, step)
        writer.add_image("image", random.random((3, 4, 5)), step)
        writer.add_audio("audio", random.random(40) - 0.5, step, sample_rate=8000)
        writer.add_text("text", f"*{step}*", step)
    writer.add_histogram("empty", np.zeros(3), 0)
    writer.add_hparams({"lr": 0.1, "name": "x"}, {"metric": 1.0})
    writer.add_pr_curve("curve", np.array([0, 1, 1]), np.array([0.1, 0.6, 0.9]), 0)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)
        writer.add_scalar("new", 0.25, 1, new_style=True)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)


def wav() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((20, 2)), 8000, format="WAV")
    return file.getvalue()


def by_tensorboard(directory: Path) -> None:
    """As TensorFlow 2, Keras and clu do: tensors, with metadata at the first value alone."""
    writer = EventFileWriter(str(directory))
    for step in range(12):
        for plugin, array in (
            ("scalars", np.float32(step * 0.7)),
            ("images", np.array([b"5", b"4", b"png one", b"png two"], object)),
            ("histograms", np.array([[0.0, 1, 2], [1, 3, step]])),
            ("audio", np.array([[wav(), b"label"]] * 2, object)),
            ("text", np.array([b"text"], object)),
            ("other", np.arange(6).reshape(2, 3)),
        ):
            event = Event(wall_time=1.7e9 + step / 7, step=step)
            value = event.summary.value.add(tag=f"a/{plugin}")
            if step == 0:
                value.metadata.plugin_data.plugin_name = plugin
                value.metadata.plugin_data.content = b"\x08\x01"
            value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
            writer.add_event(event)
    writer.close()


WRITERS = (by_torch, by_tensorboardx, by_us, by_tensorboard)


def oracle(path: Path, **options: Any) -> Any:
    """TensorBoard's class with a size of 0, with which it keeps all points."""
    sizes = theirs.STORE_EVERYTHING_SIZE_GUIDANCE
    return theirs.EventAccumulator(str(path), sizes, **options).Reload()


def plain(value: Any) -> Any:
    """Tuples of numbers whose bits count, so that NaN equals itself."""
    if dataclasses.is_dataclass(value):
        return tuple(plain(part) for part in vars(value).values())
    if isinstance(value, (list, tuple)):
        return tuple(map(plain, value))
    if isinstance(value, (float, np.floating)):
        return np.float64(value).tobytes()
    if hasattr(value, "SerializeToString"):
        return value.SerializeToString()
    return value


def assert_equal(mine: EventAccumulator, other: Any) -> None:
    """All that TensorBoard's class has is here, bit for bit."""
    tags, others = mine.Tags(), other.Tags()
    for method, name in NAMES.items():
        assert set(tags[name]) >= set(others[name])
        for tag in others[name]:
            found = plain(getattr(mine, method)(tag))
            assert found == plain(getattr(other, method)(tag)), (method, tag)
    for name in ("tensors", "graph", "meta_graph", "run_metadata"):
        assert tags[name] == others[name]
    assert set(tags) == set(others)
    assert mine.FirstEventTimestamp() == other.FirstEventTimestamp()
    assert mine.GetSourceWriter() == other.GetSourceWriter()
    assert mine.file_version == other.file_version
    assert plain(list(mine.summary_metadata.items())) == plain(
        list(other.summary_metadata.items())
    )
    for plugin in ("scalars", "text", "hparams"):
        assert contents(mine, plugin) == contents(other, plugin)


def contents(accumulator: Any, plugin: str) -> dict[str, bytes] | None:
    try:
        found: dict[str, bytes] = accumulator.PluginTagToContent(plugin)
    except KeyError:
        return None
    return found


@pytest.mark.parametrize("write", WRITERS)
def test_it_has_what_tensorboard_s_own_has(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path)
    mine, other = EventAccumulator(str(tmp_path)).Reload(), oracle(tmp_path)
    assert_equal(mine, other)
    file = min(tmp_path.glob("*tfevents*"))
    assert_equal(EventAccumulator(file).Reload(), oracle(file))
    if write is not by_tensorboard:
        assert len(mine.Scalars("loss")) == 30
        assert len(mine.Images("image")) == len(mine.Audio("audio")) == 12


def test_the_oracle_samples_unless_it_is_told_not_to(tmp_path: Path) -> None:
    by_us(tmp_path)
    sampled = theirs.EventAccumulator(str(tmp_path)).Reload()
    assert len(sampled.Images("image")) == 4
    assert len(sampled.Histograms("weights")) == 1
    sizes = event_accumulator.DEFAULT_SIZE_GUIDANCE
    assert sizes == theirs.DEFAULT_SIZE_GUIDANCE
    mine = EventAccumulator(str(tmp_path), sizes).Reload()
    assert len(mine.Images("image")) == len(mine.Histograms("weights")) == 12


def test_the_oracle_does_not_see_what_tensorflow_2_writes(tmp_path: Path) -> None:
    by_tensorboard(tmp_path)
    mine, other = EventAccumulator(str(tmp_path)).Reload(), oracle(tmp_path)
    assert other.Tags()["scalars"] == []
    scalars = mine.Scalars("a/scalars")
    tensors = other.Tensors("a/scalars")
    assert [(one.wall_time, one.step, one.value) for one in scalars] == [
        (
            one.wall_time,
            one.step,
            float(tensor_util.make_ndarray(one.tensor_proto).item()),
        )
        for one in tensors
    ]
    assert [
        (one.step, one.encoded_image_string, one.width, one.height)
        for one in mine.Images("a/images")[:3]
    ] == [(0, b"png one", 5, 4), (0, b"png two", 5, 4), (1, b"png one", 5, 4)]
    clips = mine.Audio("a/audio")
    assert len(clips) == 24
    assert plain(clips[2])[1:4] == (1, wav(), "audio/wav")
    assert (clips[2].sample_rate, clips[2].length_frames) == (8000, 20)
    histogram = mine.Histograms("a/histograms")[3].histogram_value
    assert (histogram.min, histogram.max, histogram.num) == (0, 3, 5)
    assert list(histogram.bucket_limit) == [1, 3]
    assert list(histogram.bucket) == [2, 3]
    assert np.isnan(histogram.sum)
    (median,) = [
        value
        for point, value in mine.CompressedHistograms("a/histograms")[
            2
        ].compressed_histogram_values
        if point == 5000
    ]
    assert median == 1


@pytest.mark.parametrize("purges", [True, False])
@pytest.mark.parametrize(
    "kind", [tensorbolt.SummaryWriter, TorchWriter, tensorboardX.SummaryWriter]
)
def test_a_restart_with_a_session_start(
    kind: Any, purges: bool, tmp_path: Path
) -> None:
    for name, first, purge_step in (("a", 0, None), ("b", 5, 5)):
        with kind(
            str(tmp_path), purge_step=purge_step, filename_suffix=f".{name}"
        ) as writer:
            for step in range(first, first + 10):
                writer.add_scalar("loss", first + step, step)
                writer.add_histogram("weights", np.arange(3) + first, step)
    # Names with the same second sort as they were made.
    mine = EventAccumulator(str(tmp_path), purge_orphaned_data=purges).Reload()
    other = oracle(tmp_path, purge_orphaned_data=purges)
    assert_equal(mine, other)
    steps = [event.step for event in mine.Scalars("loss")]
    assert steps == list(range(15)) if purges else len(steps) == 20


def test_the_oracle_keeps_the_orphaned_tensors_of_a_restart(tmp_path: Path) -> None:
    writer = EventFileWriter(str(tmp_path))
    for step in (0, 1, 2):
        event = Event(step=step)
        event.summary.value.add(tag="t").tensor.float_val.append(step)
        writer.add_event(event)
    writer.add_event(Event(step=1, session_log=SessionLog(status=SessionLog.START)))
    writer.close()
    assert len(oracle(tmp_path).Tensors("t")) == 3
    assert [one.step for one in EventAccumulator(tmp_path).Reload().Tensors("t")] == [0]


def write_records(path: Path, events: list[Any]) -> None:
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())


def scalar(step: int, *tags: str) -> Any:
    event = Event(wall_time=1e9 + step, step=step)
    for tag in tags:
        event.summary.value.add(tag=tag, simple_value=step)
    return event


def test_files_without_a_version_purge_by_steps_that_go_back(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    steps = [(0, "a"), (5, "a"), (6, "b"), (3, "a"), (4, "a"), (4, "b"), (2, "c")]
    write_records(path, [scalar(step, tag) for step, tag in steps])
    mine = EventAccumulator(path).Reload()
    assert_equal(mine, oracle(path))
    assert [one.step for one in mine.Scalars("a")] == [0, 3, 4]
    assert mine.file_version is None
    kept = EventAccumulator(path, purge_orphaned_data=False).Reload()
    assert [one.step for one in kept.Scalars("a")] == [0, 5, 3, 4]


def test_graphs_and_run_metadata(tmp_path: Path) -> None:
    graph, inner = GraphDef(), GraphDef()
    graph.node.add(name="a", op="Const")
    inner.node.add(name="b", op="Const")
    meta = MetaGraphDef(graph_def=inner)
    run = RunMetadata()
    run.step_stats.dev_stats.add(device="/cpu:0")
    event = Event(step=3)
    event.tagged_run_metadata.tag = "run"
    event.tagged_run_metadata.run_metadata = run.SerializeToString()
    path = tmp_path / "events.out.tfevents.1"
    with_meta = Event(meta_graph_def=meta.SerializeToString())
    write_records(path, [with_meta, event])
    mine = EventAccumulator(path).Reload()
    assert_equal(mine, oracle(path))
    assert mine.Graph() == oracle(path).Graph() == inner
    assert mine.MetaGraph() == meta
    assert mine.RunMetadata("run") == run
    write_records(
        path.with_name("events.out.tfevents.2"),
        [Event(graph_def=graph.SerializeToString()), with_meta],
    )
    both = EventAccumulator(tmp_path).Reload()
    assert both.Graph() == oracle(tmp_path).Graph() == graph
    empty = EventAccumulator(tmp_path)
    for call in (empty.Graph, empty.MetaGraph, lambda: empty.RunMetadata("run")):
        with pytest.raises(ValueError, match=r"[tT]here is no"):
            call()


def test_reload_reads_what_is_new_in_all_files(tmp_path: Path) -> None:
    first = tensorbolt.SummaryWriter(tmp_path, filename_suffix=".1")
    first.add_scalar("loss", 1, 1)
    first.flush()
    mine, other = EventAccumulator(tmp_path).Reload(), oracle(tmp_path)
    with tensorbolt.SummaryWriter(tmp_path, filename_suffix=".2") as second:
        second.add_scalar("loss", 2, 2)
    assert_equal(mine.Reload(), other.Reload())
    first.add_scalar("loss", 3, 3)
    first.close()
    # It looks at the newest file alone.
    assert len(other.Reload().Scalars("loss")) == 2
    assert [one.step for one in mine.Reload().Scalars("loss")] == [1, 2, 3]
    assert (mine.most_recent_step, other.most_recent_step) == (3, -1)
    assert mine.most_recent_wall_time == mine.Scalars("loss")[-1].wall_time


def test_a_file_that_is_replaced_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    write_records(path, [scalar(step, "a") for step in range(5)])
    mine = EventAccumulator(tmp_path).Reload()
    write_records(path, [scalar(7, "b")])
    assert mine.Reload().Tags()["scalars"] == ["b"]
    assert len(mine.Scalars("b")) == 1


def test_the_oracle_gives_up_at_damage_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    write_records(path, [scalar(step, "a") for step in range(1, 11)])
    data = bytearray(path.read_bytes())
    size = len(data) // 10
    data[4 * size + 15] ^= 1
    path.write_bytes(data)
    assert len(oracle(path).Scalars("a")) == 4
    mine = EventAccumulator(path).Reload().Reload()
    assert [one.step for one in mine.Scalars("a")] == [1, 2, 3, 4, 6, 7, 8, 9, 10]
    damage = mine.damage.to_dict()
    assert damage["offset"] == [4 * size]
    assert damage["file"] == [str(path)]


def test_runs_below_are_other_runs(tmp_path: Path) -> None:
    by_us(tmp_path / "below")
    mine = EventAccumulator(tmp_path).Reload()
    assert mine.Tags() == oracle(tmp_path).Tags()
    with pytest.raises(ValueError, match="no events"):
        mine.FirstEventTimestamp()


def test_assets_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "profile").mkdir(parents=True)
    (tmp_path / "plugins" / "profile" / "a.txt").write_text("text")
    mine, other = EventAccumulator(str(tmp_path)), oracle(tmp_path)
    for one in (mine, other):
        assert one.PluginAssets("profile") == ["a.txt"]
        assert one.PluginAssets("none") == []
        assert one.RetrievePluginAsset("profile", "a.txt") == "text"
        with pytest.raises(KeyError):
            one.RetrievePluginAsset("profile", "b.txt")


def test_the_attributes_that_scripts_use(tmp_path: Path) -> None:
    by_us(tmp_path)
    mine, other = EventAccumulator(str(tmp_path)).Reload(), oracle(tmp_path)
    for name in ("scalars", "images", "audios", "histograms", "tensors"):
        assert getattr(mine, name).Keys() == getattr(other, name).Keys()
    assert plain(mine.scalars.Items("loss")) == plain(other.scalars.Items("loss"))
    names = [name for name in event_accumulator.__all__ if name != "EventAccumulator"]
    for name in names:
        if name.isupper():
            assert getattr(event_accumulator, name) == getattr(theirs, name)


def test_wrong_calls(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="path"):
        EventAccumulator("")
    with pytest.raises(TypeError, match="size_guidance must be a dict"):
        EventAccumulator(tmp_path, [("scalars", 1)])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"size_guidance\['scalars'\]"):
        EventAccumulator(tmp_path, {"scalars": -1})
    with pytest.raises(FileNotFoundError):
        EventAccumulator(tmp_path / "nothing").Reload()
    mine = EventAccumulator(tmp_path).Reload()
    for method in KINDS:
        with pytest.raises(KeyError, match="there is no tag 'x'"):
            getattr(mine, method)("x")
