"""add_gradcam: the overlays are those of pytorch-grad-cam, called by hand."""

import matplotlib as mpl
import numpy as np
import pytest
import pytorch_grad_cam
import torch
import torchvision
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from sklearn.datasets import load_sample_images
from tests.python.insight.helpers import grid_of
from torch import nn

from tensorbolt import insight

GAP = 8
"""White pixels between images."""


def photos(side):
    stack = (
        torch.tensor(np.stack(load_sample_images().images)).permute(0, 3, 1, 2).float()
        / 255
    )
    return nn.functional.interpolate(stack, (side, side))


def densenet():
    torch.manual_seed(0)
    return torchvision.models.DenseNet(4, (2, 2), 8, num_classes=6)


def vit():
    torch.manual_seed(0)
    return torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5)


def swin():
    torch.manual_seed(0)
    return torchvision.models.SwinTransformer(
        [4, 4], 8, [1, 1], [2, 2], [2, 2], num_classes=3
    )


def by_hand(kind, model, given, layers, classes, transform=None):
    model.eval()
    with kind(model=model, target_layers=layers, reshape_transform=transform) as cam:
        return cam(
            input_tensor=given, targets=[ClassifierOutputTarget(one) for one in classes]
        )


def assert_shows(writer, tag, images, maps, alpha=0.5, cmap="viridis"):
    """Each image stands next to itself mixed with the map's colours, pixel for pixel."""
    grid = grid_of(writer, tag, captions=True).astype(int)
    count, side = len(maps), images.shape[-1]
    zoom = (grid.shape[1] - GAP * (count - 1)) // (2 * side * count)
    under = images.permute(0, 2, 3, 1).double().numpy()
    over = (1 - alpha) * under + alpha * mpl.colormaps[cmap](maps)[..., :3]
    for place in range(count):
        start = place * (2 * side * zoom + GAP)
        shown = grid[: side * zoom : zoom, start : start + 2 * side * zoom : zoom]
        expected = np.concatenate([under[place], over[place]], axis=1) * 255
        # A number between two bytes may go either way.
        assert np.abs(shown - expected).max() <= 0.51


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gradcam", pytorch_grad_cam.GradCAM),
        ("GradCAM++", pytorch_grad_cam.GradCAMPlusPlus),
        ("Eigen-CAM", pytorch_grad_cam.EigenCAM),
        ("layer_cam", pytorch_grad_cam.LayerCAM),
        (pytorch_grad_cam.HiResCAM, pytorch_grad_cam.HiResCAM),
    ],
)
def test_against_the_package_on_a_densenet(writer, name, kind):
    model, given = densenet(), photos(32)
    tags = insight.add_gradcam(writer, model, given, 3, "features", 9, name)
    assert tags == ["gradcam"]
    assert [(tag, step) for tag, step, _ in writer.written()] == [("gradcam", 9)]
    assert_shows(
        writer, "gradcam", given, by_hand(kind, model, given, [model.features], [3, 3])
    )
    text = writer.texts("gradcam")
    assert f"{kind.__name__} of features" in text
    assert "each map from its lowest number to its highest" in text


def test_the_last_stage_and_the_highest_class_by_default(writer):
    model, given = densenet(), photos(32)
    insight.add_gradcam(writer, model, given, class_names=list("abcdef"))
    model.eval()
    with torch.no_grad():
        shares = model(given).softmax(1)
    sure, classes = shares.max(1)
    maps = by_hand(
        pytorch_grad_cam.GradCAM, model, given, [model.features], classes.tolist()
    )
    assert_shows(writer, "gradcam", given, maps)
    text = writer.texts("gradcam")
    assert "GradCAM of features" in text
    for one, share in zip(classes, sure, strict=True):
        assert f"{'abcdef'[one]} {share:.0%}" in text


def test_the_last_stage_of_a_resnet(writer):
    torch.manual_seed(0)
    model = torchvision.models.resnet18(num_classes=6)
    insight.add_gradcam(writer, model, photos(64)[:1], 3)
    assert "GradCAM of layer4" in writer.texts("gradcam")


