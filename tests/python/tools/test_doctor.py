"""`tensorbolt doctor` says what a writer would do, and leaves nothing behind."""

import json
import os
from importlib import metadata
from pathlib import Path

import pytest

from tensorbolt import cli


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variables of launchers and writers but these."""
    for name in list(os.environ):
        if name.startswith(("TENSORBOLT_", "SLURM_", "OMPI_", "PMI_", "AWS_")):
            monkeypatch.delenv(name)
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TENSORBOLT_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def found(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, list[dict[str, str]]]]:  # fmt: skip
    """The exit status, and what was found by its word."""
    capsys.readouterr()
    status = cli.main(["doctor", "--json", *words])
    rows: dict[str, list[dict[str, str]]] = {}
    result = json.loads(capsys.readouterr().out)
    for row in result["checks"]:
        rows.setdefault(row["about"], []).append(row)
    assert result["ok"] == (status == 0)
    return status, rows


def test_a_directory_that_can_be_written(tmp_path, capsys):
    status, rows = found(capsys, str(tmp_path))
    assert status == 0
    assert f"{tmp_path} can be written" in rows["directory"][0]["text"]
    assert "GB are free" in rows["directory"][1]["text"]
    assert f"numpy {metadata.version('numpy')}" in rows["versions"][0]["text"]
    assert rows["rank"][0]["text"].startswith("this process is rank 0 of 1")
    assert not list(tmp_path.iterdir())


def test_one_that_is_not_there_is_not_made(tmp_path, capsys):
    status, rows = found(capsys, str(tmp_path / "a" / "b"))
    assert status == 0
    assert "is not there; it can be made" in rows["directory"][0]["text"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["file/runs", "/proc/runs", "file://host/runs"])
def test_one_that_cannot_be_written_is_an_error(name, tmp_path, capsys):
    (tmp_path / "file").touch()
    status, rows = found(capsys, name)
    assert status == 2
    assert rows["directory"][0]["state"] == "error"
    assert rows["directory"][0]["remedy"]


def test_the_rank_and_what_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "8")
    status, rows = found(capsys, "logs")
    assert (status, rows["rank"][0]["text"]) == (1, "this process is rank 3 of 8 (RANK and WORLD_SIZE, of torchrun)")  # fmt: skip
    assert "TENSORBOLT_RANKS" in rows["ranks"][0]["remedy"]
    monkeypatch.setenv("TENSORBOLT_RANKS", "reduce")
    status, rows = found(capsys, "logs")
    assert (status, rows["ranks"][0]["text"]) == (0, "TENSORBOLT_RANKS is reduce")
    monkeypatch.setenv("TENSORBOLT_RANKS", "some")
    status, rows = found(capsys, "logs")
    assert (status, rows["ranks"][0]["state"]) == (2, "error")
    monkeypatch.setenv("RANK", "nine")
    assert found(capsys, "logs")[0] == 2


def test_the_number_of_threads(monkeypatch, capsys):
    monkeypatch.setenv("TENSORBOLT_THREADS", "3")
    status, rows = found(capsys, "logs")
    assert (status, rows["threads"][0]["state"]) == (0, "ok")
    assert "TENSORBOLT_THREADS lets 3 encode" in rows["threads"][0]["text"]


def test_options_from_variables(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TENSORBOLT_FSYNC", "yes")
    monkeypatch.setenv("TENSORBOLT_LOG_DIR", str(tmp_path / "there"))
    monkeypatch.setenv("TENSORBOLT_STORAGE_OPTIONS", '{"token": "hidden-value"}')
    status, rows = found(capsys)
    assert (status, {row["state"] for row in rows["variables"]}) == (0, {"ok"})
    said = [row["text"] for row in rows["variables"]]
    assert "TENSORBOLT_FSYNC=yes sets fsync where the program gives none" in said
    assert not any("hidden-value" in text for text in said)
    assert str(tmp_path / "there") in rows["directory"][0]["text"]
    # What is given comes first.
    _, rows = found(capsys, "elsewhere")
    assert "elsewhere" in rows["directory"][0]["text"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("TENSORBOLT_FLUSHSECS", "is it TENSORBOLT_FLUSH_SECS?"),
        ("TENSORBOLT_LOGDIR", "is it TENSORBOLT_LOG_DIR?"),
        ("TENSORBOLT_COLOUR", "configuration.md lists them"),
    ],
)
def test_names_that_do_not_exist_are_a_problem(name, remedy, monkeypatch, capsys):
    monkeypatch.setenv(name, "1")
    status, rows = found(capsys, "logs")
    (row,) = [row for row in rows["variables"] if name in row["text"]]
    assert (status, row["state"]) == (1, "warning")
    assert remedy in row["remedy"]


def test_values_that_are_wrong_are_an_error(monkeypatch, capsys):
    monkeypatch.setenv("TENSORBOLT_THREADS", "many")
    monkeypatch.setenv("TENSORBOLT_STORAGE_OPTIONS", "hidden-value")
    status, rows = found(capsys, "logs")
    wrong = [row for row in rows["variables"] if row["state"] == "error"]
    assert (status, len(wrong)) == (2, 2)
    assert "TENSORBOLT_THREADS must be a number from 1 on, not 'many'" in wrong[1]["text"]  # fmt: skip
    assert "hidden-value" not in str(rows)


def test_secrets_are_not_printed(monkeypatch, capsys):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden-value")
    assert cli.main(["doctor", "logs"]) == 0
    printed = capsys.readouterr().out
    assert "AWS_SECRET_ACCESS_KEY" in printed
    assert "hidden-value" not in printed
    assert printed.endswith("nothing is wrong\n")


def test_where_view_remembers_what_it_has_read(tmp_path, capsys):
    status, rows = found(capsys, "logs")
    (row,) = rows["index"]
    root = tmp_path / "cache/tensorbolt/index"
    assert (status, row["state"], row["remedy"]) == (0, "ok", None)
    assert f"below {root}" in row["text"]
    assert "0.0 MB of 0 now; it can be written" in row["text"]
    assert not root.exists()
    (root / "0123456789abcdef").mkdir(parents=True)
    (root / "0123456789abcdef/0000000000-1.pack").write_bytes(bytes(2_500_000))
    _, rows = found(capsys, "logs")
    assert "2.5 MB of 1 now" in rows["index"][0]["text"]


def test_a_cache_that_cannot_be_written_is_no_problem_of_logging(tmp_path, capsys):
    (tmp_path / "cache").touch()
    status, rows = found(capsys, "logs")
    (row,) = rows["index"]
    assert (status, row["state"]) == (0, "ok")
    assert "reads long logs again at each start" in row["text"]
    assert "--index" in row["remedy"]


def test_logs_that_wait_for_their_store(tmp_path, capsys):
    waiting = tmp_path / "spool" / "one"
    (waiting / "log").mkdir(parents=True)
    fields = {"version": 1, "url": "http://127.0.0.1:9/run", "suffix": "", "host": "h", "pid": 1}  # fmt: skip
    (waiting / "address.json").write_text(json.dumps(fields))
    (waiting / "log" / "events.out.tfevents.1.h.1.000000").write_bytes(b"\0" * 100)
    status, rows = found(capsys, "logs")
    assert (status, rows["spool"][-1]["state"]) == (1, "warning")
    assert "tensorbolt push" in rows["spool"][-1]["remedy"]
    assert cli.main(["doctor", "logs"]) == 1
    assert "1 line to look at" in capsys.readouterr().out


def test_options_that_a_store_does_not_take_are_an_error(capsys):
    status, rows = found(capsys, "s3://bucket/runs", "--storage-option", "nonsense=1")
    assert (status, rows["store"][0]["state"]) == (2, "error")
