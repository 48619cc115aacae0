"""Dead and saturated units."""

import math
from typing import Any

from tensorbolt import _arrays
from tensorbolt.insight._layer_outputs import outputs
from tensorbolt.insight._layers import chosen_layers
from tensorbolt.insight._model_state import check_model
from tensorbolt.insight._writing import open_writer, write_scalars

CALLER = "add_activation_stats"

_NO_ACTIVATIONS = frozenset(
    {"MultiheadAttention", "Softmax", "Softmax2d", "LogSoftmax", "Softmin"}
)


def add_activation_stats(
    writer: Any,
    model: Any,
    input: Any,  # noqa: A002 - the word for it
    step: Any = None,
    layers: Any = None,
    *,
    dead_below: float = 1e-6,
    saturated_within: float = 0.05,
    unit_axis: int | None = None,
    tag: str = "activations",
    walltime: float | None = None,
) -> dict[str, float]:
    """Log statistics of the activations of layers: mean, deviation, and shares of zeros, dead and saturated units.

    The model runs once, in evaluation mode and without gradients, with forward hooks that are removed whatever happens.
    Of each layer and call are logged, as numbers from 0 to 1 but for the first two:

    * `mean` and `std`: mean and standard deviation (of the population) of all outputs;
    * `zeros`: the share of numbers that are exactly 0;
    * `dead`: the share of units whose outputs never exceed `dead_below` in size, for any example and place. A unit is
      a place on the axis `unit_axis`. Give more than a few examples: few make many units look dead.
    * `saturated`: the share of numbers so close to a limit of a bounded function that hardly any gradient passes, the
      distance being at most `saturated_within` of the function's range. Only of Sigmoid, Hardsigmoid, Tanh, Softsign,
      Hardtanh, ReLU6 (at 6) and their kin; logged for these alone.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module`.
        input: What the model takes, with an axis of examples in front: a tensor or array; a tuple for several
            arguments, a mapping for arguments by name. It is moved to the model's device.
        step: Step of these scalars.
        layers: Which layers: names as in `named_modules()`, patterns of names such as `"layer1.*"`, classes or modules,
            one or a list of them; `None` is all activation functions that are layers. For those that are called as
            functions, such as `torch.relu`, choose the layers before or around them.
        dead_below: Greatest size of the outputs of a dead unit; at least 0. Not 0 itself, as GELU and SiLU only come
            close to it.
        saturated_within: Part of a bounded function's range, above 0 and below 0.5.
        unit_axis: The axis of units; `None` is axis 1 of outputs with four axes and more, as of `Conv2d`, and the last
            one of others, as of linear layers and transformers. Pass 1 for `Conv1d`.
        tag: First part of the tags, which are `<tag>/<what>/<place>_<name of the layer>`, the place being that in the
            order in which the chosen layers ran. A layer that runs several times has `_call2` and so on at the end.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The numbers, by tag.

    Raises:
        ImportError: torch is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A layer is not in the model, there are no activation layers or none of them ran, or a limit is out
            of range.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     numbers = insight.add_activation_stats(writer, torch.nn.ReLU(), torch.tensor([[-1.0, 2.0], [-3.0, -4.0]]))
        >>> numbers["activations/dead/00_ReLU"], numbers["activations/zeros/00_ReLU"]
        (0.5, 0.75)
    """
    writer, tag = open_writer(writer, tag)
    model = check_model(model, CALLER)
    dead = _arrays.number(dead_below, "dead_below")
    within = _arrays.number(saturated_within, "saturated_within")
    if not dead >= 0:
        raise ValueError(f"dead_below must be at least 0, not {dead}")
    if not 0 < within < 0.5:  # noqa: PLR2004 - two halves are the whole range
        raise ValueError(
            f"saturated_within must be above 0 and below 0.5, not {within}"
        )
    chosen = chosen_layers(
        model, layers, _is_activation, "layers with an activation function"
    )

    def keep(name: str, module: Any, value: Any) -> Any:
        return _numbers(name, module, value, dead, within, unit_axis)

    numbers = {
        f"{tag}/{what}/{output.label}": number
        for output in outputs(model, input, chosen, keep)
        for what, number in zip(
            output.kept[0],
            _arrays.plain(output.kept[1], f"the output of {output.label!r}").tolist(),
            strict=True,
        )
    }
    return write_scalars(writer, numbers, step, walltime)


def _numbers(
    name: str,
    module: Any,
    value: Any,
    dead: float,
    within: float,
    unit_axis: int | None,
) -> tuple[list[str], Any]:
    """Return the names of numbers, and the numbers as a tensor on the model's device."""
    import torch

    if value.numel() == 0:
        return [], value.reshape(-1)
    # Half floats overflow when summed.
    value = value.to(torch.promote_types(value.dtype, torch.float32))
    found = {
        "mean": value.mean(),
        "std": value.std(correction=0),
        "zeros": _share(value == 0),
        "dead": _share(_greatest_of_units(value.abs(), unit_axis, name) <= dead),
    }
    limits = _limits(module)
    if limits is not None:
        low, high = limits
        near = within * (high - (0.0 if low == -math.inf else low))
        found["saturated"] = _share((value <= low + near) | (value >= high - near))
    return list(found), torch.stack([number.double() for number in found.values()])


def _share(which: Any) -> Any:
    return which.double().mean()


def _greatest_of_units(sizes: Any, axis: int | None, name: str) -> Any:
    """Return the greatest number of each unit, over examples and places."""
    if axis is None:
        axis = 1 if sizes.ndim > 3 else -1  # noqa: PLR2004 - examples, channels, rows and columns
    elif not -sizes.ndim <= axis < sizes.ndim:
        raise ValueError(
            f"unit_axis is {axis}, but the output of {name!r} has the shape {tuple(sizes.shape)}"
        )
    return sizes.movedim(axis, 0).flatten(1).amax(1) if sizes.ndim > 1 else sizes


def _limits(module: Any) -> tuple[float, float] | None:
    """Return the limits of a bounded function; of ReLU6 only the upper limit, as 0 is its rest."""
    from torch import nn

    if isinstance(module, nn.ReLU6):
        return -math.inf, 6.0
    if isinstance(module, nn.Hardtanh):
        return float(module.min_val), float(module.max_val)
    if isinstance(module, (nn.Sigmoid, nn.Hardsigmoid)):
        return 0.0, 1.0
    return (-1.0, 1.0) if isinstance(module, (nn.Tanh, nn.Softsign)) else None


def _is_activation(module: Any) -> bool:
    from torch.nn.modules import activation

    # Attention and softmax stand in the same file, and are none.
    names = set(activation.__all__) - _NO_ACTIVATIONS
    return isinstance(module, tuple(getattr(activation, name) for name in names))