def test_vision_transformer(writer):
    model, given = vit(), photos(32)
    insight.add_gradcam(writer, model, given, [1, 4])
    layer = model.encoder.layers[-1].ln_1

    def transform(tokens):
        return tokens[:, 1:].reshape(len(tokens), 4, 4, 16).permute(0, 3, 1, 2)

    maps = by_hand(pytorch_grad_cam.GradCAM, model, given, [layer], [1, 4], transform)
    assert_shows(writer, "gradcam", given, maps)
    assert "GradCAM of encoder.layers.encoder_layer_1.ln_1" in writer.texts("gradcam")


def test_swin_transformer(writer):
    model, given = swin(), photos(32)
    insight.add_gradcam(writer, model, given, 2)
    layer = model.features[-1][-1].norm1
    maps = by_hand(
        pytorch_grad_cam.GradCAM,
        model,
        given,
        [layer],
        [2, 2],
        lambda value: value.permute(0, 3, 1, 2),
    )
    assert_shows(writer, "gradcam", given, maps)


def test_a_transformer_of_ones_own(writer):
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 8, 8)
            self.norm = nn.LayerNorm(8)
            self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            tokens = self.norm(self.patches(x).flatten(2).transpose(1, 2))
            return {"logits": self.head(self.block(tokens).mean(1))}

    torch.manual_seed(0)
    model, given = Tokens(), photos(32)

    def transform(tokens):
        return tokens.transpose(1, 2).unflatten(2, (4, 4))

    insight.add_gradcam(writer, model, given, 1, "norm", reshape_transform=transform)

    class Alone(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x)["logits"]

    maps = by_hand(
        pytorch_grad_cam.GradCAM, Alone(), given, [model.norm], [1, 1], transform
    )
    assert_shows(writer, "gradcam", given, maps)


def test_several_layers_and_functions_as_targets(writer):
    model, given = densenet(), photos(32)

    def difference(output):
        return output[0] - output[1]

    insight.add_gradcam(
        writer,
        model,
        given,
        difference,
        ["features.denseblock1", "features"],
        alpha=0.25,
        cmap="cividis",
    )
    layers = [model.features.denseblock1, model.features]
    with pytorch_grad_cam.GradCAM(model=model.eval(), target_layers=layers) as cam:
        maps = cam(input_tensor=given, targets=[difference] * 2)
    assert_shows(writer, "gradcam", given, maps, 0.25, "cividis")
    assert "difference" in writer.texts("gradcam")


def test_images_before_normalisation(writer):
    """A network gets what is normalised; people see the image, here twice as large."""
    model, given = densenet(), photos(32)
    normal = (given - 0.45) / 0.22
    large = given.repeat_interleave(2, 2).repeat_interleave(2, 3)
    layer = {"layer": "features", "target": 0}
    insight.add_gradcam(writer, model, normal, **layer, pictures=large)
    maps = by_hand(pytorch_grad_cam.GradCAM, model, normal, [model.features], [0, 0])
    maps = nn.functional.interpolate(
        torch.tensor(maps)[:, None], (64, 64), mode="bilinear"
    )
    assert_shows(writer, "gradcam", large, maps[:, 0].numpy())
    insight.add_gradcam(writer, model, normal, **layer, tag="as given")
    assert "images: each image from its lowest number to its highest" in writer.texts(
        "as given"
    )


def test_the_first_of_many(writer):
    model, given = densenet(), photos(32).repeat(3, 1, 1, 1)
    insight.add_gradcam(writer, model, given, [0, 1, 2, 3, 4, 5], max_images=2)
    maps = by_hand(pytorch_grad_cam.GradCAM, model, given[:2], [model.features], [0, 1])
    assert_shows(writer, "gradcam", given[:2], maps)
    assert "2 of 6 images" in writer.texts("gradcam")


