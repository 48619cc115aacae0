"""`tensorbolt ls`, `show` and `diff` say what is in logs of any writer, and how two differ."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.python.support.helpers import WRITERS, event_files

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt.cli.ls import size
from tensorbolt.cli.show_curves import sparkline
from tensorbolt.reading.compare import compare

STEPS = 50


@pytest.fixture(params=sorted(WRITERS))
def log(request, tmp_path):
    """A log of two runs by one of the writers."""
    for name in ("first", "second/inner"):
        writer = WRITERS[request.param](str(tmp_path / "runs" / name))
        for step in range(STEPS):
            writer.add_scalar("loss", 1 / (1 + step), step)
        writer.add_scalar("odd", math.nan, 7)
        writer.add_histogram("weights", np.arange(100.0), 3)
        writer.close()
    return tmp_path / "runs"


def call(capsys, *words):
    """The exit status and the lines of a command."""
    status = cli.main([str(word) for word in words])
    return status, capsys.readouterr().out.splitlines()


def error(capsys, *words):
    """What a command says that ends with status 2."""
    with pytest.raises(SystemExit) as ended:
        cli.main([str(word) for word in words])
    assert ended.value.code == 2
    return capsys.readouterr().err


def damage(path):
    """Flip a bit in the payload of the fourth scalar."""
    data = bytearray(path.read_bytes())
    place = [at for at in range(len(data)) if data[at : at + 4] == b"loss"][3]
    data[place] ^= 1
    path.write_bytes(data)


def test_ls(log, capsys):
    status, lines = call(capsys, "ls", log)
    assert status == 0
    assert lines[0].split() == [
        "run",
        "tags",
        "points",
        "last",
        "step",
        "size",
        "last",
        "written",
    ]
    assert lines[1].split()[:4] == ["first", "3", str(STEPS + 2), str(STEPS - 1)]
    assert lines[2].split()[0] == "second/inner"
    nbytes = sum(path.stat().st_size for path in log.rglob("*tfevents*"))
    assert lines[3] == f"2 runs, {size(nbytes)}"


def test_ls_of_each_tag(log, capsys):
    status, lines = call(capsys, "ls", "-l", "--runs", "^first$", log)
    rows = [line.split() for line in lines[1:]]
    assert (status, len(rows)) == (0, 3)
    assert ["first", "loss", "scalars", "50", "49", "0.02"] in rows
    assert ["first", "odd", "scalars", "1", "7", "nan"] in rows
    assert ["first", "weights", "histograms", "1", "3"] in rows


def test_ls_for_programs(log, capsys):
    status, lines = call(capsys, "ls", "--json", "--tags", "odd|weights", log)
    report = json.loads("\n".join(lines), parse_constant=pytest.fail)
    assert (status, report["schema"]) == (0, 1)
    first = report["runs"][0]
    assert first["path"] == str(log / "first")
    assert first["files"] == [str(path) for path in event_files(log / "first")]
    assert first["damage"] == 0
    assert [(tag["tag"], tag["last_value"]) for tag in first["tags"]] == [
        ("odd", "NaN"),
        ("weights", None),
    ]


def test_damage_is_counted_and_a_torn_tail_is_not(log, capsys):
    (file,) = event_files(log / "first")
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert call(capsys, "ls", log)[0] == 0
    file.write_bytes(whole)
    damage(file)
    status, lines = call(capsys, "ls", log)
    assert status == 1
    assert lines[0].split()[-1] == "damage"
    assert lines[1].split()[-1] == "1"
    status, lines = call(capsys, "show", "--tags", "loss", log)
    assert status == 1
    assert lines[2].split()[1] == str(STEPS - 1)
    assert call(capsys, "diff", log, log)[0] == 1


@pytest.mark.parametrize("command", ["ls", "show", "export", "reduce"])
def test_what_is_not_there(command, tmp_path, capsys):
    output = (
        ["-o", str(tmp_path / "out.csv")] if command in ("export", "reduce") else []
    )
    assert "there is no" in error(capsys, command, tmp_path / "none", *output)
    (tmp_path / "empty").mkdir()
    assert "no event files" in error(capsys, command, tmp_path / "empty", *output)
    assert "not a regular expression" in error(
        capsys, command, tmp_path, "--tags", "(", *output
    )
    assert "FIRST:STOP" in error(capsys, command, tmp_path, "--steps", "5", *output)


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_500, "1 MB"), (999_499, "999 kB"), (12_345_678, "12.3 MB"), (10**16, "1e+04 TB")],
)  # fmt: skip
def test_sizes(nbytes, text):
    assert size(nbytes) == text


def test_show(log, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    status, lines = call(capsys, "show", log)
    assert status == 0
    assert lines[0].split() == ["tag", "points", "first", "last", "lowest", "highest"]
    assert lines[1] == "first"
    assert lines[2].split()[:6] == ["loss", "50", "1", "0.02", "0.02", "1"]
    assert lines[2].split()[6].startswith("█")
    assert lines[2].endswith("▁")
    assert lines[3].split()[-1] == "!"
    assert lines[-1] == "4 curves"
    monkeypatch.setenv("COLUMNS", "40")
    narrow = call(capsys, "show", log)[1]
    assert "lowest" not in narrow[0]


def test_show_for_programs(log, capsys):
    status, lines = call(capsys, "show", "--json", "--steps", "10:20", log)
    report = json.loads(lines[0], parse_constant=pytest.fail)
    assert status == 0
    assert [curve["count"] for curve in report["curves"]] == [10, 10]
    curve = report["curves"][0]
    assert (curve["first_step"], curve["max_step"], curve["min_step"]) == (10, 10, 19)
    assert curve["last"] == np.float32(1 / 20)


@pytest.mark.parametrize(
    ("steps", "values", "line"),
    [
        ([0], [5.0], "▁"),
        ([0, 1, 2, 3], [0.0, 7.0, 7.0, 0.0], "▁██▁"),
        ([0, 0, 3, 3], [0.0, 2.0, 1.0, 3.0], "▁  █"),
        ([0, 1, 2, 3], [math.nan, math.inf, 1.0, 2.0], "!!▁█"),
        ([-(2**63), 2**63 - 1], [1.0, 0.0], "█  ▁"),
        ([0, 0, 1, 2, 3], [1.6e308, 1.6e308, -1.6e308, 0.0, 0.0], "█▁▅▅"),
        ([0, 3], [math.nan, math.nan], "!  !"),
    ],
)
def test_sparklines(steps, values, line):
    assert sparkline(np.array(steps, np.int64), np.array(values), 4) == line


def written(path, curves):
    """Scalars of a log of these curves: from tag to pairs of step and value."""
    with SummaryWriter(path) as writer:
        for tag, points in curves.items():
            for step, value in points:
                writer.add_scalar(tag, value, step)
    return tensorbolt.read(path).scalars


def test_compare(tmp_path):
    a = written(
        tmp_path / "a",
        {
            "same": [(0, 1.0), (1, math.nan), (2, math.inf)],
            "value": [(0, 1.0), (1, 2.0), (2, 3.0)],
            "infinite": [(0, 1.0), (1, math.inf)],
            "steps": [(0, 1.0), (5, 1.0)],
            "only": [(4, 9.0)],
        },
    )
    b = written(
        tmp_path / "b",
        {
            "same": [(0, 1.0), (1, math.nan), (2, math.inf)],
            "value": [(0, 1.0), (1, 2.5), (2, 5.0)],
            "infinite": [(0, 1.0), (1, 4.0)],
            "steps": [(0, 1.0), (3, 1.0), (6, 2.0)],
        },
    )
    found = {one.tag: one for one in compare(a, b)}
    assert found["same"].is_equal
    value = found["value"]
    assert (value.differing, value.steps, value.first_step, value.first_values) == (
        2,
        3,
        1,
        (2.0, 2.5),
    )
    assert (value.largest, value.largest_step) == (2.0, 2)
    assert (found["infinite"].largest, found["infinite"].differing) == (math.inf, 1)
    steps = found["steps"]
    assert (steps.missing_in_a, steps.missing_in_b, steps.differing) == (2, 1, 0)
    assert (steps.first_step, steps.first_values) == (3, (None, 1.0))
    assert (found["only"].only_in, found["only"].first_values) == ("a", (9.0, None))
    # A huge tolerance makes numbers equal, but not an infinity and a number.
    lax = {one.tag for one in compare(a, b, rtol=1e9, common=True) if not one.is_equal}
    assert lax == {"infinite"}
    # It is relative to the second: |1 - 2.5| <= 0.2 * 2.5.
    assert [
        one.differing
        for one in compare(a, b, rtol=0.2, common=True)
        if one.tag == "value"
    ] == [1]
    assert [
        one.differing
        for one in compare(a, b, atol=0.5, common=True)
        if one.tag == "value"
    ] == [1]
    with pytest.raises(ValueError, match="rtol must be at least 0"):
        compare(a, b, rtol=math.nan)


def test_diff(log, tmp_path, capsys):
    assert call(capsys, "diff", log, log) == (
        0,
        ["4 curves compared, none differs; 2 tags of other kinds not compared"],
    )
    written(tmp_path / "other", {"loss": [(0, 1.0), (1, 0.25)]})
    first = log / "first"
    status, lines = call(capsys, "diff", first, tmp_path / "other", "--tags", "loss")
    assert status == 1
    assert lines == [
        f".  loss: 1 of 2 steps differ, most by 0.25 at step 1; 48 steps only in {first}; first at step 1: 0.5 and 0.25",
        "1 curve compared, 1 differs",
    ]
    status, lines = call(capsys, "diff", first, tmp_path / "other", "--json")
    report = json.loads(lines[0], parse_constant=pytest.fail)
    assert (status, report["equal"], report["compared"]) == (1, False, 2)
    assert (
        call(capsys, "diff", "--common", "--atol", "0.25", first, tmp_path / "other")[0]
        == 0
    )
    # Nothing in common is no proof of being equal.
    assert call(capsys, "diff", "--common", "--tags", "none", first, first)[0] == 1


@pytest.mark.parametrize(
    "words", [["ls", "-l"], ["show"], ["export", "--format", "jsonl", "-o", "-"]]
)
def test_a_closed_pipe_is_no_error(words, tmp_path):
    with SummaryWriter(tmp_path / "runs") as writer:
        for number in range(5000):
            writer.add_scalar(f"a/tag/of/many/{number}", 1.0, 1)
    command = [sys.executable, "-m", "tensorbolt", *words, str(tmp_path / "runs")]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said, said


def test_many_runs_need_few_descriptors(tmp_path):
    """A process that may have 64 files open lists 2,000 runs, and those of a deep directory."""
    with SummaryWriter(tmp_path / "one") as writer:
        writer.add_scalar("loss", 0.5, 7)
    (file,) = event_files(tmp_path / "one")
    names = [f"{number % 20:02d}/{number:04d}" for number in range(1999)]
    deep = "/".join(["d"] * 100)
    for name in (*names, deep):
        run = tmp_path / "runs" / name
        run.mkdir(parents=True)
        (run / file.name).write_bytes(file.read_bytes())
    program = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from tensorbolt import cli
sys.exit(cli.main(["ls", sys.argv[1], "--json"]))
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert [run["run"] for run in runs] == sorted([*names, deep])
    assert {run["tags"][0]["last_value"] for run in runs} == {0.5}
    assert {run["damage"] for run in runs} == {0}
