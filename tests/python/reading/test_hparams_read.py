"""Hyperparameters: each session that TensorBoard's own backend answers with is a row, with the same values."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import tensorboardX
from tensorboard.backend.event_processing.data_provider import (
    MultiplexerDataProvider,
)
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2, summary_v2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler
from tensorboard.plugins.hparams.metadata import create_summary_metadata
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt
from tensorbolt.reading import Metric
from tensorbolt.reading.event_fields import bytes_field

SWEEP = (
    {"lr": 0.1, "layers": 3, "bias": True, "optimizer": "sgd"},
    {"lr": 0.01, "layers": 4, "bias": False, "optimizer": "adam"},
    {"lr": 1e-300, "optimizer": 'ädam, "x"', "only/here": 1.0},
)


def event(made: Summary, step: int = 0) -> Event:
    return Event(wall_time=1.7e9 + step, step=step, summary=made)


def ended(status: int, time: float) -> Event:
    made = Event(wall_time=1.7e9)
    value = made.summary.value.add(tag="_hparams_/session_end_info")
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time)
    data = plugin_data_pb2.HParamsPluginData(session_end_info=info)
    value.metadata.CopyFrom(create_summary_metadata(data))
    return made


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory / "sweep") as writer:
        for number, hparams in enumerate(SWEEP):
            for step in range(3):
                metrics = {"accuracy": number / 3 - step, "loss/test": 2.0}
                writer.add_hparams(hparams, metrics, None, f"run{number}", step)
    with tensorbolt.SummaryWriter(directory / "own", hparams_run=".") as writer:
        writer.add_hparams({"lr": 0.3}, {"accuracy": 0.5}, global_step=4)
        for step in range(5):
            writer.add_scalar("curve", 1 / (step + 1), step)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory / "sweep") as writer:
        for number, hparams in enumerate(SWEEP):
            metrics = {"accuracy": number / 3, "loss/test": 2.0}
            writer.add_hparams(hparams, metrics, run_name=f"run{number}")


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory / "sweep")) as writer:
        for number, hparams in enumerate(SWEEP):
            metrics = {"accuracy": number / 3, "loss/test": 2.0}
            writer.add_hparams(hparams, metrics, name=f"run{number}", global_step=2)


def by_tensorflow(directory: Path) -> None:
    """As `hp.hparams` and Keras do: a run below the session for each data set, groups of two sessions, and times."""
    for number, hparams in enumerate(SWEEP):
        for trial in range(2):
            run = directory / f"{number}-{trial}"
            end = ended(api_pb2.STATUS_FAILURE, 1.7e9 + 7)
            start = summary_v2.hparams_pb(hparams, f"group{number}", 1.7e9 + 0.25)
            # The first counts.
            again = summary_v2.hparams_pb({"lr": 9.0}, "other", 1.0)
            write(run, event(start), event(again, 1), *([end] * trial))
            for data in ("train", "validation"):
                points = [
                    of_plugin("loss", "scalars", np.float32(step + number / 3), step)
                    for step in range(3)
                ]
                write(run / data, *points)
    write(directory / "no-session", of_plugin("loss", "scalars", np.float32(1), 1))


WRITERS = (by_us, by_torch, by_tensorboardx, by_tensorflow)
ALL = list(api_pb2.Status.values())


def answered(directory: Path) -> dict[str, dict[str, Any]]:
    """The sessions of the answer of TensorBoard's backend, by run."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(directory)).Reload()
    provider = MultiplexerDataProvider(multiplexer, str(directory))
    context = Context(TBContext(data_provider=provider))
    request = api_pb2.ListSessionGroupsRequest(allowed_statuses=ALL, slice_size=100)
    return sessions_of(Handler(RequestContext(), context, "", request).run())


