"""What other readers find in the same files: all of it has to be here, bit for bit, and as TensorBoard shows it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tbparse
import tensorboard_reducer
import tensorboardX
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt

pytestmark = [
    # What tbparse calls is deprecated in pandas.
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
    # TensorBoard does with a tensor what numpy 2.5 advises against.
    pytest.mark.filterwarnings("ignore:Setting the dtype on:DeprecationWarning"),
]

ALL = {
    "scalars": 0,
    "tensors": 0,
    "images": 0,
    "audio": 0,
    "histograms": 0,
    "compressedHistograms": 0,
}
STEPS = 40


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)
        writer.add_scalars("group", {"a": 1.0, "b": 2.0}, 1)


def by_torch_as_tensors(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        for step in range(STEPS):
            writer.add_scalar("new", step / 3, step, new_style=True)
            writer.add_scalar("exact", step / 3, step, double_precision=True)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)
        for step in range(STEPS):
            writer.add_scalar("exact", step / 3, step, double_precision=True)


def by_tensorboard(directory: Path) -> None:
    """As TensorFlow 2, Keras and clu do: tensors, with metadata."""
    writer = EventFileWriter(str(directory))
    for step in range(STEPS):
        for name, dtype in (
            ("float32", np.float32),
            ("float64", np.float64),
            ("int32", np.int32),
            ("int64", np.int64),
            ("uint8", np.uint8),
            ("bool", np.bool_),
            ("float16", np.float16),
        ):
            event = Event(wall_time=1.7e9 + step / 7, step=step)
            value = event.summary.value.add(tag=f"scalar/{name}")
            value.metadata.plugin_data.plugin_name = "scalars"
            tensor = tensor_util.make_tensor_proto(np.array(step * 0.7).astype(dtype))
            value.tensor.CopyFrom(tensor)
            writer.add_event(event)
    writer.close()


def log_all(writer: Any) -> None:
    for step in range(STEPS):
        writer.add_scalar("loss/train", 1 / (step + 1), step, walltime=1.7e9 + step / 3)
        writer.add_scalar("loss/val", -step / 7, step, walltime=1.7e9 + step / 3)
    writer.add_scalar("odd", float("nan"), -5)
    writer.add_scalar("odd", float("inf"), 2**40)
    for step in range(3):
        writer.add_histogram("weights", np.arange(10) * step, step)
        writer.add_image("image", np.zeros((3, 4, 5)), step)
        writer.add_text("text", "*text*", step)


WRITERS = (by_torch, by_torch_as_tensors, by_tensorboardx, by_us, by_tensorboard)


def accumulated(directory: Path) -> dict[str, list[tuple[int, float, float]]]:
    """Step, time and value of all scalars, in either form."""
    reader = EventAccumulator(
        str(directory), size_guidance=ALL, purge_orphaned_data=False
    )
    reader.Reload()
    tags = reader.Tags()
    found = {
        tag: [
            (event.step, event.wall_time, event.value) for event in reader.Scalars(tag)
        ]
        for tag in tags["scalars"]
    }
    for tag in tags["tensors"]:
        metadata = reader.SummaryMetadata(tag)
        if metadata.plugin_data.plugin_name == "scalars":
            found[tag] = [
                (
                    event.step,
                    event.wall_time,
                    float(tensor_util.make_ndarray(event.tensor_proto).item()),
                )
                for event in reader.Tensors(tag)
            ]
    return found


def ours(
    source: Any, **options: Any
) -> dict[str, dict[str, list[tuple[int, float, float]]]]:
    """The same, from run to tag."""
    found: dict[str, dict[str, list[tuple[int, float, float]]]] = {}
    table = tensorbolt.read(source, wall_time="float", **options).scalars.to_dict()
    for run, tag, *point in zip(*table.values(), strict=True):
        step, time, value = point
        found.setdefault(run, {}).setdefault(tag, []).append((step, time, value))
    return found


def bits(
    found: dict[str, list[tuple[int, float, float]]],
) -> dict[str, list[tuple[int, bytes, bytes]]]:
    return {
        tag: [
            (step, np.float64(time).tobytes(), np.float64(value).tobytes())
            for step, time, value in points
        ]
        for tag, points in found.items()
    }


@pytest.mark.parametrize("write", WRITERS)
def test_scalars_are_those_of_the_event_accumulator(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path)
    runs = {path.parent for path in tmp_path.rglob("*tfevents*")}
    found = ours(tmp_path)
    assert len(found) == len(runs)
    for directory in runs:
        run = str(directory.relative_to(tmp_path))
        assert bits(found[run]) == bits(accumulated(directory))


def test_a_restart_is_what_the_data_server_shows_and_others_double(
    tmp_path: Path,
) -> None:
    for first in (0, 5):
        with tensorbolt.SummaryWriter(tmp_path, filename_suffix=f".{first}") as writer:
            for step in range(first, first + 10):
                writer.add_scalar("loss", first * 10 + step, step)
    (points,) = ours(tmp_path)["."].values()
    assert [step for step, *_ in points] == list(range(15))
    assert [value for *_, value in points] == [0, 1, 2, 3, 4, *range(55, 65)]
    # They count steps 5 to 9 twice.
    assert len(accumulated(tmp_path)["loss"]) == 20
    assert len(tbparse.SummaryReader(str(tmp_path)).scalars) == 20
    kept = tensorbolt.read(tmp_path, restarts="keep", duplicates="all").scalars
    assert len(kept) == 20


def test_tbparse_has_the_same_rows_in_its_own_columns(tmp_path: Path) -> None:
    for run in ("a", "b/c"):
        by_torch(tmp_path / run)
    reader = tbparse.SummaryReader(
        str(tmp_path), extra_columns={"dir_name", "wall_time"}, event_types={"scalars"}
    )
    theirs = reader.scalars.sort_values(["dir_name", "tag", "step"])
    found = ours(tmp_path)
    mine = [
        (run, tag, *point)
        for run, tags in sorted(found.items())
        for tag, points in sorted(tags.items())
        for point in points
    ]
    assert [row[:3] for row in mine] == list(
        zip(theirs["dir_name"], theirs["tag"], theirs["step"], strict=True)
    )
    np.testing.assert_array_equal([row[3] for row in mine], theirs["wall_time"])
    np.testing.assert_array_equal([row[4] for row in mine], theirs["value"])


def test_the_mean_over_runs_is_that_of_tensorboard_reducer(tmp_path: Path) -> None:
    directories = [tmp_path / f"seed{seed}" for seed in range(4)]
    random = np.random.default_rng(0)
    for directory in directories:
        with TorchWriter(directory) as writer:
            for step in range(STEPS):
                writer.add_scalar("loss", random.normal(), step)
    loaded = tensorboard_reducer.load_tb_events(
        [str(directory) for directory in directories]
    )
    ops = ["mean", "std", "min", "max"]
    theirs = tensorboard_reducer.reduce_events(loaded, ops)
    mine = tensorbolt.read(tmp_path).scalars.reduce(ops=[*ops, "count"])
    for op in ("mean", "min", "max"):
        np.testing.assert_allclose(mine[op], theirs[op]["loss"], rtol=1e-12)
    # Its standard deviation is that of a sample.
    np.testing.assert_allclose(mine["std"] * np.sqrt(4 / 3), theirs["std"]["loss"])
    assert set(mine["count"].tolist()) == {4}


def test_a_flipped_bit_costs_others_half_the_points_and_us_one(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for step in range(200, 300):
            writer.add_scalar("loss", step, step)
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    log = tensorbolt.read(tmp_path)
    assert len(log.scalars) == 99
    assert len(log.damage) == 1
    assert len(accumulated(tmp_path)["loss"]) < 60
