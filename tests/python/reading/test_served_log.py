"""What TensorBoard's server answers over HTTP is what `read` gives, with its loader in Python and with its data server in Rust."""

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import numpy as np
import polars
import pytest
from google.protobuf import json_format, text_format
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.plugin_util import markdown_to_safe_html
from tensorboard.plugins.distribution.compressor import compress_histogram
from tensorboard.plugins.hparams import api_pb2
from tests.python.reading import test_graphs_read as graphs
from tests.python.reading import test_hparams_read as hparams
from tests.python.reading import test_layout_read as layouts
from tests.python.reading import test_meshes_read as meshes
from tests.python.reading import test_pr_curves_read as pr_curves
from tests.python.support.every_kind import write_all
from tools.board import Board

import tensorbolt

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

#: As many samples as any tag has. With 0, the plugins answer with no point at all.
SAMPLES = "scalars,histograms,images,audio,text,pr_curves,mesh".replace(",", "=9999,")

#: A row of any kind: its run and tag, and then what is compared.
Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served")
    write_all(made)
    return made


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def board(
    request: pytest.FixtureRequest,
    directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Board]:
    output = tmp_path_factory.mktemp("board") / "output.txt"
    options = [f"--samples_per_plugin={SAMPLES}=9999"]
    with Board(directory, output, request.param, options=options) as made:
        names = {"true": "GrpcDataProvider", "false": "MultiplexerDataProvider"}
        assert made.provider() == names[request.param]
        yield made


@pytest.fixture(scope="module")
def log(directory: Path) -> tensorbolt.reading.Log:
    return tensorbolt.read(directory, wall_time="float")


def check(board: Board, answered: Callable[[], Any], expected: Any) -> None:
    """Compare with the answer, once TensorBoard has loaded all; it does so while it answers already."""
    found = None

    def is_loaded() -> bool:
        nonlocal found
        # What is not loaded yet is an error of HTTP.
        with suppress(HTTPError):
            found = answered()
        return bool(found == expected)

    assert expected
    board.wait_until(is_loaded)
    assert found == expected


def each(board: Board, plugin: str, path: str, **query: Any) -> dict[Row, Any]:
    """The answers of a plugin, by run and tag."""
    return {
        (run, tag): board.json(f"plugin/{plugin}/{path}", run=run, tag=tag, **query)
        for run, tags in board.json(f"plugin/{plugin}/tags").items()
        for tag in tags
    }


def rows(table: tensorbolt.reading.Table, *names: str) -> list[Row]:
    columns = table.to_dict()
    return list(zip(*(columns[name] for name in names), strict=True))


def grouped(found: list[Row]) -> dict[Row, list[Row]]:
    """The rows by their first two values, run and tag."""
    groups: dict[Row, list[Row]] = {}
    for run, tag, *rest in found:
        groups.setdefault((run, tag), []).append(tuple(rest))
    return groups


