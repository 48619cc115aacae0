"""add_kernels: every weight has its colour."""

import numpy as np
import pytest
import torch
from tests.python.insight.helpers import cells, colours, grid_of
from torch import nn

from tensorbolt import insight


def test_pairs_of_channels_on_one_scale(writer):
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 5, (2, 3))
    assert insight.add_kernels(writer, layer, step=7) == ["kernels/00_Conv2d"]
    ((tag, step, _),) = writer.written()
    assert (tag, step) == ("kernels/00_Conv2d", 7)
    found = cells(grid_of(writer, tag), 5, 4, 2, 3)
    weight = layer.weight.detach().numpy()
    limit = np.abs(weight).max()
    np.testing.assert_array_equal(found, colours(weight, -limit, limit, "RdBu_r"))
    text = writer.texts(tag)
    assert "Conv2d · kernels of 4 × 2 × 3" in text
    assert f"one scale for the layer, ±{limit:.3g}" in text


def test_each_on_its_own_scale(writer):
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3)
    insight.add_kernels(writer, layer, scale="kernel", cmap="PuOr", tag="k")
    found = cells(grid_of(writer, "k/00_Conv2d"), 3, 2, 3, 3)
    for kernels, row in zip(layer.weight.detach().numpy(), found, strict=True):
        for kernel, cell in zip(kernels, row, strict=True):
            limit = np.abs(kernel).max()
            np.testing.assert_array_equal(cell, colours(kernel, -limit, limit, "PuOr"))
    assert "each kernel on its own scale" in writer.texts("k/00_Conv2d")


def test_three_channels_are_colours(writer):
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 5)
    insight.add_kernels(writer, layer)
    found = cells(grid_of(writer, "kernels/00_Conv2d"), 2, 2, 5, 5)
    weight = layer.weight.detach().numpy().astype(np.float64)
    limit = np.abs(weight).max()
    expected = np.rint((weight + limit) / (2 * limit) * 255).astype(int)
    expected = expected.transpose(0, 2, 3, 1).reshape(2, 2, 5, 5, 3)
    # A number in the middle of two bytes may go either way.
    assert np.abs(found - expected).max() <= 1
    assert (found == expected).mean() > 0.99


def test_three_channels_without_colours(writer):
    layer = nn.Conv2d(3, 4, 5)
    insight.add_kernels(writer, layer, rgb=False)
    cells(grid_of(writer, "kernels/00_Conv2d"), 4, 3, 5, 5)


@pytest.mark.parametrize(
    ("layer", "shape", "maps"),
    [
        (lambda: nn.Conv1d(2, 3, 5), (3, 2, 1, 5), lambda w: w[:, :, None]),
        # Depthwise kernels make a square.
        (lambda: nn.Conv2d(9, 9, 3, groups=9), (3, 3, 3, 3), lambda w: w.reshape(3, 3, 3, 3)),
        (
            lambda: nn.Conv3d(2, 3, (2, 3, 4)),
            (3, 2, 3, 8),
            lambda w: np.concatenate([w[:, :, 0], w[:, :, 1]], axis=-1),
        ),
        (lambda: nn.ConvTranspose2d(4, 2, 3), (2, 4, 3, 3), lambda w: w.transpose(1, 0, 2, 3)),
        (
            lambda: nn.ConvTranspose2d(4, 6, 2, groups=2),
            (6, 2, 2, 2),
            lambda w: np.concatenate([w[:2].transpose(1, 0, 2, 3), w[2:].transpose(1, 0, 2, 3)]),
        ),
    ],
    ids=["1d", "depthwise", "3d", "transposed", "transposed in groups"],
)  # fmt: skip
def test_kinds_of_convolutions(writer, layer, shape, maps):
    torch.manual_seed(0)
    module = layer()
    (tag,) = insight.add_kernels(writer, module)
    weight = module.weight.detach().numpy()
    limit = np.abs(weight).max()
    found = cells(grid_of(writer, tag), *shape)
    np.testing.assert_array_equal(found, colours(maps(weight), -limit, limit, "RdBu_r"))


