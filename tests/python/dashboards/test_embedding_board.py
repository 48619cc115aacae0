"""TensorBoard's projector serves what add_embedding wrote."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client

import tensorbolt

MAT = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


@pytest.fixture
def ask(tmp_path):
    """Ask the plugin for what it reads below the test's directory."""

    def ask(path, **query):
        runs = EventMultiplexer().AddRunsFromDirectory(str(tmp_path))
        runs.Reload()
        provider = MultiplexerDataProvider(runs, str(tmp_path))
        plugin = ProjectorPlugin(
            TBContext(logdir=str(tmp_path), data_provider=provider)
        )
        answer = Client(plugin.get_plugin_apps()[path]).get(query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data()

    return ask


@pytest.fixture
def writer(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("s", 1)
        yield writer


def entries(ask):
    return json.loads(ask("/info", run="run"))["embeddings"]


def tensor(ask, name):
    return np.frombuffer(ask("/tensor", run="run", name=name), np.float32)


@pytest.mark.parametrize("binary", [False, True])
def test_points(ask, writer, binary):
    writer.add_embedding(MAT, global_step=7, tag="a/b", binary=binary)
    writer.flush()
    assert json.loads(ask("/runs")) == ["run"]
    (entry,) = entries(ask)
    assert (entry["tensorName"], entry["tensorShape"]) == ("a/b:00007", [5, 3])
    np.testing.assert_array_equal(tensor(ask, "a/b:00007"), MAT.ravel())


@pytest.mark.parametrize(
    "mat",
    [
        np.array([[True, False], [False, True]]),
        np.array([[np.nan, np.inf], [-np.inf, -0.0]]),
        np.array([[2**63, 1]], np.uint64),
        np.zeros((4, 4)),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("binary", [False, True])
def test_numbers_of_every_kind(ask, writer, mat, binary):
    """Difference D23: words such as True take the reference writers' dashboard down."""
    writer.add_embedding(mat, binary=binary)
    writer.flush()
    expected = mat.astype(np.float32).ravel()
    np.testing.assert_array_equal(tensor(ask, "default:00000"), expected)


@pytest.mark.parametrize("tag", ["..", "../../x", '"\\"', "}", "a\nb", "😀", "", "x:0"])
def test_every_tag_is_served(ask, writer, tag):
    writer.add_embedding(MAT, list("abcde"), tag=tag)
    writer.flush()
    (entry,) = entries(ask)
    assert entry["tensorName"] == f"{tag}:00000"
    name = entry["tensorName"]
    np.testing.assert_array_equal(tensor(ask, name), MAT.ravel())
    assert ask("/metadata", run="run", name=name) == b"a\nb\nc\nd\ne\n"


def test_labels(ask, writer):
    rows = [("x\ty", 1), ("x\ny", 2), ("", ""), ("é", 4), ("\r", 5)]
    writer.add_embedding(MAT, rows, tag="rows", metadata_header=["text", "number"])
    writer.add_embedding(MAT, [[row[1]] for row in rows], tag="one", metadata_header=["n"])  # fmt: skip
    writer.flush()
    lines = ask("/metadata", run="run", name="rows:00000", num_rows=5).decode()
    assert [line.split("\t") for line in lines.splitlines()] == [
        ["text", "number"],
        ["x y", "1"],
        ["x y", "2"],
        ["(empty)", ""],
        ["é", "4"],
        [" ", "5"],
    ]
    assert len(ask("/metadata", run="run", name="one:00000").splitlines()) == 5


def test_images(ask, writer):
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 2, 4), np.uint8)
    writer.add_embedding(MAT, label_img=images)
    writer.flush()
    (entry,) = entries(ask)
    assert entry["sprite"]["singleImageDim"] == [4, 2]
    file = ask("/sprite_image", run="run", name="default:00000")
    sheet = np.asarray(Image.open(io.BytesIO(file)))
    # The page looks for point i in column i mod n and row i div n of n × n tiles.
    for number, image in enumerate(images):
        row, column = divmod(number, 3)
        tile = sheet[2 * row : 2 * row + 2, 4 * column : 4 * column + 4]
        np.testing.assert_array_equal(tile.transpose(2, 0, 1), image)