def in_json(value: float) -> float | str:
    """A number as TensorBoard writes it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def test_scalars(board: Board, log: tensorbolt.reading.Log, directory: Path) -> None:
    is_fast = board.provider() == "GrpcDataProvider"
    found = rows(log.scalars, "run", "tag", "wall_time", "step", "value")
    if is_fast:
        # The data server leaves out all dtypes but float32.
        found = [
            row for row in found if row[0] != "tf/scalars" or row[1] == "scalar/float32"
        ]
    expected = grouped([(*row[:4], in_json(row[4])) for row in found])
    if not is_fast:
        # The loader in Python doubles the steps that were trained twice.
        twice = tensorbolt.read(
            directory,
            runs="restarted",
            restarts="keep",
            duplicates="all",
            wall_time="float",
        ).scalars
        assert len(twice) == 20
        in_order = sorted(rows(twice, "wall_time", "step", "value"))
        expected["restarted", "loss"] = in_order
    # Both give up at damage; here one point is lost.
    points = expected["damaged", "loss"]
    assert len(points) == 99
    (lost,) = set(range(100)) - {step for _, step, _ in points}
    expected["damaged", "loss"] = [point for point in points if point[1] < lost]

    def answered() -> Any:
        answers = each(board, "scalars", "scalars")
        return {key: [*map(tuple, points)] for key, points in answers.items()}

    check(board, answered, expected)


def trimmed(buckets: list[list[float]]) -> list[list[float]]:
    """Buckets without the empty ones at both ends, but with their outermost edges."""
    filled = [place for place, bucket in enumerate(buckets) if bucket[2]]
    if not filled:
        return []
    made = [list(bucket) for bucket in buckets[filled[0] : filled[-1] + 1]]
    made[0][0], made[-1][1] = buckets[0][0], buckets[-1][1]
    return made


def test_histograms_and_distributions(
    board: Board, log: tensorbolt.reading.Log
) -> None:
    is_fast = board.provider() == "GrpcDataProvider"
    names = ("run", "tag", "wall_time", "step", "left", "right", "count")
    buckets, compressed = [], []
    for *key, left, right, count in rows(log.histograms, *names):
        array = np.array([left, right, count]).T
        if not is_fast and key[0] != "tf/long":
            # The loader in Python makes float32 of the form of TensorFlow 1.
            array = array.astype(np.float32)
        buckets.append((*key, array.tolist()))
        points = compress_histogram(array.tolist())
        compressed.append((*key, [[point, float(value)] for point, value in points]))

    def answered(plugin: str) -> dict[Row, list[Row]]:
        answers = each(board, plugin, plugin)
        return {key: [*map(tuple, points)] for key, points in answers.items()}

    def histograms() -> Any:
        # The data server leaves the empty buckets at both ends, of which the outermost have their edges in reverse.
        return {
            key: [(*row[:2], trimmed(row[2])) for row in points]
            for key, points in answered("histograms").items()
        }

    check(board, histograms, grouped(buckets))
    check(board, lambda: answered("distributions"), grouped(compressed))


def without_table(html: str) -> str:
    """HTML without what makes a table of it: TensorBoard's tables have no head, and one cell can be a table."""
    return re.sub(r"</?(table|thead|tbody|tr|th|td|p)>|\n", "", html)


def test_text(board: Board, log: tensorbolt.reading.Log) -> None:
    """The page has HTML, which TensorBoard makes of Markdown."""
    names = ("run", "tag", "wall_time", "step", "value")
    expected = grouped(
        [
            (*key, without_table(markdown_to_safe_html(text)))
            for *key, text in rows(log.text, *names)
        ]
    )

    def answered() -> Any:
        return {
            key: [
                (one["wall_time"], one["step"], without_table(one["text"]))
                for one in texts
            ]
            for key, texts in each(board, "text", "text").items()
        }

    check(board, answered, expected)


@pytest.mark.parametrize(
    ("kind", "path", "individual"),
    [("images", "images", "individualImage"), ("audio", "audio", "individualAudio")],
    ids=["images", "audio"],
)
def test_media(
    kind: str,
    path: str,
    individual: str,
    board: Board,
    log: tensorbolt.reading.Log,
) -> None:
    table = getattr(log, kind).with_data()
    found = rows(table, "index", "run", "tag", "wall_time", "step", "data")

    def answered() -> Any:
        return sorted(
            (
                sample,
                run,
                tag,
                one["wall_time"],
                one["step"],
                board.bytes(f"plugin/{kind}/{individual}?{one['query']}&"),
            )
            for run, tags in board.json(f"plugin/{kind}/tags").items()
            for tag, about in tags.items()
            for sample in range(about["samples"])
            for one in board.json(
                f"plugin/{kind}/{path}", run=run, tag=tag, sample=sample
            )
        )

    check(board, answered, sorted(found))


def test_pr_curves(board: Board, log: tensorbolt.reading.Log) -> None:
    names = ("run", "tag", "step", "wall_time")
    curves = polars.DataFrame(log.pr_curves.shown()).with_columns(
        polars.col("run", "tag").cast(str)
    )
    # TensorBoard counts whole samples.
    counts = polars.col("tp", "fp", "tn", "fn").cast(int)
    lists = (
        curves.with_columns(counts)
        .group_by(names, maintain_order=True)
        .agg(*pr_curves.COLUMNS)
    )
    found = [
        (
            row["run"],
            row["tag"],
            {"step": row["step"], "wall_time": row["wall_time"]}
            | {theirs: row[ours] for ours, theirs in pr_curves.COLUMNS.items()},
        )
        for row in lists.to_dicts()
    ]

    def answered() -> Any:
        answers = each(board, "pr_curves", "pr_curves")
        return {
            (run, tag): [(one,) for one in answer[run]]
            for (run, tag), answer in answers.items()
        }

    check(board, answered, grouped(found))


