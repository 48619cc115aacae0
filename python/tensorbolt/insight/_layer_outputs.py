"""The outputs of a model's layers in one run."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from tensorbolt.insight._model_state import unchanged


class Output(NamedTuple):
    """The output of a layer in one of its calls."""

    label: str
    """Place among all that was seen, and name, such as `03_layer1.0.relu`, so that names sort by depth."""
    name: str
    module: Any
    shape: tuple[int, ...]
    kept: Any
    """The part or summary of the output that was kept."""


def outputs(
    model: Any,
    given: Any,
    layers: list[tuple[str, Any]],
    keep: Callable[[str, Any, Any], Any],
) -> list[Output]:
    """Run a model in evaluation mode, and return the outputs of layers in the order in which they ran.

    A layer that runs several times comes several times; from the second on its label ends in `_call2` and so on.

    Args:
        model: A `torch.nn.Module`.
        given: Its input; see `called`.
        layers: Names and modules.
        keep: Returns the part of an output to keep, from a layer's name, module and output. It keeps as little as possible,
            as all outputs of a large batch may not fit into memory, and a copy, as the next layer may work in place.

    Raises:
        ValueError: None of them ran, or none returned a tensor.
    """
    seen: list[tuple[str, Any, tuple[int, ...], Any]] = []

    def note(name: str, module: Any, value: Any) -> None:
        seen.append((name, module, tuple(value.shape), keep(name, module, value)))

    with unchanged(model, given), watched(layers, note):
        called(model, given)
    if not seen:
        names = ", ".join(name for name, _ in layers[:3])
        raise ValueError(
            f"none of the {len(layers)} chosen layers ({names}, …) ran and returned a tensor of floats; choose others, "
            "and note that layers inside scripted modules cannot be watched"
        )
    width = max(len(str(len(seen) - 1)), 2)
    calls = Counter[str]()
    found = []
    for place, (name, *rest) in enumerate(seen):
        calls[name] += 1
        again = f"_call{calls[name]}" if calls[name] > 1 else ""
        found.append(Output(f"{place:0{width}}_{name}{again}", name, *rest))
    return found


@contextmanager
def watched(
    layers: list[tuple[str, Any]], notify: Callable[[str, Any, Any], None]
) -> Iterator[None]:
    """Call `notify` after each call of a layer in a block; remove the hooks afterwards, also when the block raises."""
    handles: list[Any] = []

    def watch(name: str, module: Any) -> None:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            value = first_tensor(output)
            if value is not None:
                notify(name, module, value.detach())

        handles.append(module.register_forward_hook(hook))

    try:
        for name, module in layers:
            watch(name, module)
        yield
    finally:
        for handle in handles:
            handle.remove()


def called(model: Any, given: Any) -> Any:
    """Return the output of a model for an input.

    Args:
        model: A `torch.nn.Module`.
        given: A tensor or numpy array; a tuple is several arguments, a mapping arguments by name, anything else one
            argument. Tensors are moved to the device of the model's parameters.
    """
    given = to_device(given, device_of(model))
    if isinstance(given, tuple):
        return model(*given)
    return model(**given) if isinstance(given, Mapping) else model(given)


def device_of(model: Any) -> Any:
    """Return the device of a model's first parameter or buffer; `None` if it has neither."""
    for values in (model.parameters(), model.buffers()):
        for value in values:
            return value.device
    return None


def first_tensor(output: Any) -> Any:
    """Return a tensor of real floats in a layer's output; `None` if there is none.

    Attention and recurrent layers return tuples, and models of Hugging Face return mappings.
    """
    import torch

    if isinstance(output, torch.Tensor):
        return output if output.is_floating_point() else None
    parts = output.values() if isinstance(output, Mapping) else output
    for part in parts if isinstance(output, (tuple, list, Mapping)) else ():
        found = first_tensor(part)
        if found is not None:
            return found
    return None


def to_device(given: Any, device: Any) -> Any:
    """Return an input with its tensors on a device, and its arrays as tensors there."""
    import torch

    if isinstance(given, np.ndarray):
        given = torch.as_tensor(given)
    if isinstance(given, torch.Tensor):
        return given if device is None else given.to(device)
    if isinstance(given, Mapping):
        return {name: to_device(part, device) for name, part in given.items()}
    if type(given) in (tuple, list):
        return type(given)(to_device(part, device) for part in given)
    return given
