"""Preparing a model and the process for a trace."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["eager", "quiet"]


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


@contextmanager
def quiet() -> Iterator[None]:
    """Hide warnings: that tracing is deprecated, and what makes a trace unfit for other inputs, matter to no picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
