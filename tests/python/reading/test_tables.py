"""Tables in every form that other libraries take."""

import csv
import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading import Scalars

#: With what CSV and JSON have to quote, and what neither has.
TAGS = ('a,"b"', "täg/ü", "plain")
VALUES = (0.5, float("nan"), float("inf"), -float("inf"), -0.0, 1e-300)
START = 1_700_000_000.25


@pytest.fixture
def log(tmp_path: Path) -> tensorbolt.reading.Log:
    """Two runs of three tags with all sorts of values."""
    for run in ("one", "two/deep"):
        with SummaryWriter(tmp_path / "log" / run) as writer:
            for tag in TAGS:
                for step, value in enumerate(VALUES):
                    writer.add_scalar(
                        tag,
                        value,
                        step,
                        walltime=START + step,
                        double_precision=True,
                        new_style=True,
                    )
    return tensorbolt.read(tmp_path / "log")


@pytest.fixture
def table(log: tensorbolt.reading.Log) -> Scalars:
    return log.scalars


def expected() -> list[tuple[str, str, int, float]]:
    return [
        (run, tag, step, value)
        for run in ("one", "two/deep")
        for tag in sorted(TAGS)
        for step, value in enumerate(VALUES)
    ]


def same(values: object, wanted: object) -> None:
    np.testing.assert_array_equal(np.asarray(values, float), np.asarray(wanted, float))


def test_numpy_arrays_share_the_memory_of_the_table(table: Scalars) -> None:
    arrays = table.to_numpy()
    runs, tags, steps, values = zip(*expected(), strict=True)
    assert list(arrays) == ["run", "tag", "step", "wall_time", "value"]
    assert arrays["run"].tolist() == list(runs)
    assert arrays["tag"].tolist() == list(tags)
    assert arrays["step"].dtype == np.int64
    assert arrays["step"].tolist() == list(steps)
    same(arrays["value"], values)
    assert arrays["wall_time"].dtype == np.dtype("M8[us]")
    assert arrays["wall_time"][1] == np.datetime64("2023-11-14T22:13:21.250000")
    for name in ("step", "wall_time", "value"):
        assert np.shares_memory(arrays[name], table[name])
        with pytest.raises(ValueError, match="read-only"):
            arrays[name][0] = 0


def test_dictionaries_hold_python_objects(table: Scalars) -> None:
    columns = table.to_dict()
    assert columns["step"][:3] == [0, 1, 2]
    assert columns["wall_time"][0] == datetime.fromtimestamp(START, timezone.utc)
    same(columns["value"], [value for *_, value in expected()])


def test_pandas_gets_categories_and_shares_numbers(table: Scalars) -> None:
    frame = table.to_pandas()
    assert frame.shape == (36, 5)
    assert isinstance(frame["run"].dtype, pd.CategoricalDtype)
    assert frame["tag"].tolist() == [tag for _, tag, *_ in expected()]
    assert str(frame["wall_time"].dtype) == "datetime64[us, UTC]"
    assert frame["wall_time"].iloc[0] == pd.Timestamp(START, unit="s", tz="UTC")
    same(frame["value"], table["value"])
    # An older pandas copies.
    if not pd.__version__.startswith("2."):
        assert np.shares_memory(frame["value"].to_numpy(), table["value"])


def test_what_is_written_to_a_frame_stays_there(table: Scalars) -> None:
    frame = table.to_pandas()
    frame.loc[0, "value"] = 99.0
    frame["step"] += 1
    assert frame["value"].iloc[0] == 99.0
    assert table["value"][0] == 0.5
    assert table.to_pandas()["value"].iloc[0] == 0.5
    assert table.to_pandas()["step"].iloc[0] == 0


