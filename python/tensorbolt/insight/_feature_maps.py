"""Feature maps: the outputs of layers for one example."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt.insight._checks import check_choice, check_count, check_index, part_of
from tensorbolt.insight._figures import grid_figure
from tensorbolt.insight._kernels import is_convolution
from tensorbolt.insight._layer_outputs import outputs
from tensorbolt.insight._layers import chosen_layers
from tensorbolt.insight._model_state import check_model
from tensorbolt.insight._rendering import scaled, square_columns
from tensorbolt.insight._tokens import transform_of
from tensorbolt.insight._writing import open_writer

CALLER = "add_feature_maps"


def add_feature_maps(
    writer: Any,
    model: Any,
    input: Any,  # noqa: A002 - the word for it
    step: Any = None,
    layers: Any = None,
    *,
    example: int = 0,
    scale: str = "layer",
    cmap: Any = "viridis",
    max_maps: int = 64,
    reshape_transform: Callable[[Any], Any] | None = None,
    tag: str = "feature_maps",
    walltime: float | None = None,
) -> list[str]:
    """Log the outputs of layers for one example, one image for each call of a layer.

    The model runs once, in evaluation mode and without gradients, with forward hooks that are removed whatever happens.
    An image is a grid of the channels' maps. An output of channels × length, as of `Conv1d`, is one map with a row per
    channel, slices of a volume are side by side, and a vector is a row. The title of each image states sizes, what
    part is shown, and the scale.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module`.
        input: The model's input, with an axis of examples in front: a tensor or array; a tuple for several arguments, a
            mapping for arguments by name. It is moved to the model's device.
        step: Step of these images.
        layers: Which layers: names as in `named_modules()`, patterns of names such as `"layer1.*"`, classes or modules,
            one or a list of them; `None` is all convolutions.
        example: Which of the examples is shown; negative numbers count from the end.
        scale: `"layer"` for one scale for all maps of a layer, to compare strong and weak ones; `"map"`
            for one for each map, so that the pattern of weak ones can be seen.
        cmap: Name of one of matplotlib's colour maps, or such an object.
        max_maps: How many channels of a layer are shown at most, the first ones.
        reshape_transform: Turns the output of a transformer's layer into N×C×H×W, as for `add_gradcam`; found by
            itself for torchvision's `VisionTransformer` and `SwinTransformer`.
        tag: First part of the tags, which are `<tag>/<place>_<name of the layer>`; the place is that in the order in
            which the chosen layers ran. A layer that runs several times has `_call2` and so on at the end.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The tags.

    Raises:
        ImportError: torch or matplotlib is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A layer is not in the model, none of them ran, the input has no such example, or there is no such
            scale or colour map.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 5), torch.nn.ReLU(), torch.nn.Conv2d(8, 4, 3))
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_feature_maps(writer, model, torch.rand(1, 3, 16, 16), step=0, layers=["1", "2"])
        ['feature_maps/00_1', 'feature_maps/01_2']
    """
    writer, tag = open_writer(writer, tag)
    model = check_model(model, CALLER)
    shared = check_choice(scale, "scale", ("layer", "map")) == "layer"
    check_count(max_maps, "max_maps")
    chosen = chosen_layers(model, layers, is_convolution, "convolutions")

    def keep(name: str, module: Any, value: Any) -> Any:
        return _maps(
            name, value, example, reshape_transform or transform_of(model, module)
        )

    found = outputs(model, input, chosen, keep)
    tags = []
    for output in found:
        maps, what = output.kept
        values = scaled(maps[:max_maps], shared=shared, signed=False)
        title = [
            f"{output.name} · {type(output.module).__name__} · output of {' × '.join(map(str, output.shape))}",
            part_of(len(values.unit), len(maps), what),
            _scale_text(values.low, values.high, shared),
        ]
        columns = square_columns(*values.unit.shape)
        figure = grid_figure(values, columns, title, cmap, CALLER)
        tags.append(f"{tag}/{output.label}")
        writer.add_figure(tags[-1], figure, step, close=False, walltime=walltime)
    return tags


def _maps(
    name: str, value: Any, example: int, transform: Callable[[Any], Any] | None
) -> "tuple[np.ndarray[Any, Any], str]":
    """Return a copy of an example's maps as N×H×W, and what they are."""
    if value.ndim < 2:  # noqa: PLR2004 - examples, and something of each
        raise ValueError(
            f"layer {name!r} has an output of shape {tuple(value.shape)}, which has no axis of examples in front; "
            "leave it out of layers"
        )
    place = check_index(example, len(value), "example") % len(value)
    one = value[place : place + 1].clone()
    numbers = _arrays.plain(
        one if transform is None else transform(one), f"the output of {name!r}"
    )[0]
    if numbers.ndim == 1:
        return numbers[None, None], "vector, as a row"
    if numbers.ndim == 2:  # noqa: PLR2004 - channels and places
        return numbers[None], "map, a row per channel"
    if numbers.ndim == 3:  # noqa: PLR2004 - channels, rows and columns
        return numbers, "channels"
    height = numbers.shape[-2]
    slices = numbers.reshape(len(numbers), -1, *numbers.shape[-2:])
    side_by_side = np.moveaxis(slices, 1, 2).reshape(len(numbers), height, -1)
    return side_by_side, "channels, slices side by side"


def _scale_text(low: float, high: float, shared: bool) -> str:
    if shared:
        return f"one scale for the layer, from {low:.3g} to {high:.3g}"
    return "each map on its own scale, from its lowest number to its highest"
