"""Meshes: the points, triangles and colours that TensorBoard's own plugin answers with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import tensorboardX
import torch
import trimesh
from tensorboard.backend.event_processing.data_provider import (
    MultiplexerDataProvider,
)
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.mesh.mesh_plugin import MeshPlugin
from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter
from werkzeug.test import Client

import tensorbolt
from tensorbolt.reading import Mesh

STEPS = 2
CONFIG = {"camera": {"cls": "PerspectiveCamera", "fov": 75}}
PARTS = {"VERTEX": np.float32, "FACE": np.int32, "COLOR": np.uint8}


def arrays(seed: int, batch: int, points: int = 5) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(batch, points, 3)).astype(np.float32),
        random.integers(0, 256, (batch, points, 3), np.uint8),
        random.integers(0, points, (batch, 4, 3)).astype(np.int32),
    )


def log_all(writer: Any, make: Callable[[Any], Any] = lambda array: array) -> None:
    for step in range(STEPS):
        whole = [make(array) for array in arrays(step, 2)]
        cloud, *_ = (make(array) for array in arrays(step + 9, 1, 3 + step))
        writer.add_mesh("mesh/whole", *whole, CONFIG, step, 1.7e9 + step / 3)
        writer.add_mesh("cloud", cloud, global_step=step)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer, torch.from_numpy)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)


def part(
    tag: str, kind: str, array: Any, step: int, *, name: str = "m", config: str = ""
) -> Event:
    """One part of a mesh, as TensorFlow 2 writes each in an event of its own."""
    made = of_plugin(tag, "mesh", array, step)
    number = MeshPluginData.ContentType.Value(kind)
    data = MeshPluginData(name=name, content_type=number, json_config=config)
    data.shape.extend(array.shape)
    (value,) = made.summary.value
    value.metadata.plugin_data.content = data.SerializeToString()
    return made


def parts(step: int, batch: int = 1, time: float | None = None) -> list[Event]:
    points, colors, faces = arrays(step, batch)
    made = [
        part("m_VERTEX", "VERTEX", points, step, config=json.dumps(CONFIG)),
        part("m_FACE", "FACE", faces, step),
        part("m_COLOR", "COLOR", colors, step),
    ]
    for event in made:
        event.wall_time = event.wall_time if time is None else time
    return made


def by_tensorflow(directory: Path) -> None:
    write(directory, *parts(0, 2), *parts(1, 2))


@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us, by_tensorflow])
def test_meshes_are_those_of_tensorboard(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path / "run")
    meshes = tensorbolt.read(tmp_path, wall_time="float").meshes
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload()
    provider = MultiplexerDataProvider(multiplexer, str(tmp_path))
    apps = MeshPlugin(TBContext(data_provider=provider)).get_plugin_apps()

    def asked(route: str, **query: Any) -> Any:
        return Client(apps[route]).get(route, query_string=query)

    tags = asked("/tags").get_json()["run"]
    seen = 0
    for tag, answer in tags.items():
        entries = asked("/meshes", run="run", tag=tag).get_json()
        for step in {entry["step"] for entry in entries}:
            there = {
                entry["content_type"]: entry
                for entry in entries
                if entry["step"] == step
            }
            for sample in range(answer["samples"]):
                (mesh,) = (
                    mesh
                    for mesh in meshes
                    if (mesh.tag, mesh.step, mesh.index) == (tag, step, sample)
                )
                assert mesh.run == "run"
                assert mesh.wall_time == there[1]["wall_time"]
                assert mesh.config == (json.loads(there[1]["config"] or "null") or {})
                found = (mesh.vertices, mesh.faces, mesh.colors)
                for number, (kind, dtype) in enumerate(PARTS.items(), start=1):
                    array = found[number - 1]
                    assert (array is not None) == (number in there)
                    if array is None:
                        continue
                    query = {"step": step, "sample": sample, "content_type": kind}
                    data = asked("/data", run="run", tag=tag, **query).get_data()
                    assert array.astype(dtype).tobytes() == data
                seen += 1
    assert seen == len(meshes) > 1


def test_a_mesh_has_its_arrays(tmp_path: Path) -> None:
    by_us(tmp_path)
    meshes = tensorbolt.read(tmp_path).meshes
    table = polars.DataFrame(meshes).select("tag", "step", "index", "points")
    assert table.rows() == [
        ("cloud", 0, 0, 3),
        ("cloud", 1, 0, 4),
        ("mesh/whole", 0, 0, 5),
        ("mesh/whole", 0, 1, 5),
        ("mesh/whole", 1, 0, 5),
        ("mesh/whole", 1, 1, 5),
    ]
    assert meshes["triangles"].tolist() == [0, 0, 4, 4, 4, 4]
    assert meshes["colors"].tolist() == [0, 0, 5, 5, 5, 5]
    mesh = meshes[-1]
    assert isinstance(mesh, Mesh)
    for found, known in zip(
        (mesh.vertices, mesh.colors, mesh.faces), arrays(1, 2), strict=True
    ):
        assert found is not None
        assert found.dtype == known.dtype
        np.testing.assert_array_equal(found, known[1])
    assert mesh.config == CONFIG
    cloud = meshes[:1][0]
    assert (cloud.faces, cloud.colors, cloud.config) == (None, None, {})
    with pytest.raises(IndexError, match="there are 6"):
        meshes[6]


def test_a_saved_mesh_is_what_other_programs_open(tmp_path: Path) -> None:
    by_us(tmp_path)
    meshes = tensorbolt.read(tmp_path).meshes
    mesh = meshes[2]
    mesh.save(tmp_path / "mesh.ply")
    loaded = trimesh.load(tmp_path / "mesh.ply", process=False)
    np.testing.assert_array_equal(loaded.vertices, mesh.vertices)
    np.testing.assert_array_equal(loaded.faces, mesh.faces)
    np.testing.assert_array_equal(loaded.visual.vertex_colors[:, :3], mesh.colors)
    meshes[0].save(tmp_path / "cloud.ply")
    cloud = trimesh.load(tmp_path / "cloud.ply")
    np.testing.assert_array_equal(cloud.vertices, meshes[0].vertices)


def test_colors_that_do_not_fit_the_points_are_not_saved(tmp_path: Path) -> None:
    points, colors, _ = arrays(0, 1)
    write(
        tmp_path,
        part("m_VERTEX", "VERTEX", points, 0),
        part("m_COLOR", "COLOR", colors[:, :2], 0),
        part("n_VERTEX", "VERTEX", points, 0, name="n"),
        part("n_COLOR", "COLOR", colors.astype(np.int32) + 256, 0, name="n"),
    )
    few, bright = tensorbolt.read(tmp_path).meshes
    assert few.colors is not None
    assert few.colors.shape == (2, 3)
    with pytest.raises(ValueError, match="2 colors for 5 points"):
        few.save(tmp_path / "x.ply")
    with pytest.raises(ValueError, match="colors must be 0 to 255"):
        bright.save(tmp_path / "x.ply")


def test_numbers_that_are_not_whole_stay_as_they_are(tmp_path: Path) -> None:
    points, colors, faces = arrays(0, 1)
    write(
        tmp_path,
        part("m_VERTEX", "VERTEX", points, 0),
        part("m_FACE", "FACE", faces + 2.0**40, 0),
        part("m_COLOR", "COLOR", colors / np.float32(7), 0),
    )
    (mesh,) = tensorbolt.read(tmp_path).meshes
    np.testing.assert_array_equal(mesh.faces, faces[0] + 2.0**40)
    np.testing.assert_array_equal(mesh.colors, colors[0] / np.float32(7))


def test_parts_of_one_step_belong_together_by_their_order_or_their_times(
    tmp_path: Path,
) -> None:
    first, second = parts(3, 1, 1.0), parts(3, 1, 2.0)
    write(tmp_path / "all", *first, *second)
    write(tmp_path / "lost", first[0], *second)
    for run, colors in (("all", [5, 5]), ("lost", [0, 5])):
        log = tensorbolt.read(tmp_path / run, duplicates="all", restarts="keep")
        assert log.meshes["colors"].tolist() == colors
        assert len(log.damage) == 0


def test_samples_without_a_triangle_have_none(tmp_path: Path) -> None:
    points, _, faces = arrays(0, 2)
    write(
        tmp_path,
        part("m_VERTEX", "VERTEX", points, 0),
        part("m_FACE", "FACE", faces[:1], 0),
    )
    meshes = tensorbolt.read(tmp_path).meshes
    assert meshes["triangles"].tolist() == [4, 0]
    assert meshes[1].faces is None


def test_what_is_no_mesh_is_listed_as_damage(tmp_path: Path) -> None:
    points, _, faces = arrays(0, 1)
    broken = of_plugin("broken", "mesh", points, 1)
    broken.summary.value[0].metadata.plugin_data.content = b"\x12\x7f"
    write(
        tmp_path,
        part("alone", "FACE", faces, 1, name="a"),
        part("flat", "VERTEX", points[0], 1, name="b"),
        part("undefined", "UNDEFINED", points, 1, name="c"),
        part("pairs", "VERTEX", points[:, :, :2], 1, name="d"),
        part("bad", "VERTEX", points, 1, name="e", config="[1"),
        broken,
    )
    log = tensorbolt.read(tmp_path)
    (mesh,) = log.meshes
    assert mesh.tag == "e"
    with pytest.raises(ValueError, match="Expecting"):
        _ = mesh.config
    form = "a value is not of the form of meshes"
    assert sorted(log.damage["reason"]) == [
        "a part of a mesh is without its points",
        *[form] * 4,
    ]
    with pytest.raises(ValueError, match="not of the form of meshes"):
        _ = tensorbolt.read(tmp_path, on_damage="raise").meshes


def test_a_mesh_of_a_log_that_was_closed_is_not_there(tmp_path: Path) -> None:
    by_us(tmp_path)
    log = tensorbolt.read(tmp_path)
    mesh = log.meshes[0]
    log.close()
    with pytest.raises(ValueError, match="the log was closed"):
        _ = mesh.vertices
