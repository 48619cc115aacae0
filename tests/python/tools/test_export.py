"""`tensorbolt export` writes every point, for the programs that people read tables with."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.python.support.helpers import WRITERS

import tensorbolt
from tensorbolt import SummaryWriter, cli

COUNT = 200


@pytest.fixture
def log(tmp_path):
    """A log of all three writers, with numbers that are awkward in text."""
    for name, make in WRITERS.items():
        writer = make(str(tmp_path / "runs" / name))
        for step in range(COUNT):
            writer.add_scalar("loss", 1 / (3 + step), step)
            writer.add_scalar('with, comma/and "quote"', -step, step * 10)
        writer.add_scalar("nan", float("nan"), 5)
        writer.add_scalar("infinite", float("inf"), 5)
        writer.close()
    return tmp_path / "runs"


def export(log, path, *words):
    assert cli.main(["export", str(log), "-o", str(path), *words]) == 0
    return path


READ = {
    "parquet": pl.read_parquet,
    "jsonl": pl.read_ndjson,
    "json": pl.read_json,
    "arrow": pl.read_ipc,
    "csv": pl.read_csv,
}


@pytest.mark.parametrize("end", READ)
def test_all_formats_have_every_point(log, tmp_path, end):
    found = READ[end](export(log, tmp_path / f"points.{end}"))
    expected = tensorbolt.read(log).scalars.to_polars()
    assert found.columns == expected.columns
    assert len(found) == len(expected) == 3 * (2 * COUNT + 2)
    for name in ("run", "tag"):
        assert (
            found[name].cast(pl.String).to_list()
            == expected[name].cast(pl.String).to_list()
        )
    assert found["step"].to_list() == expected["step"].to_list()
    # JSON has no NaN: it is the text that TensorBoard's pages use.
    values = found["value"].cast(pl.Float64).to_numpy()
    np.testing.assert_array_equal(values, expected["value"].to_numpy())


def test_times_are_exact(log, tmp_path):
    ((expected,),) = duckdb.sql(
        f"select min(wall_time) from '{export(log, tmp_path / 'a.parquet')}'"
    ).fetchall()
    text = pd.read_csv(export(log, tmp_path / "a.csv"))["wall_time"].min()
    assert pd.Timestamp(text) == pd.Timestamp(expected)
    assert (
        pd.Timestamp(text)
        == tensorbolt.read(log).scalars.to_pandas()["wall_time"].min()
    )


def test_wide_and_chosen(log, tmp_path):
    path = export(
        log,
        tmp_path / "wide.csv",
        "--wide",
        "--runs",
        "^ours$",
        "--tags",
        "loss",
        "--steps",
        "10:20",
    )
    # Before its version 3, pandas was off by a digit unless asked; then it warns of the question.
    exact = {"float_precision": "round_trip"} if pd.__version__ < "3" else {}
    frame = pd.read_csv(path, **exact)
    assert list(frame) == ["run", "step", "loss"]
    assert frame["step"].tolist() == list(range(10, 20))
    np.testing.assert_array_equal(
        frame["loss"],
        np.float32([1 / (3 + step) for step in range(10, 20)]).astype(float),
    )


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "arrow"])
def test_standard_output(log, form):
    command = [
        sys.executable,
        "-m",
        "tensorbolt",
        "export",
        str(log),
        "--format",
        form,
        "-o",
        "-",
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    data = subprocess.run(
        command, check=True, capture_output=True, env=environment
    ).stdout
    assert len(READ[form](io.BytesIO(data))) == 3 * (2 * COUNT + 2)


def test_what_is_there_stays(log, tmp_path, capsys):
    path = tmp_path / "points.csv"
    path.write_text("precious")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["export", str(log), "-o", str(path)])
    assert "--overwrite" in capsys.readouterr().err
    assert path.read_text() == "precious"
    export(log, path, "--overwrite")
    assert len(pd.read_csv(path)) == 3 * (2 * COUNT + 2)
    assert sorted(os.listdir(tmp_path)) == ["points.csv", "runs"]


def test_wrong_outputs(log, tmp_path, capsys):
    for output, words in (
        ("points.xlsx", "--format is needed"),
        ("-", "--format is needed"),
        ("none/a.csv", "there is no directory"),
    ):
        with pytest.raises(SystemExit, match="2"):
            cli.main(
                [
                    "export",
                    str(log),
                    "-o",
                    output if output == "-" else str(tmp_path / output),
                ]
            )
        assert words in capsys.readouterr().err


def test_a_failure_leaves_what_was_there(log, tmp_path, monkeypatch):
    """A disk that is full while the file is written."""
    path = export(log, tmp_path / "points.csv", "--runs", "ours")
    before = path.read_bytes()
    program = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from tensorbolt import cli
cli.main(["export", {str(log)!r}, "-o", {str(path)!r}, "--overwrite"])
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["points.csv", "runs"]


def test_a_directory_changes_places_at_once(tmp_path):
    """A process that is killed right before or after the exchange leaves the old or the new directory, whole."""
    program = """
import os, signal, sys
from pathlib import Path
from tensorbolt.cli import output
where, moment = Path(sys.argv[1]), sys.argv[2]
exchange = output.exchange
def killed(*names):
    if moment == "after":
        exchange(*names)
    os.kill(os.getpid(), signal.SIGKILL)
output.exchange = killed
with output.replacing(where) as made:
    made.mkdir()
    (made / "new").touch()
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    for moment, left in (("before", "old"), ("after", "new")):
        where = tmp_path / moment / "log"
        where.mkdir(parents=True)
        (where / "old").touch()
        done = subprocess.run(
            [sys.executable, "-c", program, str(where), moment],
            env=environment,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        assert os.listdir(where) == [left]


def test_json_lines_are_objects(log, tmp_path):
    first = export(log, tmp_path / "a.jsonl").read_text().splitlines()[0]
    assert list(json.loads(first)) == ["run", "tag", "step", "wall_time", "value"]


def test_damage_is_said(log, tmp_path, capsys):
    (file,) = (log / "ours").glob("*tfevents*")
    data = bytearray(file.read_bytes())
    data[data.index(b"loss")] ^= 1
    file.write_bytes(data)
    assert cli.main(["export", str(log), "-o", str(tmp_path / "a.csv")]) == 1
    assert "damaged in 1 place" in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "a.csv")) == 3 * (2 * COUNT + 2) - 1


def test_the_result_of_arrow_is_read_without_a_copy(log, tmp_path):
    path = export(log, tmp_path / "points.feather")
    with pa.memory_map(str(path)) as source:
        assert pa.ipc.open_file(source).read_all().num_rows == 3 * (2 * COUNT + 2)


def test_an_empty_selection_is_an_empty_table(tmp_path):
    with SummaryWriter(tmp_path / "runs") as writer:
        writer.add_text("note", "no scalars")
    path = export(tmp_path / "runs", tmp_path / "a.csv")
    assert path.read_text() == "run,tag,step,wall_time,value\n"
