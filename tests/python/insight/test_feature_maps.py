"""add_feature_maps: what is logged is what the layers put out."""

import math

import numpy as np
import pytest
import torch
import torchvision
from sklearn.datasets import load_digits, load_sample_images
from tests.python.insight.helpers import cells, colours, grid_of
from torch import nn

from tensorbolt import insight


def digits(count=4):
    return torch.tensor(load_digits().images[:count] / 16, dtype=torch.float32)[:, None]


def photos(side):
    stack = (
        torch.tensor(np.stack(load_sample_images().images)).permute(0, 3, 1, 2).float()
        / 255
    )
    return nn.functional.interpolate(stack, (side, side))


def shown(maps, rows, columns, low, high, cmap="viridis"):
    height, width = maps.shape[1:]
    return colours(maps.numpy().reshape(rows, columns, height, width), low, high, cmap)


def small():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 9, 3),
        nn.Sigmoid(),
    )


def test_against_layers_run_by_hand(writer):
    model = small()
    found = insight.add_feature_maps(
        writer, model, digits(), 3, layers=["0", "2", "4"], example=1
    )
    assert found == ["feature_maps/00_0", "feature_maps/01_2", "feature_maps/02_4"]
    assert [(tag, step) for tag, step, _ in sorted(writer.written())] == [
        (tag, 3) for tag in found
    ]
    model.eval()
    with torch.no_grad():
        first = model[0](digits())
        # Not in place: what the layer before put out must be seen as it was.
        second = model[1](first).relu()
        third = model[4](model[3](second))
    for tag, value, side in zip(found, (first, second, third), (2, 2, 3), strict=True):
        one = value[1]
        grid = cells(grid_of(writer, tag), side, side, *one.shape[1:])
        expected = shown(one, side, side, one.min(), one.max())
        np.testing.assert_array_equal(grid, expected)
    assert f"from {first[1].min():.3g} to {first[1].max():.3g}" in writer.texts(
        found[0]
    )


def test_each_map_on_its_own_scale(writer):
    model = small()
    (tag,) = insight.add_feature_maps(
        writer, model, digits(), layers="0", scale="map", cmap="cividis"
    )
    with torch.no_grad():
        maps = model[0](digits())[0]
    found = cells(grid_of(writer, tag), 2, 2, 6, 6).reshape(4, 6, 6, 3)
    for one, cell in zip(maps, found, strict=True):
        np.testing.assert_array_equal(
            cell, colours(one, one.min(), one.max(), "cividis")
        )
    assert "each map on its own scale" in writer.texts(tag)


def test_a_resnet_by_default_and_by_pattern(writer):
    torch.manual_seed(0)
    model = torchvision.models.resnet18(num_classes=4)
    found = insight.add_feature_maps(
        writer, model, photos(64), layers="layer1.*.relu", max_maps=4
    )
    # Each of the two runs twice; names sort by depth.
    names = [
        "00_layer1.0.relu",
        "01_layer1.0.relu_call2",
        "02_layer1.1.relu",
        "03_layer1.1.relu_call2",
    ]
    assert found == [f"feature_maps/{name}" for name in names] == sorted(found)
    assert "the first 4 of 64 channels" in writer.texts(found[0])
    # The last of a block is what the block puts out.
    model.eval()
    with torch.no_grad():
        start = model.maxpool(model.relu(model.bn1(model.conv1(photos(64)))))
        maps = model.layer1(start)[0, :4]
    grid = cells(grid_of(writer, found[-1]), 2, 2, *maps.shape[1:])
    np.testing.assert_array_equal(grid, shown(maps, 2, 2, maps.min(), maps.max()))


def test_default_layers_are_convolutions(writer):
    assert insight.add_feature_maps(writer, small(), digits()) == [
        "feature_maps/00_0",
        "feature_maps/01_3",
    ]


def test_tokens_of_a_vision_transformer_become_maps(writer):
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5)
    layers = ["conv_proj", "encoder.layers.encoder_layer_0"]
    found = insight.add_feature_maps(writer, model, photos(32), layers=layers)
    assert len(found) == 2
    model.eval()
    with torch.no_grad():
        image = model.conv_proj(photos(32))
        tokens = model.class_token.expand(2, -1, -1)
        tokens = torch.cat([tokens, image.flatten(2).transpose(1, 2)], 1)
        put_out = model.encoder.layers[0](tokens + model.encoder.pos_embedding)
    for tag, maps in zip(
        found, (image[0], put_out[0, 1:].T.reshape(16, 4, 4)), strict=True
    ):
        grid = cells(grid_of(writer, tag), 4, 4, 4, 4)
        np.testing.assert_array_equal(grid, shown(maps, 4, 4, maps.min(), maps.max()))


def test_channels_last_of_a_swin_transformer(writer):
    torch.manual_seed(0)
    model = torchvision.models.SwinTransformer(
        [4, 4], 9, [1, 1], [3, 3], [2, 2], num_classes=3
    )
    layers = ["features.0.0", "features.1.0", "permute"]
    found = insight.add_feature_maps(writer, model, photos(32), layers=layers)
    model.eval()
    with torch.no_grad():
        first = model.features[0][0](photos(32))
        second = model.features[1](model.features[0](photos(32))).permute(0, 3, 1, 2)
        third = model.permute(model.norm(model.features(photos(32))))
    for tag, value, (rows, columns) in zip(
        found, (first, second, third), [(3, 3), (3, 3), (5, 4)], strict=True
    ):
        maps = value[0]
        (image,) = writer.figures[tag].images
        assert f"all {len(maps)} channels" in writer.texts(tag)
        if rows * columns == len(maps):
            grid = cells(np.asarray(image.get_array()), rows, columns, *maps.shape[1:])
            np.testing.assert_array_equal(
                grid, shown(maps, rows, columns, maps.min(), maps.max())
            )


