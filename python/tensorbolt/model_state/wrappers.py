"""Models inside of what torch and others wrap around them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "WRAPPED",
    "check_whole",
    "eager",
    "is_wrapper",
    "is_wrapper_class",
    "unwrapped",
]

WRAPPED = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})
"""Names under which torch's wrappers keep what they wrap, and no other layers: those of `torch.compile`, of
`FullyShardedDataParallel`, and of checkpointed activations."""

_WRAPPERS = frozenset(
    {"AveragedModel", "DataParallel", "DeepSpeedEngine", "DistributedDataParallel"}
)
"""Classes that keep it as `module`, a name that others use too."""


def is_wrapper(module: Any) -> bool:
    """Say whether a layer is a wrapper that keeps what it wraps as `module`."""
    return is_wrapper_class(type(module))


def is_wrapper_class(kind: type[Any]) -> bool:
    """Say whether layers of a class are such wrappers."""
    return not _WRAPPERS.isdisjoint(base.__name__ for base in kind.__mro__)


def unwrapped(model: Any) -> Any:
    """Return the model itself, out of all wrappers around it.

    Compiled code runs no hooks that are set later, and the `forward` of DistributedDataParallel waits for the other
    processes, which may not be logging. Of a method `forward` this is its model; of a compiled function the function.
    """
    torch: Any = sys.modules["torch"]
    owner = getattr(model, "__self__", None)
    if isinstance(owner, torch.nn.Module) and model.__name__ == "forward":
        model = owner
    while isinstance(model, torch.nn.Module):
        inside = model.module if is_wrapper(model) else _wrapped(model)
        if inside is None:
            return model
        model = inside
    return getattr(model, "_torchdynamo_orig_callable", model)


def check_whole(model: Any, caller: str) -> None:
    """Check that a model can be run by this process alone.

    Raises:
        ValueError: Its parameters are spread over several processes.
    """
    torch: Any = sys.modules["torch"]
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return
    for name, module in model.named_modules():
        if _is_spread(module):
            raise ValueError(
                f"the parameters of {name or type(model).__name__!r} are spread over several processes, and running it in one "
                f"of them would wait for the others; call {caller} with the model before it is wrapped or sharded, or with "
                "a copy of it"
            )


@contextmanager
def eager(model: Any) -> Iterator[None]:
    """Have compiled parts of a module run as they are written, since `torch.jit.trace` refuses them."""
    put_back: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for module in model.modules() if hasattr(model, "modules") else ():
            # Both kinds: what torch.compile wraps, and what compile() changes in place.
            own = vars(module)
            children = own.get("_modules") or {}
            if "_orig_mod" in children and "forward" in own:
                put_back.append((own, "forward", own["forward"]))
                own["forward"] = children["_orig_mod"].__call__
            if own.get("_compiled_call_impl") is not None:
                put_back.append(
                    (own, "_compiled_call_impl", own["_compiled_call_impl"])
                )
                own["_compiled_call_impl"] = None
        yield
    finally:
        for own, name, value in put_back:
            own[name] = value


def _wrapped(module: Any) -> Any:
    own = vars(module)
    if own.get("_handle") is not None:
        # FullyShardedDataParallel with parameters; the layer inside has none until its wrapper gathers them.
        return None
    children = own.get("_modules") or {}
    return next((children[name] for name in WRAPPED if name in children), None)


def _is_spread(module: Any) -> bool:
    own = vars(module)
    world_size = getattr(own.get("_handle"), "world_size", 1)
    if isinstance(world_size, int) and world_size > 1:
        return True
    return any(
        hasattr(value, "device_mesh") and value.device_mesh.size() > 1
        for value in (own.get("_parameters") or {}).values()
    )
