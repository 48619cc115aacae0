"""add_mesh: the messages of torch, and what is done about colours and wrong parts."""

import json
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData
from tensorboard.util.tensor_util import make_ndarray
from tests.python.support.helpers import (
    TIME,
    WRITERS,
    events,
    on_all,
    same_on_all,
    tree,
    values,
)

import tensorbolt
from tensorbolt.writer._naming import TORCH_NAMING

VERTICES = np.array([[[1.0, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]])
COLORS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255]]])
FACES = np.array([[[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]]])
PARTS = {"VERTEX": VERTICES, "FACE": FACES, "COLOR": COLORS}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@st.composite
def meshes(draw):
    """Vertices, colours, faces, configuration."""
    batch, count, triangles = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 9)),
        draw(st.integers(0, 5)),
    )
    vertices = draw(
        arrays.arrays(
            st.sampled_from(["f2", "f4", "f8", "i4", "i8", "u1"]), (batch, count, 3)
        )
    )
    colors = arrays.arrays(
        st.sampled_from(["u1", "i4", "i8"]), (batch, count, 3), elements=st.integers(0, 255)
    ) | arrays.arrays("f4", (batch, count, 3), elements=st.floats(1.5, 255, width=32))  # fmt: skip
    faces = arrays.arrays(
        st.sampled_from(["u1", "i4", "i8", "f4"]),
        (batch, triangles, 3),
        elements=st.integers(0, count - 1),
    )
    return (
        vertices,
        draw(st.none() | colors),
        draw(st.none() | faces),
        draw(st.none() | st.dictionaries(st.text(), JSON, max_size=3)),
    )


@given(meshes(), st.sampled_from(["array", "tensor", "list"]))
def test_messages_of_torch(mesh, kind):
    make = {
        "array": lambda array: array,
        "tensor": torch.from_numpy,
        "list": np.ndarray.tolist,
    }[kind]
    *parts, config = mesh
    if kind == "list" and parts[2] is not None and not parts[2].size:
        parts[2] = None
    parts = [None if part is None else make(part) for part in parts]
    same_on_all(
        lambda w: w.add_mesh("a/b", *parts, config, 3, TIME),
        only_with=("ours", "torch"),
    )


def test_defaults():
    same_on_all(
        lambda w: w.add_mesh("t", VERTICES, walltime=TIME), only_with=("ours", "torch")
    )


class Numbered(tensorbolt.SummaryWriter):
    """As a facade for tensorboardX has its tags."""

    _naming = TORCH_NAMING._replace(part_tags="numbered")


# tensorboardX adds up every array to look for NaN.
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@given(meshes().filter(lambda mesh: mesh[3] is not None))
def test_messages_of_tensorboardx_with_its_tags(mesh):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(WRITERS, "ours", Numbered)
        same_on_all(
            lambda w: w.add_mesh("t", *mesh, 3, TIME), only_with=("ours", "tbx")
        )


def parts_of(directory):
    """From the ends of tags to arrays and the plugin's own messages."""
    found = {}
    for tag, _, value in values(directory):
        plugin = MeshPluginData.FromString(value.metadata.plugin_data.content)
        found[tag.removeprefix("t_")] = make_ndarray(value.tensor), plugin
    return found


def mesh_of(directory, *arguments, **keywords):
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_mesh("t", *arguments, **keywords)
    return parts_of(directory)


def test_all_parts_are_in_one_event_and_know_each_other(tmp_path):
    """Difference D22: tensorboardX numbers tags, leaves out components and writes the configuration null."""
    parts = mesh_of(tmp_path, VERTICES, COLORS, FACES)
    assert len(events(tmp_path)) == 1
    assert list(parts) == ["VERTEX", "FACE", "COLOR"]
    for name, (array, plugin) in parts.items():
        assert array.tolist() == PARTS[name].tolist()
        assert plugin.components == 0b1110
        assert plugin.json_config == "{}"
        assert list(plugin.shape) == [1, 4, 3]
    theirs = on_all(lambda w: w.add_mesh("t", VERTICES), only_with=("tbx",))["tbx"]
    (value,) = theirs["."][0].summary.value
    plugin = MeshPluginData.FromString(value.metadata.plugin_data.content)
    assert (value.tag, plugin.components, plugin.json_config) == ("t_1", 0, "null")


def test_a_single_mesh_is_a_batch_of_one(tmp_path):
    """Difference D22: torch refuses two axes."""
    single = mesh_of(tmp_path / "a", VERTICES[0], COLORS[0], FACES[0], {"b": 1})
    batch = mesh_of(tmp_path / "b", VERTICES, COLORS, FACES, {"b": 1})
    assert str(single) == str(batch)
    theirs = on_all(lambda w: w.add_mesh("t", VERTICES[0]), only_with=("torch",))
    assert isinstance(theirs["torch"], ValueError)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_float_colors_up_to_1_are_scaled(tmp_path, kind):
    """Difference D22: TensorBoard shows those of the reference writers black."""
    parts = mesh_of(tmp_path, VERTICES, (COLORS / 255).astype(kind))
    assert parts["COLOR"][0].tolist() == COLORS.tolist()
    parts = mesh_of(tmp_path / "b", VERTICES, torch.from_numpy(COLORS / 255).bfloat16())
    assert parts["COLOR"][0].tolist() == COLORS.tolist()