def sessions_of(answer: api_pb2.ListSessionGroupsResponse) -> dict[str, dict[str, Any]]:
    """The sessions of an answer, by run."""
    return {
        session.name: {
            "group": group.name,
            "hparams": {
                name: getattr(value, value.WhichOneof("kind"))
                for name, value in group.hparams.items()
            },
            "status": api_pb2.Status.Name(session.status)[7:].lower(),
            "times": (session.start_time_secs, session.end_time_secs),
            "metrics": {
                (value.name.group, value.name.tag): (
                    value.training_step,
                    value.wall_time_secs,
                    value.value,
                )
                for value in session.metric_values
            },
        }
        for group in answer.session_groups
        for session in group.sessions
    }


def read_back(log: tensorbolt.reading.Log) -> dict[str, dict[str, Any]]:
    """The same, of our table."""
    table = log.hparams
    points = table.points().to_dict()
    metrics: dict[str, dict[tuple[str, str], Any]] = {run: {} for run in table["run"]}
    for run, group, tag, *point in zip(*points.values(), strict=True):
        metrics[run][group, tag] = tuple(point)
    columns = table.to_dict()
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    for row in rows:
        shown = {
            (metric.group, metric.tag): row[name]
            for name, metric in table.metrics.items()
            if row[name] is not None
        }
        assert shown == {
            key: value for key, (_, _, value) in metrics[row["run"]].items()
        }
    return {
        row["run"]: {
            "group": row["group"],
            "hparams": {
                name.removeprefix("hparam."): value
                for name, value in row.items()
                if name.startswith("hparam.") and value is not None
            },
            "status": row["status"],
            "times": tuple(
                0.0 if np.isnan(time) else time
                for time in (row["start_time"], row["end_time"])
            ),
            "metrics": metrics[row["run"]],
        }
        for row in rows
    }


@pytest.mark.parametrize("write_log", WRITERS)
def test_rows_are_the_sessions_of_tensorboard(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path)
    expected = answered(tmp_path)
    found = read_back(tensorbolt.read(tmp_path, wall_time="float"))
    assert len(expected) >= len(SWEEP)
    assert found == expected


def test_an_experiment_of_one_run_hides_no_metric_of_another(tmp_path: Path) -> None:
    """TensorBoard takes the columns of one run for all; torch logs other ones in each."""
    with TorchWriter(tmp_path / "sweep") as writer:
        writer.add_hparams({"lr": 0.1}, {"first": 1.0}, run_name="a")
        writer.add_hparams({"lr": 0.2}, {"second": 2.0}, run_name="b")
    theirs = answered(tmp_path)
    assert sorted(len(session["metrics"]) for session in theirs.values()) == [0, 1]
    table = tensorbolt.read(tmp_path).hparams
    assert table.to_dict()["metric.first"] == [1.0, None]
    assert table.to_dict()["metric.second"] == [None, 2.0]


def test_columns_have_the_type_of_their_values(tmp_path: Path) -> None:
    by_us(tmp_path)
    table = tensorbolt.read(tmp_path).hparams
    types = polars.DataFrame(table).schema
    assert types["hparam.lr"] == polars.Float64
    assert types["hparam.bias"] == polars.Boolean
    assert types["hparam.optimizer"] == polars.String
    assert types["metric.accuracy"] == polars.Float64
    assert table.to_dict()["hparam.bias"] == [None, True, False, None]
    assert table["hparam.bias"].tolist() == [None, True, False, None]
    assert table[1:3]["hparam.bias"].dtype == bool
    assert table["hparam.optimizer"].tolist()[0] is None
    assert table[np.array([3, 0])].to_dict()["hparam.only/here"] == [1.0, None]


def test_a_name_of_several_types_is_text(tmp_path: Path) -> None:
    values = (1.0, "text", True, float("nan"))
    for number, value in enumerate(values):
        made = summary_v2.hparams_pb({"mixed": value}, start_time_secs=1.0)
        write(tmp_path / f"{number}", event(made))
    column = tensorbolt.read(tmp_path).hparams["hparam.mixed"]
    assert column.tolist() == ["1.0", "text", "true", "NaN"]


