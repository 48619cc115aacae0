"""Reading an embedding's files back, and what all three writers write for one call."""

import logging
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tests.python.support.helpers import WRITERS


class Files(NamedTuple):
    """What a writer left in one directory."""

    entry: str
    points: np.ndarray
    labels: str | None
    sprite: np.ndarray | None


def config(logdir):
    """The config of a run, read with protobuf."""
    text = (Path(logdir) / "projector_config.pbtxt").read_text("utf-8")
    return text_format.Parse(text, ProjectorConfig())


def names(logdir):
    return [entry.tensor_name for entry in config(logdir).embeddings]


def points(path):
    """A TSV file as numbers, with the words for booleans that the reference writers write."""
    text = path.read_text().replace("True", "1").replace("False", "0")
    return np.array([line.split("\t") for line in text.splitlines()], np.float64)


def files(logdir):
    """All embeddings of a run, by name."""
    found = {}
    for entry in config(logdir).embeddings:
        labels, sprite = None, None
        if entry.metadata_path:
            labels = (Path(logdir) / entry.metadata_path).read_text("utf-8")
        if entry.sprite.image_path:
            sprite = np.asarray(Image.open(Path(logdir) / entry.sprite.image_path))
        found[entry.tensor_name] = Files(
            str(entry), points(Path(logdir) / entry.tensor_path), labels, sprite
        )
    return found


def same_files(call, only_with=("ours", "torch", "tbx")):
    """Assert that the writers leave the same entries, numbers, labels and pixels; return ours."""
    results = {}
    logging.getLogger("tensorboardX").setLevel(logging.ERROR)
    for name in only_with:
        with tempfile.TemporaryDirectory() as root:
            writer = WRITERS[name](root)
            call(writer)
            writer.close()
            results[name] = files(root)
    ours = results.pop("ours")
    for name, theirs in results.items():
        assert list(ours) == list(theirs), name
        for one, two in zip(ours.values(), theirs.values(), strict=True):
            assert (one.entry, one.labels) == (two.entry, two.labels), name
            np.testing.assert_array_equal(one.points, two.points, err_msg=name)
            np.testing.assert_array_equal(one.sprite, two.sprite, err_msg=name)
    return ours