def test_meshes(board: Board, log: tensorbolt.reading.Log) -> None:
    found = []
    for mesh in log.meshes:
        arrays = (mesh.vertices, mesh.faces, mesh.colors)
        for (kind, dtype), array in zip(meshes.PARTS.items(), arrays, strict=True):
            if array is not None:
                key = (mesh.run, mesh.tag, mesh.step, mesh.index, kind)
                found.append(
                    (*key, mesh.config, mesh.wall_time, array.astype(dtype).tobytes())
                )

    def answered() -> Any:
        kinds = dict(enumerate(meshes.PARTS, start=1))
        answers = []
        for run, tags in board.json("plugin/mesh/tags").items():
            for tag, about in tags.items():
                parts = board.json("plugin/mesh/meshes", run=run, tag=tag)
                # Of the points; of TensorFlow's parts no other has it.
                configs = {
                    part["step"]: part["config"]
                    for part in parts
                    if kinds[part["content_type"]] == "VERTEX"
                }
                for part in parts:
                    kind, step = kinds[part["content_type"]], part["step"]
                    config = json.loads(configs[step] or "null") or {}
                    for index in range(about["samples"]):
                        key = (run, tag, step, index, kind)
                        data = board.bytes(
                            "plugin/mesh/data",
                            run=run,
                            tag=tag,
                            step=step,
                            sample=index,
                            content_type=kind,
                        )
                        answers.append((*key, config, part["wall_time"], data))
        return sorted(answers, key=lambda row: row[:5])

    check(board, answered, sorted(found, key=lambda row: row[:5]))


def test_graphs(board: Board, log: tensorbolt.reading.Log) -> None:
    shown = {
        (one.run, None if one.tag == "__run_graph__" else one.tag): one
        for one in log.graphs
        if one.graph_defs
    }

    def answered() -> Any:
        return {
            (run, tag)
            for run, about in board.json("plugin/graphs/info").items()
            for tag, is_shown in (
                (None, about["run_graph"]),
                *((tag, one["op_graph"]) for tag, one in about["tags"].items()),
            )
            if is_shown
        }

    check(board, answered, set(shown))
    for (run, tag), found in shown.items():
        query = {"run": run} | ({} if tag is None else {"tag": tag})
        text = board.bytes("plugin/graphs/graph", **query).decode()
        graphs.check_nodes(found, text_format.Parse(text, GraphDef()))


def test_layout(board: Board, log: tensorbolt.reading.Log) -> None:
    """The data server has no order of runs, so that the order of the charts is one of chance."""
    columns = [name for name in layouts.COLUMNS if name != "index"]
    expected = sorted(rows(log.layout.shown(), *columns), key=repr)

    def answered() -> Any:
        charts = layouts.rows_of(board.json("plugin/custom_scalars/layout"))
        return sorted(((*row[:2], *row[3:]) for row in charts), key=repr)

    check(board, answered, expected)


def test_sessions_of_hyperparameters(board: Board, directory: Path) -> None:
    expected = {}
    # Apart: the type of a column is one that all its values have, and a writer makes numbers of bools.
    for name in ("us", "torch", "tensorboardx", "tensorflow"):
        log = tensorbolt.read(directory, runs=f"hparams/{name}*", wall_time="float")
        expected |= hparams.read_back(log)
    for run, session in expected.items():
        if run.startswith("hparams/tensorflow"):
            # TensorBoard takes the metrics of one run for all, so that it shows none of these.
            assert session["metrics"]
            session["metrics"] = {}
    assert {run.split("/")[1] for run in expected} == {
        "us",
        "torch",
        "tensorboardx",
        "tensorflow",
    }
    request = {"allowedStatuses": api_pb2.Status.keys(), "sliceSize": 1000}

    def answered() -> Any:
        path = "plugin/hparams/session_groups"
        answer = board.json(path, request=json.dumps(request))
        groups = api_pb2.ListSessionGroupsResponse()
        return hparams.sessions_of(json_format.ParseDict(answer, groups))

    check(board, answered, expected)
