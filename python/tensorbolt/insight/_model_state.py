"""Models as the functions of `tensorbolt.insight` take them, and running those without a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorbolt.insight._requires import load
from tensorbolt.model_state import unchanged as whole_state
from tensorbolt.model_state.wrappers import check_whole, unwrapped

__all__ = ["check_model", "unchanged"]


def check_model(model: Any, caller: str, *, runs: bool = True) -> Any:
    """Return the model itself, out of the wrappers around it.

    Args:
        model: What the caller was given.
        caller: The function that needs it, for error texts.
        runs: Whether it runs the model.

    Raises:
        ImportError: There is no torch.
        TypeError: It is no `torch.nn.Module`.
        ValueError: It has layers whose parameters do not exist yet, or are spread over processes.
    """
    torch = load("torch", caller)
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    model = unwrapped(model)
    lazy = [
        name
        for name, value in model.named_parameters()
        if torch.nn.parameter.is_lazy(value)
    ]
    if lazy:
        raise ValueError(
            f"model has parameters that do not exist yet, such as {lazy[0]!r}; run the model once before {caller}"
        )
    if runs:
        check_whole(model, caller)
    return model


@contextmanager
def unchanged(model: Any, *values: Any, gradients: bool = False) -> Iterator[None]:
    """Run a block with a model in evaluation mode, and put everything back afterwards, also when the block raises.

    Args:
        model: A `torch.nn.Module`; `tensorbolt.model_state` says what is put back.
        values: What the model is called with.
        gradients: Whether the block needs gradients. All parameters have `requires_grad` then, so that frozen layers
            can be looked at too, and begin without a `grad`.
    """
    import torch

    with (
        # Neither may a caller's own no_grad() keep Grad-CAM from its gradients.
        torch.inference_mode(False),
        torch.set_grad_enabled(gradients),
        whole_state.unchanged(model, *values) as state,
        state.observed(),
    ):
        for value in model.parameters() if gradients else ():
            value.grad = None
            if value.is_floating_point() or value.is_complex():
                value.requires_grad_(True)
        yield
