"""Leaving a model and the process as they were found."""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["eager", "evaluating", "quiet", "same_random_numbers"]


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Put a module into evaluation mode, and give each of its modules its own mode back."""
    modules = list(model.modules()) if hasattr(model, "modules") else []
    # Frozen scripted modules have no mode.
    found = [(module, getattr(module, "training", None)) for module in modules]
    if not any(training for _, training in found):
        yield
        return
    try:
        model.train(False)
        yield
    finally:
        for module, training in found:
            # Some classes do more than set the flag, such as merging weights; they must undo it too.
            if training is not None and module.training != training:
                module.train(training)
        for module, training in found:
            if training is not None and module.training != training:
                module.training = training


@contextmanager
def same_random_numbers(torch: Any) -> Iterator[None]:
    """Give back the states of the global random generators, so that logging a graph changes no result."""
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if gpu is not None:
            torch.cuda.set_rng_state_all(gpu)


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
