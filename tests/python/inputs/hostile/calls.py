"""A good call of every public method, and what kind of value each argument takes."""

import numpy as np
from matplotlib.figure import Figure

IMAGE = np.zeros((3, 4, 5), np.uint8)
COLUMN = np.ones(3)

# Method, then argument: kind, good value. Kinds are those of values.py.
CALLS = {
    "add_scalar": {
        "tag": ("tag", "t"),
        "scalar_value": ("number", 1.0),
        "display_name": ("text", ""),
        "summary_description": ("text", ""),
        "new_style": ("flag", False),
    },
    "add_scalars": {
        "main_tag": ("directory", "t"),
        "tag_scalar_dict": ("mapping", {"k": 1.0}),
    },
    "log": {
        "prefix": ("tag", ""),
        "values": ("mapping", {"k": 1.0}),
    },
    "add_scalar_series": {
        "tag": ("tag", "t"),
        "values": ("array", COLUMN),
        "steps": ("array", COLUMN),
        "walltimes": ("array", COLUMN),
    },
    "add_histogram": {
        "tag": ("tag", "t"),
        "values": ("array", COLUMN),
        "bins": ("array", COLUMN.cumsum()),
        "max_bins": ("count", 3),
    },
    "add_histograms": {
        "prefix": ("tag", ""),
        "arrays": ("mapping", {"k": COLUMN}),
    },
    "add_histogram_raw": {
        "tag": ("tag", "t"),
        "min": ("number", 0.0),
        "max": ("number", 1.0),
        "num": ("number", 1.0),
        "sum": ("number", 1.0),
        "sum_squares": ("number", 1.0),
        "bucket_limits": ("array", COLUMN.cumsum()),
        "bucket_counts": ("array", COLUMN),
    },
    "add_image": {
        "tag": ("tag", "t"),
        "img_tensor": ("array", IMAGE),
        "dataformats": ("text", "CHW"),
    },
    "add_images": {
        "tag": ("tag", "t"),
        "img_tensor": ("array", IMAGE[None]),
        "dataformats": ("text", "NCHW"),
    },
    "add_image_with_boxes": {
        "tag": ("tag", "t"),
        "img_tensor": ("array", IMAGE),
        "box_tensor": ("array", [[0.0, 0, 2, 2]]),
        "labels": ("texts", ["a"]),
        "rescale": ("number", 1.0),
    },
    "add_figure": {
        "tag": ("tag", "t"),
        "figure": ("object", Figure((1, 1), dpi=20)),
        "close": ("flag", False),
    },
    "add_video": {
        "tag": ("tag", "t"),
        "vid_tensor": ("array", IMAGE[None, None]),
        "fps": ("number", 4),
    },
    "add_audio": {
        "tag": ("tag", "t"),
        "snd_tensor": ("array", COLUMN),
        "sample_rate": ("count", 44100),
    },
    "add_text": {
        "tag": ("tag", "t"),
        "text_string": ("text", "x"),
    },
    "add_pr_curve": {
        "tag": ("tag", "t"),
        "labels": ("array", COLUMN),
        "predictions": ("array", COLUMN),
        "weights": ("array", COLUMN),
        "num_thresholds": ("count", 5),
    },
    "add_pr_curve_raw": {
        "tag": ("tag", "t"),
        "true_positive_counts": ("array", COLUMN),
        "false_positive_counts": ("array", COLUMN),
        "true_negative_counts": ("array", COLUMN),
        "false_negative_counts": ("array", COLUMN),
        "precision": ("array", COLUMN),
        "recall": ("array", COLUMN),
    },
    "add_mesh": {
        "tag": ("tag", "t"),
        "vertices": ("array", np.zeros((1, 3, 3))),
        "colors": ("array", np.zeros((1, 3, 3), np.uint8)),
        "faces": ("array", np.array([[[0, 1, 2]]])),
        "config_dict": ("mapping", {"k": 1}),
    },
    "add_tensor": {
        "tag": ("tag", "t"),
        "tensor": ("array", COLUMN),
    },
    "add_embedding": {
        "tag": ("directory", "t"),
        "mat": ("array", np.eye(3)),
        "metadata": ("texts", ["a", "b", "c"]),
        "label_img": ("array", np.zeros((3, 1, 2, 2))),
        "binary": ("flag", False),
    },
    "add_hparams": {
        "hparam_dict": ("mapping", {"k": 1.0}),
        "metric_dict": ("mapping", {"k": 1.0}),
        "run_name": ("directory", "r"),
    },
    "add_custom_scalars": {
        "layout": ("mapping", {"c": {"t": ["Multiline", ["k"]]}}),
    },
    "add_custom_scalars_multilinechart": {
        "tags": ("texts", ["a"]),
        "category": ("tag", "c"),
        "title": ("tag", "t"),
    },
    "add_graph": {
        "model": ("object", None),
    },
}  # fmt: skip

NO_STEP = {"add_custom_scalars", "add_custom_scalars_multilinechart", "add_graph", "add_scalar_series"}  # fmt: skip
NO_TIME = NO_STEP | {"add_hparams", "add_embedding", "add_scalar_series"}


def good(method: str) -> dict[str, object]:
    """Return the arguments of a call that works."""
    return {name: value for name, (_, value) in CALLS[method].items()}