def test_numbers_that_json_lacks_stay_and_nulls_are_null(tmp_path: Path) -> None:
    info = plugin_data_pb2.SessionStartInfo()
    info.hparams["nan"].number_value = float("nan")
    info.hparams["inf"].number_value = float("inf")
    info.hparams["null"].null_value = 0
    info.hparams["list"].list_value.values.add(number_value=2.0)
    info.hparams["list"].list_value.values.add(string_value="é")
    info.hparams["struct"].struct_value.fields["a"].bool_value = True
    write_start(tmp_path / "run", info)
    row = tensorbolt.read(tmp_path).hparams.to_dict()
    assert np.isnan(row["hparam.nan"]).tolist() == [True]
    assert row["hparam.inf"] == [float("inf")]
    assert row["hparam.null"] == [None]
    assert row["hparam.list"] == ['[2.0, "é"]']
    assert row["hparam.struct"] == ['{"a": true}']


def write_start(
    run: Path, info: plugin_data_pb2.SessionStartInfo, version: int = 0
) -> None:
    data = plugin_data_pb2.HParamsPluginData(version=version, session_start_info=info)
    write_content(run, data.SerializeToString())


def write_content(run: Path, content: bytes) -> None:
    made = Event(wall_time=1.0)
    value = made.summary.value.add(tag="_hparams_/session_start_info")
    value.metadata.plugin_data.plugin_name = "hparams"
    value.metadata.plugin_data.content = content
    write(run, made)


def test_the_lowest_and_highest_value_of_each_metric(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path / "run", hparams_run=".") as writer:
        writer.add_hparams({"lr": 0.1}, {})
        for step, value in enumerate((3.0, 1.0, float("nan"), 5.0, 2.0)):
            writer.add_scalar("loss", value, step)
    table = tensorbolt.read(tmp_path).hparams
    for chosen, value, step in (
        (table, 2.0, 4),
        (table.first(), 3.0, 0),
        (table.min(), 1.0, 1),
        (table.max(), 5.0, 3),
        (table.max().last(), 2.0, 4),
    ):
        assert chosen["metric.loss"].tolist() == [value]
        assert chosen.points()["step"].tolist() == [step]
        assert chosen.column_names == table.column_names


def test_the_log_directory_itself_can_be_a_session(tmp_path: Path) -> None:
    """TensorBoard finds no metrics of it."""
    with tensorbolt.SummaryWriter(tmp_path, hparams_run=".") as writer:
        writer.add_hparams({"lr": 0.1}, {"loss": 1.0})
    with tensorbolt.SummaryWriter(tmp_path / "a" / "b") as writer:
        writer.add_scalar("loss", 2.0, 1)
    (theirs,) = answered(tmp_path).values()
    assert theirs["metrics"] == {}
    table = tensorbolt.read(tmp_path).hparams
    assert table["metric.loss"].tolist() == [1.0]
    assert table["metric.a/b.loss"].tolist() == [2.0]


def test_two_metrics_of_one_name_are_two_columns(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path / "run", hparams_run=".") as writer:
        writer.add_hparams({"lr": 0.1}, {"eval.loss": 1.0})
    with tensorbolt.SummaryWriter(tmp_path / "run" / "eval") as writer:
        writer.add_scalar("loss", 2.0, 1)
    table = tensorbolt.read(tmp_path).hparams
    assert table.metrics == {
        "metric.eval.loss": Metric("", "eval.loss"),
        "metric.eval.loss#2": Metric("eval", "loss"),
    }
    assert table["metric.eval.loss"].tolist() == [1.0]
    assert table["metric.eval.loss#2"].tolist() == [2.0]


