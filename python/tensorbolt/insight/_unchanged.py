"""Looking at a model without leaving a trace in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tensorbolt.insight._requires import load


def check_model(model: Any, caller: str) -> Any:
    """Return the model itself, out of what `torch.compile`, `DataParallel` and DDP wrap around it.

    Compiled code runs no hooks that are set later, and DDP's `forward` waits for the other processes, which may not be
    logging.

    Raises:
        ImportError: There is no torch.
        TypeError: It is no `torch.nn.Module`.
        ValueError: It has layers whose parameters do not exist yet.
    """
    torch = load("torch", caller)
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    parallel = torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel
    while isinstance(model, parallel) or hasattr(model, "_orig_mod"):
        model = model.module if isinstance(model, parallel) else model._orig_mod
    lazy = [
        name
        for name, value in model.named_parameters()
        if torch.nn.parameter.is_lazy(value)
    ]
    if lazy:
        raise ValueError(
            f"model has parameters that do not exist yet, such as {lazy[0]!r}; run the model once before {caller}"
        )
    return model


@contextmanager
def unchanged(model: Any, *, gradients: bool = False) -> Iterator[None]:
    """Run a block with a model in evaluation mode, and put everything back afterwards, also when it raises.

    These are: layers and their forward hooks, the mode of each layer, `requires_grad` and `grad` of each parameter, the
    contents of buffers, and the state of the random numbers of the CPU and of the model's devices.

    Args:
        model: A `torch.nn.Module`.
        gradients: Whether the block needs gradients. All parameters have `requires_grad` then, so that frozen layers
            can be looked at too, and begin without a `grad`.
    """
    import torch

    modes = [(module, module.training) for module in model.modules()]
    inner = [
        (module, dict(module._modules), dict(module._forward_hooks))
        for module, _ in modes
    ]
    own = {
        name: model.__dict__[name]
        for name in ("eval", "train")
        if name in model.__dict__
    }
    parameters = [
        (value, value.requires_grad, value.grad) for value in model.parameters()
    ]
    buffers = [(value, value.clone()) for value in model.buffers()]

    def still(*_args: Any, **_kwargs: Any) -> Any:
        return model

    devices = sorted(
        {value.device.index for value in model.parameters() if value.is_cuda}
    )
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices))
        # Neither may a caller's own no_grad() keep Grad-CAM from its gradients.
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.set_grad_enabled(gradients))
        try:
            # Not model.eval(), which some classes override to change more than a mode; libraries call it.
            model.__dict__["eval"] = model.__dict__["train"] = still
            for module, _ in modes:
                module.training = False
            for value, _, _ in parameters if gradients else ():
                value.grad = None
                if value.is_floating_point() or value.is_complex():
                    value.requires_grad_(True)
            yield
        finally:
            for name in ("eval", "train"):
                del model.__dict__[name]
            model.__dict__.update(own)
            for module, training in modes:
                module.training = training
            for module, children, hooks in inner:
                # What a library put there, and could not take away because of an error.
                _restore(module._modules, children)
                _restore(module._forward_hooks, hooks)
            for value, required, grad in parameters if gradients else ():
                value.requires_grad_(required)
                value.grad = grad
            with torch.no_grad():
                for value, before in buffers:
                    # Only what changed: a write would make the caller's own graph out of date.
                    if not value.is_meta and not torch.equal(value, before):
                        value.copy_(before)


def _restore(mapping: Any, before: dict[Any, Any]) -> None:
    if dict(mapping) != before:
        mapping.clear()
        mapping.update(before)
