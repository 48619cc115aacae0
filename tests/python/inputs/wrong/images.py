"""Wrong images, boxes, figures."""

import math

import numpy as np
from tests.python.inputs.wrong.table import BOXES, GOOD, IMAGE, META, SURROGATE, wrong

# Images.
for name, layout in (("add_image", "CHW"), ("add_images", "NCHW")):
    for value, kind, words in (
        (None, TypeError, "img_tensor"),
        ("abc", TypeError, "img_tensor"),
        ({}, TypeError, "img_tensor"),
        (object(), TypeError, "img_tensor"),
        (np.zeros(3), ValueError, layout),
        (np.zeros(()), ValueError, layout),
        (1.0, ValueError, layout),
        (np.zeros((1, 1, 1, 1, 1)), ValueError, layout),
        ([], ValueError, layout),
        ([[1], [2, 3]], ValueError, "img_tensor"),
        ([IMAGE, IMAGE[:, 1:]], ValueError, "img_tensor"),
        (np.full((3, 4, 5), "a"), TypeError, "img_tensor"),
        (META, ValueError, "meta"),
        (
            np.zeros((3, 0, 5) if layout == "CHW" else (2, 3, 0, 5)),
            ValueError,
            "at least",
        ),
        (
            np.zeros((5, 4, 5) if layout == "CHW" else (2, 5, 4, 5)),
            ValueError,
            "channels",
        ),
    ):
        wrong(name, "t", value, is_a=kind, says=[words])
    for formats, kind in (
        (None, TypeError),
        (3, TypeError),
        ("", ValueError),
        ("HW", ValueError),
        ("CHX", ValueError),
        ("CCW", ValueError),
        ("NCHWT", ValueError),
        ("日本語", ValueError),
        (SURROGATE, ValueError),
    ):
        wrong(name, *GOOD[name], dataformats=formats, is_a=kind, says="dataformats")
for boxes, kind in (
    (None, TypeError),
    ("abc", TypeError),
    ([1.0, 2, 3, 4], ValueError),
    ([[1.0, 2, 3]], ValueError),
    ([[[1.0, 2, 3, 4]]], ValueError),
    ([[1.0, 2, 3, math.nan]], ValueError),
    ([[1.0, 2, 3, math.inf]], ValueError),
    ([["a"] * 4], TypeError),
):
    wrong("add_image_with_boxes", "t", IMAGE, boxes, is_a=kind, says="box")
for rescale, kind in ((0, ValueError), (-1, ValueError), (math.nan, ValueError), (math.inf, ValueError),
                      (1e9, ValueError), (None, TypeError), ([1, 2], ValueError), (1e-9, ValueError)):  # fmt: skip
    wrong(
        "add_image_with_boxes",
        "t",
        IMAGE,
        BOXES,
        rescale=rescale,
        is_a=kind,
        says="rescale",
    )
wrong(
    "add_image_with_boxes",
    "t",
    IMAGE,
    BOXES,
    labels=[SURROGATE],
    is_a=ValueError,
    says="labels",
)
wrong(
    "add_image_with_boxes", "t", IMAGE, BOXES, labels=3, is_a=TypeError, says="labels"
)
wrong(
    "add_image_with_boxes",
    "t",
    IMAGE,
    BOXES,
    dataformats=3,
    is_a=TypeError,
    says="dataformats",
)
wrong(
    "add_image_with_boxes",
    "t",
    IMAGE,
    BOXES,
    no_such=3,
    is_a=TypeError,
    says="no_such",
)
wrong(
    "add_image_with_boxes",
    "t",
    IMAGE,
    BOXES,
    0,
    None,
    1,
    "CHW",
    None,
    3,
    is_a=TypeError,
    says="rescale",
)
wrong(
    "add_image_with_boxes",
    "t",
    IMAGE,
    BOXES,
    0,
    None,
    "CHW",
    dataformats="CHW",
    is_a=TypeError,
    says="dataformats",
)
for figure, kind in (
    (None, TypeError),
    (3, TypeError),
    ([], ValueError),
    ([None], TypeError),
    ("ab", TypeError),
):
    wrong("add_figure", "t", figure, is_a=kind, says="figure")
wrong("add_figure", None, None, is_a=TypeError, says="tag")
