"""The files that the projector reads."""

from pathlib import Path
from typing import Any

from tensorbolt._core import PROJECTOR_CONFIG
from tensorbolt.compat import _messages
from tensorbolt.compat._pixels import make_grid
from tensorbolt.compat._projector import (
    entry,
    make_mat,
    make_sprite,
    make_tsv,
)
from tensorbolt.compat.torch._convert_np import make_np

__all__ = [
    "get_embedding_info",
    "make_grid",
    "make_mat",
    "make_np",
    "make_sprite",
    "make_tsv",
    "write_pbtxt",
]


def get_embedding_info(
    metadata: Any, label_img: Any, subdir: str, global_step: Any, tag: str
) -> Any:
    """Return the `EmbeddingInfo` of files in `subdir`. Needs the package `tensorboard`."""
    kind = _messages.kind(_messages.TORCH, "EmbeddingInfo")
    return kind(**entry(metadata, label_img, subdir, global_step, tag))


def write_pbtxt(save_path: Any, contents: str) -> None:
    """Write the projector's configuration into the directory `save_path`."""
    Path(save_path, PROJECTOR_CONFIG).write_bytes(contents.encode())


__getattr__ = _messages.types(_messages.TORCH, __name__, "EmbeddingInfo")
