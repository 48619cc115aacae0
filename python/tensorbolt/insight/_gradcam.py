"""Class activation maps over images."""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._arguments import opened
from tensorbolt._errors import ShapeError
from tensorbolt.insight import _classes
from tensorbolt.insight._cam_layer import cam_layer
from tensorbolt.insight._cam_methods import EVERYWHERE, activation_maps, method_class
from tensorbolt.insight._checks import check_count
from tensorbolt.insight._figures import Bar, captioned_figure, colour_map
from tensorbolt.insight._layer_outputs import called, device_of, first_tensor, to_device
from tensorbolt.insight._layers import chosen_layers
from tensorbolt.insight._model_state import check_model, unchanged
from tensorbolt.insight._rendering import unit_images
from tensorbolt.insight._tokens import transform_of
from tensorbolt.insight._writing import open_writer

CALLER = "add_gradcam"

NARROWEST = 320
"""Pixels of an image and its overlay side by side."""


def add_gradcam(
    writer: Any,
    model: Any,
    input: Any,  # noqa: A002 - the word for it
    target: Any = None,
    layer: Any = None,
    step: Any = None,
    method: Any = "gradcam",
    *,
    pictures: Any = None,
    dataformats: str = "NCHW",
    class_names: Any = None,
    reshape_transform: Callable[[Any], Any] | None = None,
    alpha: float = 0.5,
    cmap: Any = "viridis",
    max_images: int = 8,
    tag: str = "gradcam",
    walltime: float | None = None,
) -> list[str]:
    """Log class activation maps over images, each next to its image.

    Maps are those of pytorch-grad-cam, each brought to 0 to 1 by its lowest and highest number. The model runs in
    evaluation mode; gradients that it had are there afterwards.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module` that outputs N×classes scores, alone or as `"logits"` or `"out"` of a mapping.
        input: N×C×H×W images as the model takes them, in a tensor or array; moved to the model's device.
        target: What is explained: `None` for each image's highest class; a class, its number or name, for all; a list
            of N of them; or a function from one image's output to a number, as pytorch-grad-cam's targets, or N such.
        layer: The layer: its name as in `named_modules()`, or the module; for several the mean is shown.
            `None` is the last one that outputs maps, such as `layer4` of a ResNet, and for torchvision's vision
            transformers the first normalisation of the last block.
        step: Step of this image.
        method: `"gradcam"` (https://arxiv.org/abs/1610.02391), `"gradcam++"` (https://arxiv.org/abs/1710.11063),
            `"eigencam"` (https://arxiv.org/abs/2008.00299), `"ablationcam"`, `"eigengradcam"`, `"fem"`, `"fullgrad"`,
            `"gradcamelementwise"`, `"hirescam"`, `"kpcacam"`, `"layercam"`, `"randomcam"`, `"scorecam"`,
            `"shapleycam"`, `"xgradcam"`; or a class of pytorch-grad-cam.
        pictures: The images to show under the maps: N images of any size, such as those before normalisation;
            `None` shows `input`. Values as for `add_image_predictions`.
        dataformats: Which axis of `pictures` is which; has no meaning without them.
        class_names: A name for each class; `None` shows numbers.
        reshape_transform: Turns the output of a transformer's layer into N×C×H×W; found by itself for torchvision's
            `VisionTransformer` and `SwinTransformer`.
        alpha: Part of the map's colour in the overlay, from 0 to 1.
        cmap: Name of one of matplotlib's colour maps, or such an object.
        max_images: How many images are shown and run at most, the first ones.
        tag: The image's tag.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The tag, in a list.

    Raises:
        ImportError: torch, matplotlib or grad-cam is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A class or layer is not in the model, a shape is wrong, no layer outputs maps, or there is no such
            method or colour map.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> model = torch.nn.Sequential(
        ...     torch.nn.Conv2d(3, 8, 5), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.LazyLinear(10)
        ... )
        >>> photos = torch.rand(2, 3, 16, 16)
        >>> scores = model(photos)
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_gradcam(writer, model, photos, target=3, layer="1", step=0)
        ['gradcam']
    """
    writer, tag = open_writer(writer, tag)
    model = check_model(model, CALLER)
    kind = method_class(method, CALLER)
    colours = colour_map(cmap, CALLER)
    names = _classes.class_names(class_names)
    check_count(max_images, "max_images")
    share = _arrays.number(alpha, "alpha")
    if not 0 <= share <= 1:
        raise ValueError(f"alpha must be from 0 to 1, not {share}")
    given = _checked_input(model, input)
    whole = len(given)
    targets = _each(target, whole, names)[:max_images]
    under, done = unit_images(*_shown(pictures, given, dataformats), most=max_images)
    if pictures is not None and len(_arrays.plain(pictures, "pictures")) != whole:
        raise ShapeError(
            f"pictures and input must have equally many examples; input has {whole}"
        )
    given = given[:max_images]
    if kind.__name__ == EVERYWHERE:
        if layer is not None:
            raise ValueError(
                "the method 'fullgrad' looks at all layers; leave out layer"
            )
        layers = []
    elif layer is None:
        layers = [cam_layer(model, given)]
    else:
        layers = chosen_layers(model, layer, lambda _: False, "layers")
    transform = reshape_transform or (
        transform_of(model, layers[0][1]) if layers else None
    )
    explained, captions = _explained(model, given, targets, names)
    maps = activation_maps(
        kind, model, given, [module for _, module in layers], explained, transform
    )
    title = [
        f"{kind.__name__} of {', '.join(name for name, _ in layers) or 'all layers'}",
        "each map from its lowest number to its highest",
        *([f"{len(given)} of {whole} images"] if len(given) < whole else []),
        *([f"images: {done}"] if done else []),
    ]
    pairs = np.concatenate([under, overlaid(under, maps, colours, share)], axis=2)
    bar = Bar(colours, ("lowest", "highest"))
    figure = captioned_figure(pairs, captions, 2, title, CALLER, bar, NARROWEST)
    writer.add_figure(tag, figure, step, close=False, walltime=walltime)
    return [tag]


