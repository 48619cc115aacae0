"""A caller may change or free its array as soon as the call returns, however busy the lanes are."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from tests.python.support.helpers import events, message

import tensorbolt

BUSY = np.random.default_rng(0).integers(0, 255, (3, 300, 300), np.uint8)


def image(*shape):
    return (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)


def floats(*shape):
    return np.linspace(0.0, 1.0, int(np.prod(shape)), dtype=np.float32).reshape(shape)


# Method, arrays by argument, other arguments.
CALLS = [
    ("add_scalar", {"scalar_value": floats(1)}, {}),
    ("add_histogram", {"values": floats(1000)}, {}),
    ("add_image", {"img_tensor": image(3, 40, 40)}, {}),
    ("add_image", {"img_tensor": floats(40, 40)}, {"dataformats": "HW"}),
    ("add_images", {"img_tensor": floats(4, 3, 20, 20)}, {}),
    (
        "add_image_with_boxes",
        {"img_tensor": image(3, 40, 40), "box_tensor": floats(2, 4) * 30},
        {},
    ),
    ("add_video", {"vid_tensor": image(1, 3, 3, 20, 20)}, {}),
    ("add_audio", {"snd_tensor": floats(2, 1000)}, {}),
    ("add_pr_curve", {"labels": image(50) % 2, "predictions": floats(50)}, {}),
    ("add_mesh", {"vertices": floats(1, 50, 3), "colors": image(1, 50, 3)}, {}),
    ("add_tensor", {"tensor": floats(30, 30)}, {}),
    (
        "add_scalar_series",
        {"values": floats(50), "steps": np.arange(50), "walltimes": np.ones(50)},
        {},
    ),
]


def log(logdir, call, after, kind=np.array):
    """Log a call behind busy lanes; `after` gets the arrays as soon as the call has returned."""
    method, arrays, others = call
    arrays = {name: kind(value) for name, value in arrays.items()}
    with tensorbolt.SummaryWriter(logdir) as writer:
        for number in range(4):
            writer.add_image(f"busy{number}", BUSY)
        if method != "add_scalar_series":
            others = {**others, "walltime": 1.0}
        getattr(writer, method)("mine", **arrays, **others)
        for name in list(arrays):
            after(arrays.pop(name))
    return [
        message(event)
        for event in events(logdir)
        if not event.summary.value[0].tag.startswith("busy")
    ]


def overwrite(array):
    array[...] = 7


def free(array):
    """Give the memory back, and have other code write into it."""
    shape, kind = array.shape, array.dtype
    del array
    for _ in range(3):
        np.full(shape, 7, kind if isinstance(kind, np.dtype) else np.float32)


def as_tensor(array):
    return torch.tensor(array)


def freed_tensor(tensor):
    """As `free`; the storage cannot be resized instead, since torch forbids that once numpy has seen it."""
    shape, kind = tensor.shape, tensor.dtype
    del tensor
    for _ in range(3):
        torch.full(shape, 7, dtype=kind)


def strided(array):
    """The same numbers, not contiguous."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_the_numbers_are_those_of_the_call(tmp_path, call):
    expected = log(tmp_path / "expected", call, lambda array: None)
    assert expected
    for number, (kind, after) in enumerate(
        [
            (np.array, overwrite),
            (np.array, free),
            (strided, overwrite),
            (as_tensor, overwrite),
            (as_tensor, freed_tensor),
        ]
    ):
        assert log(tmp_path / str(number), call, after, kind) == expected, number


def test_mappings_of_arrays(tmp_path):
    arrays = {"a": floats(100), "b": image(100)}
    with tensorbolt.SummaryWriter(tmp_path / "expected") as writer:
        writer.add_histograms(arrays, 1, 1.0)
    with tensorbolt.SummaryWriter(tmp_path / "changed") as writer:
        writer.add_histograms(arrays, 1, 1.0)
        for array in arrays.values():
            overwrite(array)
        arrays.clear()
    found = [
        [message(event) for event in events(tmp_path / name)]
        for name in ("expected", "changed")
    ]
    assert found[0] == found[1]


def test_embeddings(tmp_path):
    """They are written on a thread of their own."""
    for name, change in (("expected", False), ("changed", True)):
        points, sprites = floats(50, 300), floats(50, 1, 8, 8)
        labels = [str(number) for number in range(50)]
        with tensorbolt.SummaryWriter(tmp_path / name) as writer:
            writer.add_embedding(points, labels, sprites)
            if change:
                overwrite(points)
                overwrite(sprites)
                labels.clear()
    expected, changed = (
        {
            path.name: path.read_bytes()
            for path in (tmp_path / name / "00000").rglob("*")
            if path.is_file()
        }
        for name in ("expected", "changed")
    )
    assert len(expected) == 3
    assert expected == changed


def test_a_figure_that_is_drawn_into_again(tmp_path):
    found = []
    for name, change in (("expected", False), ("changed", True)):
        figure = Figure((1, 1), dpi=50)
        figure.subplots().plot([0, 1])
        with tensorbolt.SummaryWriter(tmp_path / name) as writer:
            for number in range(4):
                writer.add_image(f"busy{number}", BUSY)
            writer.add_figure("mine", figure, walltime=1.0)
            if change:
                figure.clear()
        found.append(
            [
                message(event)
                for event in events(tmp_path / name)
                if event.summary.value[0].tag == "mine"
            ]
        )
    assert found[0] == found[1]
