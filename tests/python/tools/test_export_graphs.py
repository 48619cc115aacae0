"""`tensorbolt export --kind graphs` writes graphs as they were logged, or a table of their nodes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tests.python.support.summaries import of_plugin, write

import tensorbolt
from tensorbolt import SummaryWriter, cli

KERAS = b'{"config": {"name": "m", "layers": [{"config": {"name": "one"}}]}}'


def graph(*names: str) -> GraphDef:
    """Nodes, each of which reads the first."""
    made = GraphDef()
    made.versions.producer = 22
    for number, name in enumerate(names):
        made.node.add(name=name, op="Add", input=names[: int(number > 0)])
    return made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Two runs: two graphs at one step, a graph of a tag, metadata of its run, and a Keras model."""
    first, second = graph("a", "b"), graph("c")
    functions = RunMetadata()
    functions.function_graphs.add().pre_optimization_graph.CopyFrom(graph("d"))
    tagged = np.array(functions.SerializeToString(), object)
    write(
        tmp_path / "log" / "run",
        Event(wall_time=1.0, graph_def=first.SerializeToString()),
        Event(wall_time=2.0, graph_def=second.SerializeToString()),
        of_plugin("../model", "graph_run_metadata", tagged, 7),
    )
    keras = np.array(KERAS, object)
    write(tmp_path / "log/other", of_plugin("m", "graph_keras_model", keras, 3))
    return tmp_path / "log"


def export(log: Path, output: Path | str, *words: str) -> None:
    assert (
        cli.main(["export", str(log), "-o", str(output), "--kind", "graphs", *words])
        == 0
    )


def test_files_have_the_bytes_of_the_log(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export(log, out, "--json")
    printed = json.loads(capsys.readouterr().out)
    with (out / "manifest.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [row["path"] for row in rows] == [
        "other/m/000003.json",
        "run/__/model/000007.pb",
        "run/__run_graph__/000000-0.pb",
        "run/__run_graph__/000000-1.pb",
    ]
    graphs = tensorbolt.read(log).graphs
    for row, found in zip(rows, graphs, strict=True):
        assert (out / row["path"]).read_bytes() == found.bytes
        assert (row["run"], row["tag"], row["format"]) == (
            found.run,
            found.tag,
            found.format,
        )
    assert (out / "other/m/000003.json").read_bytes() == KERAS
    first = GraphDef.FromString((out / rows[2]["path"]).read_bytes())
    assert first == graph("a", "b")
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files == {"manifest.csv", *(row["path"] for row in rows)}
    assert (printed["files"], printed["rows"], printed["format"]) == (4, 4, "csv")
    assert printed["bytes"] == sum(len(one.bytes) for one in graphs)


@pytest.mark.parametrize("end", ["json", "jsonl", "csv"])
def test_a_table_has_the_nodes_of_all_graphs(
    end: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"nodes.{end}"
    export(log, path, "--json")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["files"], printed["rows"], printed["format"]) == (0, 5, end)
    text = path.read_text()
    if end == "csv":
        rows = [*csv.DictReader(text.splitlines())]
    else:
        rows = json.loads(text if end == "json" else f"[{','.join(text.splitlines())}]")
    found = [
        (row["run"], row["tag"], int(row["step"]), int(row["index"]), row["name"])
        for row in rows
    ]
    assert found == [
        ("other", "m", 3, 0, "m/one"),
        ("run", "../model", 7, 0, "d"),
        ("run", "__run_graph__", 0, 0, "a"),
        ("run", "__run_graph__", 0, 0, "b"),
        ("run", "__run_graph__", 0, 1, "c"),
    ]
    assert [json.loads(row["inputs"]) for row in rows] == [[], [], [], ["a"], []]


def test_nodes_go_to_standard_output(
    log: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    export(log, "-", "--tags", "__run_graph__", "--format", "jsonl")
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a", "b", "c"]


def test_a_graph_that_is_malformed_is_a_file_but_no_nodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "log", Event(wall_time=1.0, graph_def=b"\x0a\x7fx"))
    export(tmp_path / "log", tmp_path / "out")
    assert (tmp_path / "out/__run_graph__/000000.pb").read_bytes() == b"\x0a\x7fx"
    with pytest.raises(SystemExit, match="2"):
        export(tmp_path / "log", tmp_path / "nodes.csv")
    assert "tag '__run_graph__' is malformed" in capsys.readouterr().err
    assert not (tmp_path / "nodes.csv").exists()


def test_what_does_not_fit_is_an_error(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for output, words, message in [
        ("out", "--steps 1:", "--steps does not choose among graphs"),
        ("out.csv", "--wide", "--wide is for scalars, not for graphs"),
        ("-", "", "--format is needed"),
        ("-", "--format csv --json", "--json prints to standard output"),
    ]:
        target = output if output == "-" else tmp_path / output
        with pytest.raises(SystemExit, match="2"):
            export(log, target, *words.split())
        assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_log_without_graphs_is_an_empty_table(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "log") as writer:
        writer.add_scalar("a", 1.0, 1)
    export(tmp_path / "log", tmp_path / "nodes.csv")
    (line,) = (tmp_path / "nodes.csv").read_text().splitlines()
    assert line.startswith("run,tag,step,wall_time,index,name,op,")
    export(tmp_path / "log", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.csv"]
