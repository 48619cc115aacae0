"""The table of wrong calls: what its other files fill, and `test_wrong_input.py` tries."""

import datetime

import numpy as np
import torch
from tests.python.support.helpers import label

SURROGATE = "bad\ud800tag"
IMAGE = np.zeros((3, 4, 5), np.uint8)
VIDEO = np.zeros((1, 2, 3, 4, 5), np.uint8)
BOXES = [[1.0, 1, 3, 3]]
NOON = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.timezone.utc)
META = torch.empty(2, device="meta")
ROWS = []


def wrong(method, *arguments, is_a, says, **keywords):
    """Add a row: the call, the exception type, and the words its message must have."""
    ROWS.append(
        (method, arguments, keywords, is_a, [says] if isinstance(says, str) else says)
    )


def name_of(row):
    """The call of a row, for the name of its test."""
    method, arguments, keywords, *_ = row
    return f"{method}-{label(arguments)[:60]}-{label(keywords)[:60]}"


GOOD = {
    "add_scalar": ("t", 1.0),
    "add_scalars": ("t", {"k": 1.0}),
    "add_histogram": ("t", [1.0]),
    "add_histogram_raw": ("t", 0, 1, 1, 1, 1, [1.0], [1.0]),
    "add_image": ("t", IMAGE),
    "add_images": ("t", IMAGE[None]),
    "add_image_with_boxes": ("t", IMAGE, BOXES),
    "add_video": ("t", VIDEO),
    "add_audio": ("t", [0.5]),
    "add_text": ("t", "x"),
    "add_pr_curve": ("t", [1], [0.5]),
    "add_pr_curve_raw": ("t", *[[1.0]] * 6),
    "add_mesh": ("t", np.zeros((1, 2, 3))),
    "add_tensor": ("t", [1.0]),
    "add_scalar_series": ("t", [1.0], [1]),
}
TAG_OF = {"add_scalars": "main_tag"}