def test_transform_of_ones_own(writer):
    model = nn.Sequential(nn.Flatten(2), nn.Linear(64, 16))

    def transform(value):
        return value.unflatten(2, (4, 4))

    (tag,) = insight.add_feature_maps(
        writer, model, digits(), layers="1", reshape_transform=transform
    )
    with torch.no_grad():
        maps = transform(model(digits()))[0]
    np.testing.assert_array_equal(
        cells(grid_of(writer, tag), 1, 1, 4, 4),
        shown(maps, 1, 1, maps.min(), maps.max()),
    )


@pytest.mark.parametrize(
    ("layer", "size", "rows", "columns", "height", "width"),
    [
        (nn.Conv1d(3, 5, 3), (2, 3, 10), 1, 1, 5, 8),
        (nn.Conv3d(1, 4, 2), (2, 1, 4, 5, 6), 3, 1, 4, 15),
        (nn.Linear(6, 7), (2, 6), 1, 1, 1, 7),
    ],
)
def test_other_numbers_of_axes(writer, layer, size, rows, columns, height, width):
    if isinstance(layer, nn.Conv3d):
        layer = nn.Conv3d(1, 3, 2)
    given = torch.rand(size)
    (tag,) = insight.add_feature_maps(writer, layer, given, layers=type(layer))
    with torch.no_grad():
        value = layer(given)[0]
    if value.ndim == 4:
        value = value.permute(0, 2, 1, 3).flatten(2)
    value = value.reshape(rows, columns, height, width)
    grid = cells(grid_of(writer, tag), rows, columns, height, width)
    np.testing.assert_array_equal(
        grid, colours(value, value.min(), value.max(), "viridis")
    )


def test_large_maps_are_averaged_and_it_is_said(writer):
    torch.manual_seed(0)
    model, given = nn.Conv2d(1, 2, 1), torch.rand(1, 1, 1500, 31)
    (tag,) = insight.add_feature_maps(writer, model, given)
    assert "each pixel is the mean of 2×2" in writer.texts(tag)
    with torch.no_grad():
        maps = model(given)[0].double()
    unit = (maps - maps.min()) / (maps.max() - maps.min())
    # The last column is repeated to make pairs.
    unit = torch.cat([unit, unit[:, :, -1:]], 2)
    means = nn.functional.avg_pool2d(unit, 2)
    grid = cells(grid_of(writer, tag), 1, 2, 750, 16)[0].astype(int)
    # Sums in another order may end up in the neighbouring colour.
    assert np.abs(grid - colours(means, 0, 1, "viridis")).max() <= 2


def test_inputs_of_several_arguments(writer):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(1, 1, 1)

        def forward(self, x, times=1):
            return self.layer(x * times)

    for number, given in enumerate(
        [(digits(), 2), {"x": digits(), "times": 2}, (digits().numpy(), 2)]
    ):
        insight.add_feature_maps(writer, Two(), given, tag=f"maps{number}")
    assert len(writer.written()) == 3


def test_recurrent_layers_put_out_tuples(writer):
    model = nn.Sequential(nn.LSTM(8, 5, batch_first=True))
    (tag,) = insight.add_feature_maps(writer, model, digits()[:, 0], layers=nn.LSTM)
    with torch.no_grad():
        maps = model(digits()[:, 0])[0][:1]
    grid = cells(grid_of(writer, tag), 1, 1, 8, 5)
    np.testing.assert_array_equal(grid, shown(maps, 1, 1, maps.min(), maps.max()))


def test_wrappers_are_looked_through(writer):
    model = small()
    wrapped = nn.DataParallel(model), torch.compile(model)
    for number, one in enumerate(wrapped):
        assert insight.add_feature_maps(writer, one, digits(), tag=f"m{number}") == [
            f"m{number}/00_0",
            f"m{number}/01_3",
        ]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"example": 4},
            ValueError,
            "example must be below 4, the number there is, not 4",
        ),
        ({"example": "first"}, TypeError, "example must be an integer"),
        ({"scale": "kernel"}, ValueError, "scale must be one of 'layer', 'map'"),
        ({"max_maps": 0}, ValueError, "max_maps must be at least 1"),
        ({"layers": "conv"}, ValueError, "no layer 'conv'"),
        ({"cmap": 3}, ValueError, "cmap must be"),
    ],
)
def test_errors(writer, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_feature_maps(writer, small(), digits(), **options)
    assert writer.written() == []


def test_layers_that_never_run(writer):
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.idle = nn.Conv2d(1, 1, 1)

        def forward(self, x):
            return x

    with pytest.raises(
        ValueError, match=r"none of the 1 chosen layers \(idle, …\) ran"
    ):
        insight.add_feature_maps(writer, Idle(), digits())


def test_outputs_without_examples(writer):
    class Sum(nn.Module):
        def forward(self, x):
            return x.sum()

    with pytest.raises(
        ValueError, match=r"has an output of shape \(\), which has no axis of examples"
    ):
        insight.add_feature_maps(writer, nn.Sequential(Sum()), digits(), layers="0")


def test_not_finite(writer):
    class Logarithm(nn.Module):
        def forward(self, x):
            return x.log()

    (tag,) = insight.add_feature_maps(
        writer, nn.Sequential(Logarithm()), digits(), layers="0"
    )
    zeros = int((digits()[0] == 0).sum())
    assert zeros
    assert f"{zeros} numbers are not finite (red)" in writer.texts(tag)
    low = digits()[0][digits()[0] > 0].log().min()
    assert f"from {low:.3g} to {math.log(15 / 16):.3g}" in writer.texts(tag)
