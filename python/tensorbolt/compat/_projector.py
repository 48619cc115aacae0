"""The files that the projector reads: points, labels, images."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._core import EMBEDDING_FILES
from tensorbolt._errors import ShapeError
from tensorbolt.compat import _messages
from tensorbolt.compat._pixels import make_grid
from tensorbolt.compat._summaries import Summaries
from tensorbolt.writer import SummaryWriter, _embedding_labels, _wire

POINTS, LABELS, SPRITE = EMBEDDING_FILES

_Path = str | os.PathLike[str]


def make_tsv(metadata: Any, save_path: _Path, metadata_header: Any = None) -> None:
    """Write labels to `metadata.tsv` in the directory `save_path`; see `SummaryWriter.add_embedding`."""
    text, _ = _embedding_labels.table(metadata, metadata_header or None)
    Path(save_path, LABELS).write_bytes(text.encode())


def make_mat(matlist: Any, save_path: _Path) -> None:
    """Write N×D numbers to `tensors.tsv` in the directory `save_path`.

    Raises:
        TypeError: `matlist` is no array of numbers.
        ShapeError: It has not two axes; a `ValueError` and an `AssertionError`.
    """
    points = _arrays.plain(matlist, "matlist")
    if points.ndim != 2:  # noqa: PLR2004 - points and coordinates
        raise ShapeError(f"matlist must have the shape (N, D), not {points.shape}")
    lines = ("\t".join(map(str, row)) + "\n" for row in points.tolist())
    Path(save_path, POINTS).write_bytes("".join(lines).encode())


def make_sprite(label_img: Any, save_path: _Path) -> None:
    """Write N×C×H×W images, from 0 to 1 or bytes, as one square to `sprite.png` in the directory `save_path`.

    Raises:
        TypeError: `label_img` is no array of numbers.
        ShapeError: It has not four axes; a `ValueError` and an `AssertionError`.
    """
    images = _arrays.plain(label_img, "label_img")
    if images.ndim != 4:  # noqa: PLR2004 - N, C, H, W
        raise ShapeError(
            f"label_img must have the shape (N, C, H, W), not {images.shape}"
        )
    grid = make_grid(images, math.isqrt(max(len(images) - 1, 0)) + 1)
    channels, height, width = grid.shape
    square = np.zeros((max(width, height), width, channels), grid.dtype)
    square[:height] = grid.transpose(1, 2, 0)
    image = Summaries(SummaryWriter, _messages.TORCH).make_image(square)
    (png,) = _wire.fields(image.SerializeToString(), _wire.IMAGE_ENCODED)
    Path(save_path, SPRITE).write_bytes(png)


def entry(
    metadata: Any, label_img: Any, subdir: str, global_step: Any, tag: str
) -> dict[str, Any]:
    """Return the fields of an embedding in the projector's configuration.

    Args:
        metadata: Labels, or `None`; only that matters.
        label_img: N×C×H×W images, or `None`.
        subdir: Directory of the files, relative to the log.
        global_step: Step, at the end of the name.
        tag: Tag, at the start of the name.
    """
    fields: dict[str, Any] = {
        "tensor_name": f"{tag}:{str(global_step).zfill(5)}",
        "tensor_path": f"{subdir}/{POINTS}",
    }
    if metadata is not None:
        fields["metadata_path"] = f"{subdir}/{LABELS}"
    if label_img is not None:
        height, width = (int(side) for side in label_img.shape[2:4])
        fields["sprite"] = {
            "image_path": f"{subdir}/{SPRITE}",
            "single_image_dim": [width, height],
        }
    return fields