def test_pandas_needs_no_pyarrow(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 1)
    program = f"""
import sys
sys.modules["pyarrow"] = None
import tensorbolt
frame = tensorbolt.read({str(tmp_path)!r}).scalars.to_pandas()
print(frame["value"].tolist(), frame["tag"].tolist())
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "[0.5] ['loss']"


def test_a_missing_library_is_named(
    table: Scalars, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, method in (
        ("pandas", table.to_pandas),
        ("polars", table.to_polars),
        ("pyarrow", table.to_arrow),
    ):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ImportError, match=f"needs {name}: pip install {name}"):
            method()


def test_polars_arrow_and_duckdb_take_tables_as_they_are(table: Scalars) -> None:
    arrow = table.to_arrow()
    assert arrow.schema.names == ["run", "tag", "step", "wall_time", "value"]
    assert arrow.schema.field("tag").type == pa.dictionary(pa.int32(), pa.string())
    assert arrow.schema.field("wall_time").type == pa.timestamp("us", "UTC")
    assert arrow.schema == pa.schema(table)
    arrow.validate(full=True)
    same(arrow["value"], table["value"])
    frame = table.to_polars()
    assert frame["tag"].cast(pl.String).to_list() == table["tag"].tolist()
    same(frame["value"], table["value"])
    assert pl.DataFrame(table).equals(frame)
    count = duckdb.sql("select count(*) from \"table\" where run = 'one'")
    assert count.fetchall() == [(18,)]


@pytest.mark.parametrize("compression", ["zstd", "snappy", "none"])
def test_parquet_reads_back_equal(
    table: Scalars, tmp_path: Path, compression: str
) -> None:
    path = tmp_path / "scalars.parquet"
    table.to_parquet(path, compression=compression)
    back = pq.read_table(path)
    assert back.schema.names == table.column_names
    assert back["tag"].to_pylist() == table["tag"].tolist()
    same(back["value"], table["value"])
    polars = pl.read_parquet(path)
    assert polars["step"].to_list() == table["step"].tolist()
    rows = duckdb.sql(f"select step, value from '{path}'").fetchall()
    same([value for _, value in rows], table["value"])
    name = {"zstd": "ZSTD", "snappy": "SNAPPY", "none": "UNCOMPRESSED"}[compression]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == name


def test_parquet_in_parts_is_what_hive_reads(table: Scalars, tmp_path: Path) -> None:
    table.to_parquet(tmp_path / "parts", partition_by="run")
    directories = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert directories == ["run=one", "run=two%2Fdeep"]
    found = duckdb.sql(
        f"select run, count(*) from read_parquet('{tmp_path}/parts/*/*.parquet', hive_partitioning=true) "
        "group by run order by run"
    )
    assert found.fetchall() == [("one", 18), ("two/deep", 18)]
    with pytest.raises(ValueError, match="not 'value'"):
        table.to_parquet(tmp_path / "other", partition_by=["value"])
    with pytest.raises(ValueError, match="compression must be"):
        table.to_parquet(tmp_path / "other", compression="gzip")


def test_csv_reads_back_exactly(table: Scalars, tmp_path: Path) -> None:
    path = tmp_path / "scalars.csv"
    table.to_csv(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["tag"] for row in rows] == table["tag"].tolist()
    assert [int(row["step"]) for row in rows] == table["step"].tolist()
    same([float(row["value"]) for row in rows], table["value"])
    assert rows[1]["wall_time"] == "2023-11-14T22:13:21.250000Z"
    same(pd.read_csv(path)["value"], table["value"])


@pytest.mark.parametrize("lines", [True, False])
def test_json_reads_back_exactly(table: Scalars, tmp_path: Path, lines: bool) -> None:
    path = tmp_path / "scalars.json"
    table.to_json(path, lines=lines)
    text = path.read_text(encoding="utf-8")
    rows = (
        [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    )
    assert [row["tag"] for row in rows] == table["tag"].tolist()
    same([float(row["value"]) for row in rows], table["value"])
    assert rows[1]["value"] == "NaN"
    assert rows[3]["value"] == "-Infinity"
    assert rows[0]["wall_time"] == "2023-11-14T22:13:20.250000Z"


def test_files_that_cannot_be_written_say_so(table: Scalars, tmp_path: Path) -> None:
    for write in (table.to_csv, table.to_json, table.to_parquet):
        with pytest.raises(FileNotFoundError):
            write(tmp_path / "missing" / "file")


def test_nulls_are_nulls_everywhere(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "log") as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.add_scalar("b", float("nan"), 2)
    wide = tensorbolt.read(tmp_path / "log").scalars.wide()
    assert wide.to_dict() == {
        "run": [".", "."],
        "step": [1, 2],
        "a": [1.0, None],
        "b": [None, pytest.approx(float("nan"), nan_ok=True)],
    }
    assert wide.to_arrow()["a"].null_count == 1
    assert pa.schema(wide).field("a").nullable
    assert np.isnan(wide["a"]).tolist() == [False, True]
    wide.to_csv(tmp_path / "wide.csv")
    assert (tmp_path / "wide.csv").read_text() == "run,step,a,b\n.,1,1.0,\n.,2,,NaN\n"
    wide.to_json(tmp_path / "wide.json")
    rows = (tmp_path / "wide.json").read_text().splitlines()
    assert json.loads(rows[0]) == {"run": ".", "step": 1, "a": 1.0, "b": None}


def test_times_that_are_none_are_null(tmp_path: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event

    with tensorbolt.RecordWriter(str(tmp_path / "events.out.tfevents.1")) as records:
        for time in (1.5, float("nan"), float("inf"), 1e300):
            event = Event(wall_time=time, step=1)
            event.summary.value.add(tag="a", simple_value=1.0)
            records.write(event.SerializeToString())
    kept = tensorbolt.read(tmp_path, duplicates="all").scalars
    assert kept.to_dict()["wall_time"][1:] == [None] * 3
    assert kept.to_arrow()["wall_time"].null_count == 3
    assert kept.to_pandas()["wall_time"].isna().tolist() == [False, True, True, True]
    floats = tensorbolt.read(tmp_path, duplicates="all", wall_time="float").scalars
    same(floats["wall_time"], [1.5, float("nan"), float("inf"), 1e300])


def test_rows_are_taken_by_places_masks_and_slices(table: Scalars) -> None:
    assert len(table[2:4]) == 2
    high = table[table["value"] > 0.1]
    assert set(high["value"].tolist()) == {0.5, float("inf")}
    assert table[np.array([5, 0])]["step"].tolist() == [5, 0]
    with pytest.raises(KeyError, match="there is no column 'loss'"):
        table["loss"]


def test_a_table_shows_its_first_rows(table: Scalars) -> None:
    shown = repr(table)
    assert shown.startswith("<Scalars: 36 rows>\nrun")
    assert shown.endswith("…")
    assert repr(table[:1]).startswith("<Table: 1 row>")
