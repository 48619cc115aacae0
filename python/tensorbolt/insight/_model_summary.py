"""A table of a model's layers."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tensorbolt.insight._checks import check_count
from tensorbolt.insight._layer_outputs import device_of, to_device
from tensorbolt.insight._model_state import check_model, unchanged
from tensorbolt.insight._requires import load
from tensorbolt.insight._writing import open_writer, write_scalars

CALLER = "add_model_summary"

_TEXT = frozenset({"layer", "type", "input", "output", "kernel", "trainable"})
"""Columns of text, which stand on the left."""


def add_model_summary(
    writer: Any,
    model: Any,
    input_size: Sequence[Any] | None = None,
    step: Any = None,
    *,
    input_data: Any = None,
    dtypes: Sequence[Any] | None = None,
    depth: int = 3,
    tag: str = "model",
    walltime: float | None = None,
) -> dict[str, float]:
    """Log a table of a model's layers as text, and its totals as scalars.

    Sizes, parameters and multiply-adds are those that torchinfo finds when it runs the model once, in evaluation mode
    and without gradients. Without an input the model is not run, and the table has parameters alone.

    Args:
        writer: A writer of tensorbolt.
        model: A `torch.nn.Module`.
        input_size: Shape of the input, the axis of examples included, such as `(1, 3, 224, 224)`; a list of shapes for
            several arguments.
        step: Step of the text and the scalars.
        input_data: Instead of `input_size`, the input itself: a tensor, a tuple or list of arguments, or a mapping of
            arguments by name.
        dtypes: Types of the inputs of `input_size`; `None` is `torch.float` for all.
        depth: How many levels of layers in layers the table has; at least 1. Totals count all.
        tag: The text's tag, and the first part of the scalars': `<tag>/parameters`, `<tag>/trainable_parameters`,
            `<tag>/parameter_bytes`, and with an input `<tag>/multiply_adds`, `<tag>/activation_bytes` (forward and
            backward) and `<tag>/input_bytes`.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The totals, by tag; `writer.add_hparams` takes them as they are. Of linear layers on sequences, as in
        transformers, torchinfo counts the multiply-adds of one place only, and those of attention not at all.

    Raises:
        ImportError: torch or torchinfo is missing.
        TypeError: An argument is of the wrong type.
        ValueError: Both `input_size` and `input_data` are given, `dtypes` without `input_size`, or the model has lazy
            layers that never ran.
        RuntimeError: The model does not run with this input.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     totals = insight.add_model_summary(writer, torch.nn.Linear(3, 2), input_size=(1, 3))
        >>> totals["model/parameters"], totals["model/multiply_adds"]
        (8.0, 8.0)
    """
    writer, tag = open_writer(writer, tag)
    model = check_model(model, CALLER)
    check_count(depth, "depth")
    torchinfo = load("torchinfo", CALLER)
    if input_size is not None and input_data is not None:
        raise ValueError("input_size and input_data are both given; leave out one")
    if dtypes is not None and input_size is None:
        raise ValueError(
            "dtypes are those of input_size, which is not given; input_data has its own"
        )
    ran = input_size is not None or input_data is not None
    with unchanged(model, input_data):
        found = _summarised(
            torchinfo,
            model,
            ran,
            input_size=input_size,
            input_data=_arguments(input_data, model),
            dtypes=dtypes,
        )
    writer.add_text(tag, _table(found, depth, ran), step, walltime)
    totals = {
        "parameters": found.total_params,
        "trainable_parameters": found.trainable_params,
        "parameter_bytes": found.total_param_bytes,
    }
    if ran:
        totals["multiply_adds"] = found.total_mult_adds
        totals["activation_bytes"] = found.total_output_bytes
        totals["input_bytes"] = found.total_input
    numbers = {f"{tag}/{name}": float(total) for name, total in totals.items()}
    return write_scalars(writer, numbers, step, walltime)


def _arguments(input_data: Any, model: Any) -> Any:
    """Return inputs as torchinfo takes them: a list of arguments, or a mapping of them by name."""
    if input_data is None:
        return None
    moved_data = to_device(input_data, device_of(model))
    single = not isinstance(moved_data, (tuple, list, Mapping))
    return [moved_data] if single else moved_data


def _summarised(torchinfo: Any, model: Any, ran: bool, **arguments: Any) -> Any:
    devices = sorted({str(value.device) for value in model.parameters()})
    if len(devices) > 1 and ran:
        # To run it, torchinfo would move the model to one of them.
        raise ValueError(
            f"model is spread over the devices {', '.join(devices)}, which torchinfo cannot run; pass no input"
        )
    device = devices[0] if devices else "cpu"
    try:
        return torchinfo.summary(model, device=device, verbose=0, **arguments)
    except RuntimeError as error:
        cause = error.__cause__ or error
        raise RuntimeError(
            f"the model does not run with this input: {type(cause).__name__}: {cause}"
        ) from cause
    finally:
        # It keeps what it saw of each class's last model, and with it the model, until the process ends.
        cache = getattr(
            sys.modules.get("torchinfo.torchinfo"), "_cached_forward_pass", {}
        )
        cache.pop(type(model).__name__, None)


def _table(found: Any, depth: int, ran: bool) -> str:
    """Return layers and totals as two tables in Markdown."""
    heads = [
        "layer",
        "type",
        "input",
        "output",
        "kernel",
        "parameters",
        "trainable",
        "multiply-adds",
        "output memory",
    ]
    plain = heads if ran else ["layer", "type", "kernel", "parameters", "trainable"]
    rows = [_row(layer, depth) for layer in found.summary_list if layer.depth <= depth]
    lines = [
        _line(plain),
        _line(["---" if head in _TEXT else "---:" for head in plain]),
        *(_line([row[head] for head in plain]) for row in rows),
        "",
        _line(["total", "number"]),
        _line(["---", "---:"]),
        _line(["parameters", f"{found.total_params:,}"]),
        _line(["trainable parameters", f"{found.trainable_params:,}"]),
        _line(["memory of parameters", size_text(found.total_param_bytes)]),
    ]
    if ran:
        whole = found.total_input + found.total_output_bytes + found.total_param_bytes
        lines += [
            _line(["multiply-adds", f"{found.total_mult_adds:,}"]),
            _line(["memory of inputs", size_text(found.total_input)]),
            _line(
                [
                    "memory of activations, forward and backward",
                    size_text(found.total_output_bytes),
                ]
            ),
            _line(["memory of all these", size_text(whole)]),
        ]
    return "\n".join(lines)


def _row(layer: Any, depth: int) -> dict[str, str]:
    # What is deeper is counted here.
    deepest = layer.depth == depth
    leaf = layer.is_leaf_layer
    return {
        "layer": f"`{_path(layer)}`",
        "type": f"`{layer.class_name}`",
        "input": _shape(layer.input_size),
        "output": _shape(layer.output_size),
        "kernel": _shape(layer.kernel_size),
        "parameters": layer.num_params_to_str(deepest).replace("--", ""),
        "trainable": layer.trainable.replace("--", ""),
        "multiply-adds": layer.macs_to_str(deepest).replace("--", ""),
        "output memory": size_text(layer.output_bytes)
        if leaf and layer.output_bytes
        else "",
    }


def _path(layer: Any) -> str:
    """Return the name as in `named_modules()`; of the model itself its class."""
    names: list[str] = []
    while layer.parent_info is not None:
        names.insert(0, layer.var_name)
        layer = layer.parent_info
    return ".".join(names) or layer.class_name


def _shape(sizes: Any) -> str:
    if sizes is None:
        return ""
    return (
        " × ".join(map(str, sizes)) if isinstance(sizes, (list, tuple)) else str(sizes)
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def size_text(count: int) -> str:
    """Return a number of bytes in a unit that fits, of 1000 each."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:  # noqa: PLR2004 - of one unit in the next
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{count} B"
