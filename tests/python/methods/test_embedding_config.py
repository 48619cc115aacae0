"""Whatever protobuf prints of a config, an embedding is entered into it and all else stays."""

import tempfile
from pathlib import Path

from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.plugins.projector.projector_config_pb2 import (
    EmbeddingInfo,
    ProjectorConfig,
    SpriteMetadata,
)
from tests.python.support.embeddings import config

import tensorbolt

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
OURS = "default:00000"
SPRITES = st.builds(
    SpriteMetadata,
    image_path=TEXTS,
    single_image_dim=st.lists(st.integers(0, 2**32 - 1), max_size=2),
)
EMBEDDINGS = st.builds(
    EmbeddingInfo,
    tensor_name=TEXTS | st.just(OURS),
    metadata_path=st.none() | TEXTS,
    bookmarks_path=st.none() | TEXTS,
    tensor_shape=st.lists(st.integers(0, 2**32 - 1), max_size=2),
    sprite=st.none() | SPRITES,
    tensor_path=st.none() | TEXTS,
)
CONFIGS = st.builds(
    ProjectorConfig,
    model_checkpoint_path=st.none() | TEXTS,
    embeddings=st.lists(EMBEDDINGS, max_size=4),
    model_checkpoint_dir=st.none() | TEXTS,
)
STYLES = st.fixed_dictionaries(
    {
        "as_utf8": st.booleans(),
        "as_one_line": st.booleans(),
        "pointy_brackets": st.booleans(),
        "use_short_repeated_primitives": st.booleans(),
    }
)


@given(CONFIGS, STYLES, st.sampled_from(["", "# note\n", "\n\n"]))
def test_any_config_of_protobuf(before, style, begin):
    text = begin + text_format.MessageToString(before, **style)
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "projector_config.pbtxt").write_text(text, "utf-8", newline="")
        with tensorbolt.SummaryWriter(directory) as writer:
            writer.add_embedding([[1.0]])
        after = config(directory)
        assert Path(directory, "projector_config.pbtxt").read_text("utf-8")[: len(begin)] == begin  # fmt: skip
    ours = EmbeddingInfo(tensor_name=OURS, tensor_path="00000/default/tensors.tsv")
    expected = ProjectorConfig()
    expected.CopyFrom(before)
    del expected.embeddings[:]
    placed = False
    for entry in before.embeddings:
        if entry.tensor_name != OURS:
            expected.embeddings.append(entry)
        elif not placed:
            placed = True
            ours.bookmarks_path = entry.bookmarks_path
            expected.embeddings.append(ours)
    if not placed:
        expected.embeddings.append(ours)
    assert after == expected
