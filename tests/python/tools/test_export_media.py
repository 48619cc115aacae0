"""`tensorbolt export --kind` writes images and audio as files with a table of them, and other data as tables."""

import csv
import json
import os

import numpy as np
import polars as pl
import pytest
from tests.python.support.helpers import WRITERS, event_files
from tests.python.support.summaries import of_plugin, write

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt.cli.export import KINDS, MEDIA

#: Tags that are awkward as names of files: upwards, absolute, the same but for case, a name of a file of another tag, long.
TAGS = [
    "../up",
    "/root",
    "Case",
    "case",
    "a",
    "a/000001.png",
    "x" * 300,
    "manifest.csv",
    "ta:g",
    "ta?g",
]


@pytest.fixture(params=sorted(WRITERS))
def log(request, tmp_path):
    """A log with two runs of every kind of data."""
    random = np.random.default_rng(3)
    for run in (".", "b/c"):
        with WRITERS[request.param](str(tmp_path / "log" / run)) as writer:
            for step in (1, 20):
                writer.add_image("image", random.random((3, 4, 4)), step)
                writer.add_audio(
                    "tone", random.random(50) - 0.5, step, sample_rate=8000
                )
                writer.add_text("note", "text", step)
                writer.add_histogram("weights", random.random(9), step)
                writer.add_scalar("loss", random.random(), step)
                writer.add_pr_curve("pr", np.array([0, 1]), np.array([0.2, 0.9]), step)
    return tmp_path / "log"


def export(log, output, *words):
    assert cli.main(["export", str(log), "-o", str(output), *words]) == 0
    return output


def rows(path):
    with (path / "manifest.csv").open(newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.parametrize("kind", ["images", "audio"])
def test_files_have_the_bytes_of_the_log(kind, log, tmp_path):
    out = export(log, tmp_path / "out", "--kind", kind)
    table = getattr(tensorbolt.read(log), kind)
    listed = rows(out)
    assert len(listed) == len(table) == 4
    for row, item in zip(listed, table, strict=True):
        assert (out / row["path"]).read_bytes() == item.bytes
        assert (row["run"], row["tag"], int(row["step"])) == (
            item.run,
            item.tag,
            item.step,
        )
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files == {"manifest.csv", *(row["path"] for row in listed)}
    end = {"images": "image/000020.png", "audio": "tone/000020.wav"}[kind]
    assert {end, f"b/c/{end}"} <= files


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in (*MEDIA, "graphs")]
)
def test_other_kinds_are_tables(kind, log, tmp_path):
    with SummaryWriter(log / "d", hparams_run=".") as writer:
        writer.add_hparams({"rate": 0.5}, {"best": 1.0})
        writer.add_tensor("matrix", np.eye(2), 1)
        writer.add_custom_scalars({"losses": {"all": ["Multiline", ["loss"]]}})
    found = pl.read_parquet(export(log, tmp_path / "out.parquet", "--kind", kind))
    expected = getattr(tensorbolt.read(log), kind)
    assert found.columns == expected.column_names
    assert len(found) == len(expected) > 0


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_meshes_are_ply_files(kind, tmp_path):
    points = np.random.default_rng(3).random((1, 5, 3)).astype(np.float32)
    with WRITERS[kind](str(tmp_path / "log")) as writer:
        writer.add_mesh("shape", points, global_step=4)
    out = export(tmp_path / "log", tmp_path / "out", "--kind", "meshes")
    (row,) = rows(out)
    assert (row["path"], row["points"]) == ("shape/000004.ply", "5")
    tensorbolt.read(tmp_path / "log").meshes[0].save(tmp_path / "one.ply")
    assert (out / row["path"]).read_bytes() == (tmp_path / "one.ply").read_bytes()


def test_awkward_names_stay_inside_and_apart(tmp_path):
    with SummaryWriter(tmp_path / "log") as writer:
        for number, tag in enumerate(TAGS):
            writer.add_image(tag, np.full((3, 2, 2), number / 10), 1)
    out = export(tmp_path / "log", tmp_path / "out", "--kind", "images")
    listed = rows(out)
    assert {row["tag"] for row in listed} == {*TAGS}
    paths = [row["path"] for row in listed]
    assert len({path.casefold() for path in paths}) == len(TAGS)
    items = {item.tag: item.bytes for item in tensorbolt.read(tmp_path / "log").images}
    for row in listed:
        path = out / row["path"]
        assert path.resolve().is_relative_to(out)
        assert path.read_bytes() == items[row["tag"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "out"]


def test_images_that_were_logged_at_once_have_their_index_and_the_manifest_its_format(
    tmp_path, capsys
):
    strings = np.array([b"2", b"3", b"\x89PNG one", b"GIF89a two"], object)
    one = np.array([b"2", b"3", b"what is it"], object)
    write(
        tmp_path / "log",
        of_plugin("batch", "images", strings, 7),
        of_plugin("one", "images", one, -7),
    )
    words = ["--kind", "images", "--format", "jsonl", "--json"]
    out = export(tmp_path / "log", tmp_path / "out", *words)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["kind"], printed["format"]) == ("images", "jsonl")
    lines = (out / "manifest.jsonl").read_text().splitlines()
    paths = [json.loads(line)["path"] for line in lines]
    assert printed["rows"] == printed["files"] == len(paths)
    assert printed["bytes"] == sum((out / path).stat().st_size for path in paths)
    assert paths == ["batch/000007-0.png", "batch/000007-1.gif", "one/-00007.bin"]
    assert (out / paths[1]).read_bytes() == strings[3]


def test_a_file_that_cannot_be_read_any_more_leaves_nothing(
    tmp_path, capsys, monkeypatch
):
    with SummaryWriter(tmp_path / "log") as writer:
        for step in range(3):
            writer.add_image("image", np.zeros((3, 2, 2)), step)
    (path,) = event_files(tmp_path / "log")
    saved = []

    def cut(item, path_of_item):
        saved.append(item.bytes)
        os.truncate(path, 100)

    monkeypatch.setattr("tensorbolt.cli.export.save", cut)
    with pytest.raises(SystemExit, match="2"):
        export(tmp_path / "log", tmp_path / "out", "--kind", "images")
    assert len(saved) == 1
    assert "error: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_what_does_not_fit_is_an_error(tmp_path, capsys):
    with SummaryWriter(tmp_path / "log") as writer:
        writer.add_scalar("a", 1.0, 1)
    for output, words, message in [
        ("out.csv", "--kind images", "images go into a directory"),
        ("-", "--kind audio", "audio go into a directory"),
        ("out.csv", "--kind text --wide", "--wide is for scalars"),
        ("out", "--kind audio --kind text", "one kind, not audio and text"),
        ("out", "--kind text", "--format is needed"),
        ("out", "--kind layout", "--format is needed"),
        ("out.csv", "--kind layout --wide", "--wide is for scalars, not for layout"),
        ("out.csv", "--kind pictures", "invalid choice: 'pictures'"),
    ]:
        with pytest.raises(SystemExit, match="2"):
            export(tmp_path / "log", output, *words.split())
        assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
