"""The files that the projector reads."""

import json
from pathlib import Path
from typing import Any

from tensorbolt._core import PROJECTOR_CONFIG
from tensorbolt.compat._projector import (
    entry,
    make_mat,
    make_sprite,
    make_tsv,
)

__all__ = [
    "TB_MAX_SPRITE_SIZE",
    "append_pbtxt",
    "make_mat",
    "make_sprite",
    "make_tsv",
]

TB_MAX_SPRITE_SIZE = 8192
"""Pixels of a side that the projector shows."""


def append_pbtxt(
    metadata: Any,
    label_img: Any,
    save_path: Any,
    subdir: str,
    global_step: Any,
    tag: str,
) -> None:
    """Append an embedding to the projector's configuration in the directory `save_path`."""
    fields = entry(metadata, label_img, subdir, global_step, tag)
    sprite = fields.pop("sprite", None)
    lines = [f"{name}: {_quoted(text)}" for name, text in fields.items()]
    if sprite is not None:
        sides = [f"single_image_dim: {side}" for side in sprite["single_image_dim"]]
        lines += ["sprite {", f"image_path: {_quoted(sprite['image_path'])}", *sides]
        lines.append("}")
    text = "\n".join(["embeddings {", *lines, "}", ""])
    with Path(save_path, PROJECTOR_CONFIG).open("a", encoding="utf-8") as file:
        file.write(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
