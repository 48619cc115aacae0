"""Norms of gradients."""

from typing import Any

from tensorbolt import _arrays
from tensorbolt.insight._requires import load
from tensorbolt.insight._writing import open_writer, write_scalars
from tensorbolt.writer._watched_model import unique_parameters

CALLER = "add_gradient_norms"


def add_gradient_norms(
    writer: Any,
    model: Any,
    step: Any = None,
    *,
    norm_type: float = 2.0,
    per_parameter: bool = True,
    tag: str = "gradient_norms",
    walltime: float | None = None,
) -> dict[str, float]:
    r"""Log the norm of each parameter's gradient, and of all of them together.

    Call it between `backward()` and `zero_grad()`; before `clip_grad_norm_` to see what is clipped. The total is the
    number that `torch.nn.utils.clip_grad_norm_` computes: with `norm_type` p the p-th root of the sum of |g|^p over all
    elements, and for infinity the greatest |g|. Norms are computed on the model's device, and fetched together. Where
    `fully_shard` spreads parameters over processes they are those of whole gradients, so all processes must call it; those
    that shall not log take a writer with `write_to_disk=False`.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module`.
        step: Step of these scalars.
        norm_type: The p of the norm, above 0; `float("inf")` for the greatest size of an element.
        per_parameter: Whether to log the norm of each parameter, not only of all.
        tag: First part of the tags, which are `<tag>/total` and `<tag>/<name of the parameter>`, without what
            `torch.compile`, FSDP, DDP and `DataParallel` put into names. Parameters without gradient are left out.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The norms, by tag.

    Raises:
        ImportError: torch is missing.
        TypeError: An argument is of the wrong type.
        ValueError: No parameter has a gradient, or `norm_type` is not above 0.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> model = torch.nn.Linear(1, 2)
        >>> (3 * model.weight[0] + 4 * model.bias[1]).backward()
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_gradient_norms(writer, model, step=0)
        {'gradient_norms/total': 5.0, 'gradient_norms/weight': 3.0, 'gradient_norms/bias': 4.0}
    """
    writer, tag = open_writer(writer, tag)
    torch = load("torch", CALLER)
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    order = _arrays.number(norm_type, "norm_type")
    if not order > 0:
        raise ValueError(f"norm_type must be above 0, such as 2.0, not {order}")
    gradients = {
        name: _stored(value.grad)
        for name, value in unique_parameters(model)
        if value.grad is not None
    }
    if not gradients:
        raise ValueError(
            f"no parameter of model has a gradient; call {CALLER} between backward() and zero_grad()"
        )
    with torch.no_grad():
        each = [_norm(value, order) for value in gradients.values()]
        norms = torch.stack([norm.to(each[0].device, torch.float64) for norm in each])
        total = torch.linalg.vector_norm(norms, order)
        numbers = torch.cat([total[None], norms]).tolist()
    tags = [f"{tag}/total", *(f"{tag}/{name}" for name in gradients)]
    found = dict(zip(tags, numbers, strict=True))
    if not per_parameter:
        found = {tags[0]: numbers[0]}
    return write_scalars(writer, found, step, walltime)


def _norm(gradient: Any, order: float) -> Any:
    import torch

    # Half floats overflow when squared.
    exact = torch.promote_types(gradient.dtype, torch.float32)
    norm = torch.linalg.vector_norm(gradient, order, dtype=exact)
    # Of a gradient that is spread over processes, the norm of all parts.
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm


def _stored(gradient: Any) -> Any:
    """Return a gradient's numbers: of a sparse one those that are stored, summed where they share a place."""
    import torch

    if gradient.layout == torch.sparse_coo:
        return gradient.coalesce().values()
    return gradient if gradient.layout == torch.strided else gradient.values()
