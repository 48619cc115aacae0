"""What the calls of a data provider do with filters, with limits, and with what is wrong; the same as rustboard's do."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tensorboard.data.proto import data_provider_pb2 as messages
from tests.python.serving import odd_logs, providers
from tests.python.support.summaries import write

NAMES = {
    "scalar": ("ListScalars", "ReadScalars"),
    "tensor": ("ListTensors", "ReadTensors"),
    "blob": ("ListBlobSequences", "ReadBlobSequences"),
}
PLUGINS = {"scalar": "scalars", "tensor": "text", "blob": "images"}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs with two tags of each data class and ten steps."""
    top = tmp_path_factory.mktemp("logs") / "log"
    for run in ("a", "b", "a/b"):
        write(
            top / run,
            *(
                event
                for step in range(10)
                for tag in ("x", "y/z")
                for event in (
                    odd_logs.simple(tag, step / 3, step),
                    odd_logs.tensor(f"text/{tag}", "text", b"words", step),
                    odd_logs.tensor(f"image/{tag}", "images", [b"1", b"1", b"p%d" % step], step),
                )
            ),
        )  # fmt: skip
    return top


@pytest.fixture(
    scope="module",
    params=[providers.ours, providers.rustboard],
    ids=["ours", "rustboard"],
)
def stub(request: pytest.FixtureRequest, log: Path) -> Iterator[Any]:
    with request.param(log) as made:
        yield made


def ask(stub: Any, name: str, **fields: Any) -> Any:
    request: Any = getattr(messages, f"{name}Request")(**fields)
    return getattr(stub, name)(request, timeout=60)


def series(stub: Any, name: str, plugin: str, **fields: Any) -> dict[str, list[str]]:
    """From run to tags."""
    answer = ask(stub, name, plugin_filter={"plugin_name": plugin}, **fields)
    return {run.run_name: sorted(tag.tag_name for tag in run.tags) for run in answer.runs}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("reads", [False, True], ids=["list", "read"])
def test_filters(stub: Any, kind: str, reads: bool) -> None:
    prefix = {"scalar": "", "tensor": "text/", "blob": "image/"}[kind]
    x, z = f"{prefix}x", f"{prefix}y/z"
    more = {"downsample": {"num_points": 5}} if reads else {}

    def found(**chosen: list[str]) -> dict[str, list[str]]:
        filters = {name: {"names": names} for name, names in chosen.items()}
        return series(
            stub, NAMES[kind][reads], PLUGINS[kind], run_tag_filter=filters, **more
        )

    everything = {key: [x, z] for key in ("a", "b", "a/b")}
    assert found() == everything
    assert found(runs=["a", "unknown"]) == {"a": [x, z]}
    assert found(tags=[x, "unknown"]) == {key: [x] for key in everything}
    assert found(runs=["a/b", "b"], tags=[z]) == {"a/b": [z], "b": [z]}
    # A filter without names fits nothing.
    assert found(runs=[]) == found(tags=[]) == found(tags=["unknown"]) == {}
    assert series(stub, NAMES[kind][reads], "unknown", **more) == {}
    others = [plugin for plugin in PLUGINS.values() if plugin != PLUGINS[kind]]
    assert [series(stub, NAMES[kind][reads], one, **more) for one in others] == [{}, {}]


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("points", [0, 1, 2, 7, 10, 1000])
def test_a_limit_keeps_the_newest_point(stub: Any, kind: str, points: int) -> None:
    answer = ask(
        stub,
        NAMES[kind][1],
        plugin_filter={"plugin_name": PLUGINS[kind]},
        downsample={"num_points": points},
    )
    found = [tag.data for run in answer.runs for tag in run.tags]
    assert len(found) == 6
    for data in found:
        values = data.values if kind == "blob" else data.value
        steps = [*data.step]
        assert len(steps) == len(data.wall_time) == len(values)
        # The lowest and the highest point of a part of a curve may be one.
        fewest = points - points // 3 if kind == "scalar" else points
        assert min(fewest, 10) <= len(steps) <= min(points, 10)
        assert steps == sorted(set(steps))
        assert not steps or steps[-1] == 9


@pytest.mark.parametrize("kind", NAMES)
def test_what_is_wrong_is_an_error_of_the_caller(stub: Any, kind: str) -> None:
    listed, read = NAMES[kind]
    text = {"plugin_name": PLUGINS[kind]}
    for name, fields in [
        (listed, {}),
        (listed, {"plugin_filter": {"plugin_name": ""}}),
        (read, {"downsample": {"num_points": 1}}),
        (read, {"plugin_filter": text}),
        (read, {"plugin_filter": text, "downsample": {"num_points": -1}}),
    ]:
        with pytest.raises(grpc.RpcError) as error:
            ask(stub, name, **fields)
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT, (name, fields)
        assert error.value.details()


def test_blobs(stub: Any) -> None:
    answer = ask(
        stub,
        "ReadBlobSequences",
        plugin_filter={"plugin_name": "images"},
        run_tag_filter={"runs": {"names": ["a"]}, "tags": {"names": ["image/x"]}},
        downsample={"num_points": 100},
    )
    ((one,),) = [run.tags for run in answer.runs]
    keys = [[ref.blob_key for ref in value.blob_refs] for value in one.data.values]
    assert [len(key) for key in keys] == [3] * 10
    found = [b"".join(part.data for part in ask_blob(stub, key)) for *_, key in keys]
    assert found == [b"p%d" % step for step in range(10)]
    # TensorBoard puts them into addresses.
    assert all(key.isascii() and not set(key) & set("&=/?#+ ") for row in keys for key in row)  # fmt: skip
    for wrong in ("", "nonsense", keys[0][0][:-5], keys[0][0] + "AAAA", "é", "%%"):
        with pytest.raises(grpc.RpcError) as error:
            [*ask_blob(stub, wrong)]
        assert error.value.code() in (
            grpc.StatusCode.INVALID_ARGUMENT,
            grpc.StatusCode.NOT_FOUND,
        )


def ask_blob(stub: Any, key: str) -> Any:
    return stub.ReadBlob(messages.ReadBlobRequest(blob_key=key), timeout=60)


def test_metadata_has_all_of_what_was_written_first(stub: Any) -> None:
    """Fields that TensorBoard's client leaves out."""
    for kind, (listed, _) in NAMES.items():
        answer = ask(stub, listed, plugin_filter={"plugin_name": PLUGINS[kind]})
        classes = {"scalar": 1, "tensor": 2, "blob": 3}
        for run in answer.runs:
            for tag in run.tags:
                about = tag.metadata.summary_metadata
                assert about.plugin_data.plugin_name == PLUGINS[kind]
                assert about.data_class == classes[kind]
                assert tag.metadata.max_step == 9
                assert tag.metadata.max_wall_time == 1.7e9 + 9 / 7


def test_experiment_names_the_log(stub: Any, log: Path) -> None:
    answer = ask(stub, "GetExperiment", experiment_id="any")
    assert answer.data_location == str(log)
    assert (answer.name, answer.description) == ("", "")
    assert answer.creation_time.ToSeconds() <= time.time()
    runs = ask(stub, "ListRuns").runs
    assert sorted(run.name for run in runs) == ["a", "a/b", "b"]
    plugins = {plugin.name for plugin in ask(stub, "ListPlugins").plugins}
    assert plugins == {"images", "scalars", "text"}