def overlaid(
    pictures: "np.ndarray[Any, Any]",
    maps: "np.ndarray[Any, Any]",
    colours: Any,
    alpha: float,
) -> "np.ndarray[Any, Any]":
    """Return images (N×H×W×3, from 0 to 1) mixed with the colours of maps (N×h×w, from 0 to 1) in a share `alpha`."""
    import torch

    size = pictures.shape[1:3]
    if maps.shape[1:] != size:
        sized = torch.nn.functional.interpolate(
            torch.as_tensor(maps)[:, None], size, mode="bilinear", align_corners=False
        )
        maps = sized[:, 0].numpy()
    return (1 - alpha) * pictures + alpha * np.asarray(colours(maps))[..., :3]


def _checked_input(model: Any, given: Any) -> Any:
    import torch

    device = device_of(model)
    if not any(True for _ in model.parameters()):
        raise ValueError("model has no parameters, so there is nothing to explain")
    given = to_device(given, device)
    if not isinstance(given, torch.Tensor) or not given.is_floating_point():
        raise TypeError(
            f"input must be a tensor or array of floats, N×C×H×W, not {getattr(given, 'dtype', type(given).__name__)}"
        )
    if given.ndim != 4 or 0 in given.shape:  # noqa: PLR2004 - N, C, H and W
        raise ShapeError(
            f"input must have the axes N×C×H×W, but its shape is {tuple(given.shape)}; of one image pass image[None]"
        )
    return given.detach()


def _shown(pictures: Any, given: Any, dataformats: str) -> tuple[Any, str, str]:
    if pictures is not None:
        return pictures, dataformats, "pictures"
    colours = given.shape[1] in (1, 3, 4)
    # An image with other channels, as of a satellite, is shown as their mean.
    return (given if colours else given.mean(1, keepdim=True)), "NCHW", "input"


def _each(target: Any, count: int, names: Sequence[str] | None) -> list[Any]:
    """Return the target of each image: a class's number, a function, or `None` for the highest class."""
    if target is None or callable(target):
        return [target] * count
    if isinstance(target, str):
        return [int(_classes.class_indices([target], "target", names)[0])] * count
    try:
        return [_natural(operator.index(opened(target, "target")))] * count
    except TypeError:
        pass
    if not isinstance(target, Iterable):
        raise TypeError(
            f"target must be None, a class, a function, or a list of them, not {type(target).__name__}"
        )
    parts = list(target)
    if len(parts) != count:
        raise ShapeError(
            f"target must be one for all images, or one for each of the {count}, not {len(parts)}"
        )
    if all(callable(part) for part in parts):
        return parts
    return [int(place) for place in _classes.class_indices(target, "target", names)]


def _natural(place: int) -> int:
    if place < 0:
        raise ValueError(f"target must be a class from 0 on, not {place}")
    return place


def _explained(
    model: Any, given: Any, targets: list[Any], names: Sequence[str] | None
) -> tuple[list[Callable[[Any], Any]], list[list[tuple[str, str]]]]:
    """Return for each image a function from the output to the number to explain, and its caption."""
    if all(callable(target) for target in targets):
        words = [
            getattr(target, "__name__", type(target).__name__) for target in targets
        ]
        return list(targets), [[(word, "black")] for word in words]
    with unchanged(model, given):
        output = first_tensor(called(model, given))
    if output is None or output.ndim != 2:  # noqa: PLR2004 - examples and classes
        shape = None if output is None else tuple(output.shape)
        raise ShapeError(
            f"the model must output N×classes scores, not {shape}; pass as target a function from its output to a number"
        )
    probabilities, _ = _classes.class_scores(output, "the output of the model")
    count = output.shape[1]
    highest = probabilities.argmax(1)
    chosen = [
        int(highest[place]) if target is None else target
        for place, target in enumerate(targets)
    ]
    if max(chosen) >= count:
        raise ValueError(
            f"target {max(chosen)} is no class of the model, which has {count}"
        )
    if names is not None and len(names) < count:
        raise ShapeError(
            f"class_names has {len(names)} names, but the model has {count} classes"
        )
    captions = [
        [(f"{_classes.name_of(one, names)} {probabilities[place, one]:.0%}", "black")]
        for place, one in enumerate(chosen)
    ]
    return [_score_of(one) for one in chosen], captions


def _score_of(place: int) -> Callable[[Any], Any]:
    # Some methods pass the scores of one image, others those of a batch.
    return lambda output: output[..., place]
