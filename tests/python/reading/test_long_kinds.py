"""Histograms, text and tensors: what other readers find has to be here, and what was written comes back exactly."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pyarrow
import pytest
import tensorboardX
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.data_compat import migrate_value
from tensorboard.plugins.distribution.compressor import compress_histogram
from tensorboard.util import tensor_util
from tests.python.support.summaries import of_plugin, raw, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt

STEPS = 5
ALL = {"histograms": 0, "tensors": 0, "compressedHistograms": 0}
BUCKETS = [[-1.0, 0.5, 3.0], [0.5, 0.5, 2.0], [0.5, 4.0, 7.0]]


def log_all(writer: Any) -> None:
    random = np.random.default_rng(1)
    for step in range(STEPS):
        time = 1.7e9 + step / 3
        writer.add_histogram("weights", random.normal(size=999), step, walltime=time)
        writer.add_histogram("zeros", np.zeros(3), step, walltime=time)
        writer.add_text("words", f"*text* {step} ä", step, walltime=time)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)
        writer.add_tensor("array", torch.arange(6).reshape(2, 3), 1)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)
        writer.add_tensor("array", np.arange(6).reshape(2, 3), 1)


def by_tensorboard(directory: Path) -> None:
    """As TensorFlow 2 and clu do: tensors, with metadata."""
    write(
        directory,
        *(
            of_plugin("weights", "histograms", np.array(BUCKETS) * (step + 1), step)
            for step in range(STEPS)
        ),
        of_plugin("words", "text", np.array([b"one", b"two"], object), 3),
        of_plugin("array", "", np.arange(4.0), 3),
    )


def accumulated(directory: Path) -> EventAccumulator:
    reader = EventAccumulator(str(directory), ALL, purge_orphaned_data=False)
    return reader.Reload()


def rows(table: tensorbolt.reading.Table, tag: str) -> list[dict[str, Any]]:
    found = polars.DataFrame(table).with_columns(polars.col("tag").cast(str))
    return found.filter(polars.col("tag") == tag).to_dicts()


WRITERS = (by_torch, by_tensorboardx, by_us, by_tensorboard)
every_writer = pytest.mark.parametrize("write_log", WRITERS)


@every_writer
def test_histograms_are_those_of_the_accumulator(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    table = tensorbolt.read(tmp_path, wall_time="float").histograms
    reader = accumulated(tmp_path)
    for tag in reader.Tags()["histograms"]:
        found = rows(table, tag)
        assert len(found) == STEPS
        for row, event in zip(found, reader.Histograms(tag), strict=True):
            known = event.histogram_value
            assert (row["step"], row["wall_time"]) == (event.step, event.wall_time)
            for name in ("min", "max", "num", "sum", "sum_squares"):
                assert row[name] == getattr(known, name)
            # TensorBoard's page has the same buckets, as float32.
            proto = HistogramProto(min=known.min, max=known.max)
            proto.bucket.extend(known.bucket)
            proto.bucket_limit.extend(known.bucket_limit)
            shown = migrate_value(Summary.Value(tag=tag, histo=proto)).tensor
            buckets = [row["left"], row["right"], row["count"]]
            expected = tensor_util.make_ndarray(shown)
            np.testing.assert_array_equal(np.array(buckets, np.float32).T, expected)
            assert sum(row["count"]) == sum(known.bucket)
            assert row["right"][:-1] == row["left"][1:]


def test_histograms_of_tensorflow_2(tmp_path: Path) -> None:
    by_tensorboard(tmp_path)
    found = rows(tensorbolt.read(tmp_path).histograms, "weights")
    assert len(found) == STEPS
    for step, row in enumerate(found):
        buckets = np.array([row["left"], row["right"], row["count"]]).T
        assert buckets.tolist() == (np.array(BUCKETS) * (step + 1)).tolist()
        assert (row["min"], row["max"]) == (-1.0 * (step + 1), 4.0 * (step + 1))
        assert (row["num"], row["sum"]) == (12.0 * (step + 1), None)


@every_writer
def test_text_and_tensors_are_those_of_the_accumulator(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    log = tensorbolt.read(tmp_path, wall_time="float")
    reader = accumulated(tmp_path)
    tensors, arrays_ = log.tensors, log.tensors.numpy()
    seen = 0
    for tag in reader.Tags()["tensors"]:
        plugin = reader.SummaryMetadata(tag).plugin_data.plugin_name
        events = reader.Tensors(tag)
        if plugin == "text":
            found = rows(log.text, tag)
            assert len(found) == len(events)
            for row, event in zip(found, events, strict=True):
                assert (row["step"], row["wall_time"]) == (event.step, event.wall_time)
                strings = event.tensor_proto.string_val
                if len(strings) == 1:
                    assert row["value"] == strings[0].decode()
                else:
                    assert row["value"] == "| |\n| --- |\n| one |\n| two |"
            seen += 1
        elif plugin in ("", "tensor"):
            places = np.flatnonzero(tensors["tag"] == tag)
            for place, event in zip(places, events, strict=True):
                expected = tensor_util.make_ndarray(event.tensor_proto)
                assert tensors["step"][place] == event.step
                assert arrays_[place].dtype == expected.dtype
                np.testing.assert_array_equal(arrays_[place], expected)
            seen += 1
    assert seen >= 1


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.floats(-1e15, 1e15), min_size=1),
    words=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_histograms_and_text_come_back_as_they_were_written(
    values: list[float], words: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("log")
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_histogram("h", np.array(values), 7)
        writer.add_text("t", words, 8)
    log = tensorbolt.read(directory)
    histogram = log.histograms.to_dict()
    assert histogram["num"] == [len(values)]
    assert (histogram["min"], histogram["max"]) == ([min(values)], [max(values)])
    assert sum(histogram["count"][0]) == len(values)
    assert log.text.to_dict()["value"] == [words]


def test_values_that_are_malformed_are_left_out_and_listed(tmp_path: Path) -> None:
    huge = TensorProto(dtype=1, float_val=[1.5])
    huge.tensor_shape.dim.add(size=2**40)
    wrong = of_plugin("wrong", "histograms", np.zeros(4), 1)
    write(
        tmp_path,
        raw("huge", huge),
        raw("good", TensorProto(dtype=3, int_val=[5])),
        wrong,
    )
    log = tensorbolt.read(tmp_path)
    assert len(log.damage) == 0
    assert log.tensors["tag"].tolist() == ["good"]
    assert len(log.histograms) == 0
    assert log.damage["reason"].tolist() == [
        "a value is malformed",
        "a value is not of the form of histograms",
    ]
    with pytest.raises(ValueError, match="a value is malformed"):
        _ = tensorbolt.read(tmp_path, on_damage="raise").tensors


def test_text_that_is_not_utf_8_is_replaced_and_counted(tmp_path: Path) -> None:
    tensor = TensorProto(dtype=7, string_val=[b"a\xffb"])
    event = raw("t", tensor)
    event.summary.value[0].metadata.plugin_data.plugin_name = "text"
    write(tmp_path, event)
    text = tensorbolt.read(tmp_path).text
    assert text["value"].tolist() == ["a\ufffdb"]
    assert text.replaced == 1


def test_tables_of_text_have_their_cells_escaped(tmp_path: Path) -> None:
    cells = np.array([[b"a|b", b"c\nd"], [b"e", b"f"]], object)
    write(tmp_path, of_plugin("t", "text", cells, 1))
    (value,) = tensorbolt.read(tmp_path).text["value"]
    assert value == "| | |\n| --- | --- |\n| a\\|b | c<br>d |\n| e | f |"


def test_quantiles_are_those_of_tensorboard(tmp_path: Path) -> None:
    by_us(tmp_path)
    histograms = tensorbolt.read(tmp_path).histograms
    points = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000]
    table = histograms.quantiles([point / 10000 for point in points])
    names = [name for name in table.column_names if name.startswith("q")]
    for row, one in enumerate(polars.DataFrame(histograms).to_dicts()):
        buckets = list(zip(one["left"], one["right"], one["count"], strict=True))
        expected = [value for _, value in compress_histogram(buckets, points)]
        assert [table[name][row] for name in names] == expected
    with pytest.raises(ValueError, match="between 0 and 1, not 2"):
        histograms.quantiles(2)


@pytest.mark.parametrize(
    ("buckets", "bins", "counts"),
    [
        # What TensorBoard's page makes of the same.
        ([[0, 1, 5], [1, 3, 10], [3, 4, 0]], 2, [10, 5]),
        ([[0, 1, 0], [1, 1, 20], [1, 2, 0]], 2, [0, 20]),
        ([[0, 1, 0], [1, 2, 0], [2, 2, 3]], 2, [0, 3]),
        ([[3, 3, 4]], 3, [0, 4, 0]),
    ],
)
def test_buckets_of_equal_width(
    buckets: list[list[float]], bins: int, counts: list[float], tmp_path: Path
) -> None:
    write(tmp_path, of_plugin("h", "histograms", np.array(buckets, float), 1))
    histograms = tensorbolt.read(tmp_path).histograms.rebin(bins)
    (row,) = histograms.to_dict()["count"]
    assert row == counts
    assert histograms["right"][0][:-1] == pytest.approx(histograms["left"][0][1:])


def test_buckets_are_the_same_for_all_steps_of_a_tag(tmp_path: Path) -> None:
    by_us(tmp_path)
    histograms = tensorbolt.read(tmp_path).histograms
    made = histograms.rebin()
    lefts = polars.DataFrame(made).group_by("tag").agg(polars.col("left").n_unique())
    assert lefts["left"].to_list() == [1, 1]
    for before, after in zip(histograms["count"], made["count"], strict=True):
        assert len(after) == 30
        assert after.sum() == pytest.approx(before.sum())
    with pytest.raises(ValueError, match="at least 1, not 0"):
        histograms.rebin(0)


def test_filters_and_policies_act(tmp_path: Path) -> None:
    for restart, suffix in enumerate((".a", ".b")):
        with tensorbolt.SummaryWriter(
            tmp_path / "run", filename_suffix=suffix
        ) as writer:
            for step in range(restart * 3, 6):
                writer.add_text("t", f"{restart}:{step}", step)
                writer.add_histogram("h", np.arange(step + 1), step)
    log = tensorbolt.read(tmp_path)
    assert log.text["value"].tolist() == ["0:0", "0:1", "0:2", "1:3", "1:4", "1:5"]
    assert log.histograms["num"].tolist() == [1, 2, 3, 4, 5, 6]
    some = tensorbolt.read(tmp_path, steps=(1, 4), kinds="text")
    assert some.text["value"].tolist() == ["0:1", "0:2", "1:3"]
    with pytest.raises(ValueError, match="without histograms"):
        _ = some.histograms
    assert len(tensorbolt.read(tmp_path, tags="h").text) == 0
    every = tensorbolt.read(tmp_path, restarts="keep", duplicates="all").text
    assert len(every) == 9


def test_what_was_taken_stays_and_reload_finds_more(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_text("t", "one", 1)
        writer.flush()
        log = tensorbolt.read(tmp_path)
        before = log.text
        writer.add_text("t", "two", 2)
        writer.flush()
        assert log.reload()
        assert (len(before), len(log.text)) == (1, 2)


def test_open_files_have_values_too(tmp_path: Path) -> None:
    by_us(tmp_path)
    (path,) = tmp_path.iterdir()
    with path.open("rb") as file:
        assert len(tensorbolt.read(file).histograms) == 2 * STEPS


def test_tables_go_to_arrow_and_files(tmp_path: Path) -> None:
    by_us(tmp_path)
    log = tensorbolt.read(tmp_path)
    table = pyarrow.table(log.histograms)
    assert table.column("left").to_pylist()[0] == log.histograms["left"][0].tolist()
    assert pyarrow.table(log.tensors).column("shape").to_pylist() == [[2, 3]]
    log.histograms.to_parquet(tmp_path / "h.parquet")
    assert polars.read_parquet(tmp_path / "h.parquet").height == 2 * STEPS
    assert len(log.text.to_pandas()) == STEPS
    assert len(log.histograms[:3].rebin(3)) == 3
    assert struct.unpack("<6q", log.tensors["data"][0]) == (0, 1, 2, 3, 4, 5)