def test_other_colors_are_clipped_to_bytes(tmp_path):
    """Difference D22: the reference writers keep them, and TensorBoard takes them modulo 256."""
    colors = np.array([[[1.5, 300, -1], [0, 0.5, np.nan], [np.inf, 7, 8], [1, 1, 1]]])
    parts = mesh_of(tmp_path / "a", VERTICES, colors)
    assert parts["COLOR"][0][0, :3].tolist() == [[1.5, 255, 0], [0, 0.5, 0], [255, 7, 8]]  # fmt: skip
    parts = mesh_of(tmp_path / "b", VERTICES, np.array([[[-1, 256, 1]] * 4]))
    assert parts["COLOR"][0][0, 0].tolist() == [0, 255, 1]


@pytest.mark.parametrize(
    "made",
    [
        np.ndarray.tolist,
        np.asfortranarray,
        jnp.asarray,
        lambda array: array.astype(">f8"),
        lambda array: torch.tensor(array).float().requires_grad_(),
        lambda array: torch.from_numpy(array).float().bfloat16(),
        lambda array: [torch.from_numpy(item) for item in array],
    ],
)
def test_inputs_of_every_kind(tmp_path, made):
    parts = mesh_of(tmp_path, made(VERTICES), made(COLORS), made(FACES))
    assert {name: array.tolist() for name, (array, _) in parts.items()} == {
        name: array.tolist() for name, array in PARTS.items()
    }


def test_the_configuration_is_sorted_json(tmp_path):
    config = {"lights": [{"cls": "AmbientLight"}], "camera": {"cls": "é", "fov": 75.5}}
    (_, plugin) = mesh_of(tmp_path, VERTICES, config_dict=config)["VERTEX"]
    assert plugin.json_config == json.dumps(config, sort_keys=True)


def test_wrong_configurations_write_nothing(tmp_path):
    """Difference P71: the reference writers write NaN, which is not JSON and stops the page."""
    loop = {}
    loop["loop"] = loop
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        before = tree(tmp_path)
        for config, kind in (
            ({"a": {1, 2}}, TypeError),
            ({"a": float("nan")}, ValueError),
            ({"a": VERTICES}, TypeError),
            ({(1, 2): 3}, TypeError),
            ({1: 2, "a": 3}, TypeError),
            ([1], TypeError),
            (loop, ValueError),
        ):
            with pytest.raises(kind, match="config_dict"):
                writer.add_mesh("t", VERTICES, config_dict=config)
        writer.flush()
        assert tree(tmp_path) == before
    assert values(tmp_path / "run") == []


def test_wrong_faces_are_named(tmp_path):
    """Difference P72: the reference writers write them, and the page draws nothing or something else."""
    faces = np.tile(FACES, (2, 1, 1))
    vertices = np.tile(VERTICES, (2, 1, 1))
    faces[1, 2, 1] = 4
    with (
        tensorbolt.SummaryWriter(tmp_path) as writer,
        pytest.raises(
            ValueError, match=r"faces\[1, 2, 1\] must be .* below 4, .* not 4"
        ),
    ):
        writer.add_mesh("t", vertices, faces=faces)
    assert values(tmp_path) == []


def test_empty_clouds_are_kept(tmp_path):
    parts = mesh_of(tmp_path, np.zeros((2, 0, 3)), np.zeros((2, 0, 3), "u1"))
    assert parts["VERTEX"][0].shape == (2, 0, 3)


def test_more_vertices_than_the_page_takes_are_told_of_once(tmp_path):
    """Difference P73: the reference writers say nothing."""
    many = np.zeros((65537, 3), "f4")
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match="65537 vertices"):
            writer.add_mesh("t", many, faces=FACES[0])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_mesh("t", many, faces=FACES[0])
            writer.add_mesh("u", many)
            writer.add_mesh("v", many[1:], faces=FACES[0])


def test_the_caller_may_change_its_arrays_at_once(tmp_path):
    vertices = np.ones((1, 10_000, 3), "f4")
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        for step in range(5):
            vertices[:] = step
            writer.add_mesh("t", vertices, global_step=step)
        vertices[:] = -1
    found = [(step, np.unique(make_ndarray(value.tensor)).tolist()) for _, step, value in values(tmp_path)]  # fmt: skip
    assert found == [(step, [step]) for step in range(5)]
