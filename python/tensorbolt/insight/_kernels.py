"""Kernels of convolutions as images."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt.insight._checks import check_choice, check_count, part_of
from tensorbolt.insight._figures import grid_figure
from tensorbolt.insight._layers import chosen_layers
from tensorbolt.insight._model_state import check_model, unchanged
from tensorbolt.insight._rendering import scaled, square_columns
from tensorbolt.insight._writing import open_writer

CALLER = "add_kernels"
COLOURS = 3


def add_kernels(
    writer: Any,
    model: Any,
    step: Any = None,
    layers: Any = None,
    *,
    scale: str = "layer",
    cmap: Any = "RdBu_r",
    rgb: bool = True,
    max_kernels: int = 64,
    max_channels: int = 32,
    tag: str = "kernels",
    walltime: float | None = None,
) -> list[str]:
    """Log the kernels of convolutions, one image per layer.

    Kernels of three input channels are shown in colour. Of others a row is an output channel and a column an input
    channel; of a single input channel, as of depthwise convolutions, they make a square. A kernel of one dimension is
    shown as a row, of three dimensions as its slices side by side. Zero is always the middle of the scale: white in the
    default colour map, which the colour-blind can read too, and grey in kernels shown in colour. The title of each
    image states sizes, what part is shown, and the scale.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module`.
        step: Step of these images.
        layers: Which layers: names as in `named_modules()`, patterns of names such as `"layer1.*"`, classes or modules,
            one or a list of them; `None` is all convolutions, transposed ones too.
        scale: `"layer"` for one scale for all kernels of a layer, to compare strong and weak ones;
            `"kernel"` for one for each image of a kernel, so that the pattern of weak ones can be seen.
        cmap: Name of one of matplotlib's colour maps, or such an object; a diverging one, as weights have signs.
        rgb: Whether kernels of three input channels are shown in colour.
        max_kernels: How many output channels of a layer are shown at most, the first ones.
        max_channels: How many input channels are shown at most, the first ones.
        tag: First part of the tags, which are `<tag>/<place>_<name of the layer>`; the place sorts them by depth.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The tags.

    Raises:
        ImportError: torch or matplotlib is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A layer is not in the model or has no kernels, a number is below 1, or there is no such scale or
            colour map.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 5), torch.nn.ReLU(), torch.nn.Conv2d(8, 4, 3))
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_kernels(writer, model, step=0)
        ['kernels/00_0', 'kernels/01_2']
    """
    writer, tag = open_writer(writer, tag)
    model = check_model(model, CALLER, runs=False)
    shared = check_choice(scale, "scale", ("layer", "kernel")) == "layer"
    check_count(max_kernels, "max_kernels")
    check_count(max_channels, "max_channels")
    chosen = chosen_layers(model, layers, is_convolution, "convolutions")
    # Reading a weight may compute it: spectral norm, in training mode, takes a step then.
    with unchanged(model):
        weights = [(name, module, _weight(name, module)) for name, module in chosen]
    width = max(2, len(str(len(weights) - 1)))
    tags = []
    for place, (name, module, weight) in enumerate(weights):
        kernels, channels, *size = weight.shape
        part = weight[:max_kernels, :max_channels]
        in_colour = rgb and channels == COLOURS and max_channels >= COLOURS
        shown = part.shape[0], (channels if in_colour else part.shape[1])
        maps, columns = _colour_maps(part) if in_colour else _plain_maps(part)
        values = scaled(maps, shared=shared, signed=True)
        title = [
            f"{name} · {type(module).__name__} · kernels of {channels} × {' × '.join(map(str, size))}",
            f"{part_of(shown[0], kernels, 'output channels')}, {part_of(shown[1], channels, 'input channels')}",
            _scale_text(values.high, shared, in_colour),
        ]
        figure = grid_figure(values, columns, title, cmap, CALLER)
        tags.append(f"{tag}/{place:0{width}}_{name}")
        writer.add_figure(tags[-1], figure, step, close=False, walltime=walltime)
    return tags


def is_convolution(module: Any) -> bool:
    """Return whether a layer is a convolution, transposed ones included."""
    from torch import nn

    kinds = nn.Conv1d, nn.Conv2d, nn.Conv3d
    transposed = nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d
    return isinstance(module, (*kinds, *transposed))


def _weight(name: str, module: Any) -> "np.ndarray[Any, Any]":
    """Return a convolution's weight as output channels × input channels of a group × the kernel's 1 to 3 sizes."""
    import torch

    weight = getattr(module, "weight", None)
    if not isinstance(weight, torch.Tensor) or weight.ndim not in (3, 4, 5):
        raise ValueError(
            f"layer {name!r} is a {type(module).__name__} and has no convolution's kernels; leave it out of layers"
        )
    if getattr(module, "transposed", False):
        # Input channels come first, and are split over the groups.
        groups = module.groups
        inputs, outputs, *size = weight.shape
        weight = weight.reshape(groups, inputs // groups, outputs, *size)
        weight = weight.transpose(1, 2).reshape(groups * outputs, -1, *size)
    return _arrays.plain(weight, f"the weight of {name!r}")


def _colour_maps(part: "np.ndarray[Any, Any]") -> "tuple[np.ndarray[Any, Any], int]":
    """Return kernels of three input channels as N×H×W×3, and the number of columns."""
    flat = _flat(np.moveaxis(part, 1, -1)[:, None])[:, 0]
    return flat, square_columns(len(flat), *flat.shape[1:3])


def _plain_maps(part: "np.ndarray[Any, Any]") -> "tuple[np.ndarray[Any, Any], int]":
    """Return kernels as N×H×W, one for each pair of channels, and the number of columns."""
    flat = _flat(part[..., None])[..., 0]
    outputs, inputs, height, width = flat.shape
    maps = flat.reshape(outputs * inputs, height, width)
    return maps, square_columns(outputs, height, width) if inputs == 1 else inputs


def _flat(part: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return O×I×sizes×C as O×I×H×W×C: a row of one dimension, slices side by side of three."""
    outputs, inputs, *size, colours = part.shape
    height = size[-2] if len(size) > 1 else 1
    slices = part.reshape(outputs, inputs, -1, height, size[-1], colours)
    return np.moveaxis(slices, 2, 3).reshape(outputs, inputs, height, -1, colours)


def _scale_text(limit: float, shared: bool, in_colour: bool) -> str:
    zero = "0 is grey" if in_colour else "0 in the middle"
    return (
        f"one scale for the layer, ±{limit:.3g}, {zero}"
        if shared
        else f"each kernel on its own scale, {zero}"
    )