def test_arrays_and_names_of_classes(writer):
    model, given = densenet(), photos(32)
    insight.add_gradcam(
        writer, model, given.numpy(), "cat", class_names=["dog", "cat", *"abcd"]
    )
    maps = by_hand(pytorch_grad_cam.GradCAM, model, given, [model.features], [1, 1])
    assert_shows(writer, "gradcam", given, maps)


def test_all_layers_by_fullgrad(writer, capsys):
    model, given = densenet(), photos(32)
    insight.add_gradcam(writer, model, given, 2, method="fullgrad")
    cam = pytorch_grad_cam.FullGrad(model.eval(), [])
    maps = cam(input_tensor=given, targets=[ClassifierOutputTarget(2)] * 2)
    assert_shows(writer, "gradcam", given, maps)
    assert capsys.readouterr().out == ""
    with pytest.raises(
        ValueError, match="'fullgrad' looks at all layers; leave out layer"
    ):
        insight.add_gradcam(writer, model, given, 2, "features", method="fullgrad")


@pytest.mark.parametrize("name", ["xgradcam", "scorecam", "ablationcam", "eigengradcam", "fem",
                                  "gradcamelementwise", "kpcacam", "randomcam", "shapleycam"])  # fmt: skip
def test_every_other_method_runs(writer, name, capsys):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 3)
    )
    assert insight.add_gradcam(writer, model, photos(16), 0, method=name) == ["gradcam"]
    assert "of 1" in writer.texts("gradcam")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"target": 6}, ValueError, "target 6 is no class of the model, which has 6"),
        ({"target": -1}, ValueError, "target must be a class from 0 on, not -1"),
        ({"target": [1, 2, 3]}, ValueError, "one for each of the 2, not 3"),
        ({"target": "cat"}, ValueError, "holds names, so pass all of them as class_names"),
        ({"target": 1.5}, TypeError, "target must be None, a class, a function"),
        ({"class_names": ["a"]}, ValueError, "class_names has 1 names, but the model has 6"),
        ({"method": "lime"}, ValueError, "method must be one of ablationcam"),
        ({"method": 3}, TypeError, "method must be a name such as 'gradcam' or a class"),
        ({"layer": "feature"}, ValueError, "no layer 'feature'; it has 'features'"),
        ({"alpha": 2}, ValueError, "alpha must be from 0 to 1, not 2"),
        ({"max_images": 0}, ValueError, "max_images must be at least 1"),
        ({"pictures": np.zeros((3, 3, 8, 8))}, ValueError, "equally many examples; input has 2"),
        ({"cmap": "magic"}, ValueError, "cmap must be a colour map"),
    ],
)  # fmt: skip
def test_errors(writer, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_gradcam(writer, densenet(), photos(32), **options)
    assert writer.written() == []


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        (
            torch.zeros(3, 8, 8),
            ValueError,
            r"axes N×C×H×W, but its shape is \(3, 8, 8\); of one",
        ),
        (torch.zeros(0, 3, 8, 8), ValueError, r"its shape is \(0, 3, 8, 8\)"),
        (
            torch.zeros(1, 3, 8, 8, dtype=torch.uint8),
            TypeError,
            "floats, N×C×H×W, not torch.uint8",
        ),
        ("photo.png", TypeError, "floats, N×C×H×W, not str"),
    ],
)
def test_inputs_that_are_no_images(writer, given, error, text):
    with pytest.raises(error, match=text):
        insight.add_gradcam(writer, densenet(), given)


def test_models_that_have_nothing_to_show(writer):
    with pytest.raises(ValueError, match="no layer of the model outputs N×C×H×W maps"):
        insight.add_gradcam(
            writer, nn.Sequential(nn.Flatten(), nn.Linear(48, 2)), photos(4)
        )
    with pytest.raises(ValueError, match="has no parameters"):
        insight.add_gradcam(writer, nn.Flatten(), photos(4))
    with pytest.raises(
        ValueError, match=r"must output N×classes scores, not .* pass as target"
    ):
        insight.add_gradcam(
            writer, nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU()), photos(4)
        )