def test_the_first_of_many(writer):
    torch.manual_seed(0)
    layer = nn.Conv2d(8, 100, 3)
    (tag,) = insight.add_kernels(writer, layer, max_kernels=10, max_channels=5)
    weight = layer.weight.detach().numpy()[:10, :5]
    limit = np.abs(weight).max()
    found = cells(grid_of(writer, tag), 10, 5, 3, 3)
    np.testing.assert_array_equal(found, colours(weight, -limit, limit, "RdBu_r"))
    text = writer.texts(tag)
    assert (
        "the first 10 of 100 output channels, the first 5 of 8 input channels" in text
    )


def test_what_is_not_finite_is_red_and_counted(writer):
    layer = nn.Conv2d(1, 1, 2)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([[float("nan"), 1.0], [float("-inf"), -2.0]])
    (tag,) = insight.add_kernels(writer, layer)
    ((found,),) = cells(grid_of(writer, tag), 1, 1, 2, 2)
    np.testing.assert_array_equal(found[:, 0], [[215, 25, 28]] * 2)
    np.testing.assert_array_equal(found[:, 1], colours([1.0, -2.0], -2, 2, "RdBu_r"))
    assert "2 numbers are not finite (red)" in writer.texts(tag)


def test_weights_that_are_all_zero_are_in_the_middle(writer):
    layer = nn.Conv2d(1, 1, 2)
    nn.init.zeros_(layer.weight)
    (tag,) = insight.add_kernels(writer, layer)
    found = cells(grid_of(writer, tag), 1, 1, 2, 2)
    np.testing.assert_array_equal(
        found, colours(np.zeros((1, 1, 2, 2)), -1, 1, "RdBu_r")
    )


def model():
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()),
        nn.ConvTranspose2d(2, 2, 3),
        nn.Linear(2, 2),
    )


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (None, ["00_0.0", "01_1"]),
        ("1", ["00_1"]),
        (["1", "0.0"], ["00_0.0", "01_1"]),
        ("0.*", None),
        (nn.Conv2d, ["00_0.0"]),
        (["*0", nn.ConvTranspose2d], None),
    ],
)
def test_choice_of_layers(writer, layers, expected):
    if expected is None:
        with pytest.raises(ValueError, match="has no convolution's kernels"):
            insight.add_kernels(writer, model(), layers=layers)
        return
    found = insight.add_kernels(writer, model(), layers=layers)
    assert found == [f"kernels/{name}" for name in expected]
    assert sorted(tag for tag, _, _ in writer.written()) == found


def test_a_module_itself(writer):
    net = model()
    assert insight.add_kernels(writer, net, layers=net[1]) == ["kernels/00_1"]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"layers": "2.weights"}, ValueError, "no layer '2.weights'; it has"),
        ({"layers": []}, ValueError, "layers is empty"),
        ({"layers": 3}, TypeError, "layers must be None, names"),
        ({"layers": [3]}, TypeError, "must hold names, patterns, classes or modules, not 3"),
        ({"layers": nn.LSTM}, ValueError, "no layer <class"),
        ({"layers": "2"}, ValueError, "'2' is a Linear and has no convolution's kernels"),
        ({"scale": "model"}, ValueError, "scale must be one of 'layer', 'kernel', not 'model'"),
        ({"max_kernels": 0}, ValueError, "max_kernels must be at least 1, not 0"),
        ({"max_channels": 1.5}, TypeError, "max_channels must be an integer, not 1.5"),
        ({"cmap": "rainbow road"}, ValueError, "cmap must be a colour map of matplotlib"),
        ({"tag": 3}, TypeError, "tag must be a str"),
        ({"step": "many"}, ValueError, "global_step must be"),
    ],
)  # fmt: skip
def test_errors(writer, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_kernels(writer, model(), **options)
    assert writer.written() == []


def test_no_model_and_no_writer(writer):
    with pytest.raises(TypeError, match=r"model must be a torch\.nn\.Module, not int"):
        insight.add_kernels(writer, 3)
    with pytest.raises(TypeError, match="writer must be a SummaryWriter, not str"):
        insight.add_kernels("runs", model())
    with pytest.raises(
        ValueError, match="model has no convolutions; choose layers by name"
    ):
        insight.add_kernels(writer, nn.Linear(2, 2))
    with pytest.raises(
        ValueError, match="parameters that do not exist yet, such as 'weight'"
    ):
        insight.add_kernels(writer, nn.LazyConv2d(2, 3))
    with pytest.raises(ValueError, match="has no data"):
        insight.add_kernels(writer, nn.Conv2d(1, 1, 3, device="meta"))
