"""`tensorbolt import` makes logs from tables."""

import json
import math
import re

import numpy as np
import pytest

import tensorbolt
from tensorbolt import cli

COLUMNS = ("run", "tag", "step", "wall_time", "value")


def call(*arguments):
    """The exit status of the command line."""
    try:
        return cli.main([*map(str, arguments)])
    except SystemExit as ended:
        return ended.code


def columns(directory):
    table = tensorbolt.read(directory, restarts="keep", duplicates="all").scalars
    return {name: table[name].tolist() for name in COLUMNS}


@pytest.fixture
def log(tmp_path):
    random = np.random.default_rng(9)
    for run in ("a", "b/c"):
        with tensorbolt.SummaryWriter(tmp_path / "log" / run) as writer:
            for step in range(50):
                writer.add_scalar("loss", random.normal(), step)
                if step % 7 == 0:
                    writer.add_scalar("a, quoted", step, step)
            writer.add_scalar("special", math.inf, 1)
    return tmp_path / "log"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_tables_come_back_as_they_were(form, log, tmp_path):
    path = tmp_path / f"points.{form}"
    scalars = tensorbolt.read(log).scalars
    write = {
        "csv": scalars.to_csv,
        "jsonl": scalars.to_json,
        "parquet": scalars.to_parquet,
    }
    write[form](path)
    assert call("import", path, "-o", tmp_path / "back") == 0
    assert columns(tmp_path / "back") == columns(log)
    assert tensorbolt.verify(tmp_path / "back").ok


def test_wide_tables_have_a_column_for_each_tag(log, tmp_path):
    path = tmp_path / "wide.csv"
    tensorbolt.read(log).scalars.wide().to_csv(path)
    assert call("import", path, "-o", tmp_path / "back") == 0
    expected = {**columns(log), "wall_time": None}
    assert {**columns(tmp_path / "back"), "wall_time": None} == expected


def test_many_rows_are_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("tensorbolt.reading.point_files.BATCH_ROWS", 10)
    path = tmp_path / "points.csv"
    path.write_text("step,loss\n" + "".join(f"{step},{step}\n" for step in range(95)))
    assert call("import", path, "-o", tmp_path / "out") == 0
    assert columns(tmp_path / "out")["step"] == [*range(95)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tag,value\na,1\n", "row 1 of .*: it has no step"),
        (
            "step,loss\n1,2\n2,much\n",
            "row 2 of .*: 'loss' must have a number, not 'much'",
        ),
        ("step,loss\n1.5,2\n", "row 1 of .*: invalid literal"),
        ("step,loss\n1,2,3\n", "more cells than the header"),
        ("step,loss\n9223372036854775808,2\n", "does not fit 64 bits"),
        ("step,wall_time,loss\n1,inf,2\n", "wall_time must be finite"),
        ("run,step,loss\n../x,1,2\n", "outside of the log directory"),
        ("step,loss\n", "there are no points"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_left(text, message, tmp_path, capsys):
    path = tmp_path / "points.csv"
    path.write_text(text)
    assert call("import", path, "-o", tmp_path / "out") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert re.search(message, error), error
    assert [*tmp_path.iterdir()] == [path]


def test_an_output_that_exists_stays_and_programs_get_json(tmp_path, capsys):
    path = tmp_path / "points.csv"
    path.write_text("step,loss\n1,2\n")
    out = ["import", path, "-o", tmp_path / "out"]
    assert call(*out, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["runs"], result["points"]) == (1, 1)
    assert call(*out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert call(*out, "--overwrite") == 0