def test_filters_choose_among_the_metrics_alone(tmp_path: Path) -> None:
    by_us(tmp_path)
    everything = tensorbolt.read(tmp_path).hparams
    log = tensorbolt.read(tmp_path, tags="loss/*", steps=(1, 3), runs="sweep/*")
    table = log.hparams
    assert table["run"].tolist() == ["sweep/run0", "sweep/run1", "sweep/run2"]
    assert list(table.metrics) == ["metric.loss/test"]
    hparams = [name for name in everything.column_names if name.startswith("hparam.")]
    assert [name for name in table.column_names if "hparam." in name] == hparams
    assert set(log.tags["tag"]) == {"loss/test"}
    assert set(table.points()["step"]) == {2}
    only = tensorbolt.read(tmp_path, kinds="hparams")
    assert not only.hparams.metrics
    assert len(only.hparams) == len(everything)
    with pytest.raises(ValueError, match="read without hparams"):
        _ = tensorbolt.read(tmp_path, kinds="scalars").hparams


def test_restarts_and_repeated_calls_keep_the_first_hyperparameters(
    tmp_path: Path,
) -> None:
    start = Event(wall_time=2.0, step=0)
    start.session_log.status = 1
    first = event(summary_v2.hparams_pb({"lr": 0.1}, start_time_secs=1.0))
    other = event(summary_v2.hparams_pb({"lr": 0.2}, start_time_secs=2.0))
    write(tmp_path / "run", first, start, other)
    for options in ({}, {"duplicates": "error"}, {"restarts": "keep"}):
        table = tensorbolt.read(tmp_path, **options).hparams
        assert table["hparam.lr"].tolist() == [0.1]
    assert [one["hparams"] for one in answered(tmp_path).values()] == [{"lr": 0.1}]


def test_what_is_no_start_is_listed_as_damage(tmp_path: Path) -> None:
    info = plugin_data_pb2.SessionStartInfo(group_name="gröup")
    write_start(tmp_path / "newer", info, version=1)
    write_content(tmp_path / "cut", b"\x1a\x7fx")
    write_content(tmp_path / "empty", b"")
    data = plugin_data_pb2.HParamsPluginData(session_start_info=info)
    value = b""
    for _ in range(5000):
        value = bytes_field(6, bytes_field(1, value))
    entry = bytes_field(1, b"name") + bytes_field(2, value)
    write_content(tmp_path / "deep", bytes_field(3, bytes_field(1, entry)))
    text = data.SerializeToString().replace("gröup".encode(), b"gr\xff\xffup")
    write_content(tmp_path / "latin", text)
    log = tensorbolt.read(tmp_path)
    assert log.hparams["run"].tolist() == ["latin"]
    assert log.hparams["group"].tolist() == ["gr\ufffd\ufffdup"]
    damage = log.damage.to_dict()
    assert dict(zip(damage["run"], damage["reason"], strict=True)) == {
        "cut": "a value is malformed",
        "deep": "a value is malformed",
        "empty": "a value is not of the form of hparams",
        "latin": "a text is not UTF-8, and has U+FFFD in places",
        "newer": "a value is not of the form of hparams",
    }
    with pytest.raises(ValueError, match="a value is malformed"):
        _ = tensorbolt.read(tmp_path / "cut", on_damage="raise").hparams


def test_a_table_with_nulls_and_bools_reads_back(tmp_path: Path) -> None:
    by_us(tmp_path / "log")
    table = tensorbolt.read(tmp_path / "log").hparams
    table.to_parquet(tmp_path / "t.parquet")
    frame = polars.read_parquet(tmp_path / "t.parquet")
    assert frame.to_dict(as_series=False) == table.to_dict()
    table.to_json(tmp_path / "t.jsonl")
    lines = polars.read_ndjson(tmp_path / "t.jsonl")
    assert lines["hparam.bias"].to_list() == [None, True, False, None]
    table.to_csv(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["hparam.bias"] for row in rows] == ["", "true", "false", ""]
    assert rows[3]["hparam.optimizer"] == SWEEP[2]["optimizer"]
    assert table.to_pandas()["hparam.bias"].tolist() == [None, True, False, None]


def test_a_log_without_hyperparameters_has_no_rows(tmp_path: Path) -> None:
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1.0, 1)
    table = tensorbolt.read(tmp_path).hparams
    assert len(table) == 0
    assert len(table.points()) == 0
    assert table.column_names == ["run", "group", "status", "start_time", "end_time"]
