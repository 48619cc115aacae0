"""Settings of the process and of the thread that a model may change while it runs."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["same_process", "same_random_numbers"]


@contextmanager
def same_process(torch: Any) -> Iterator[None]:
    """Run a block, and put back what it changes outside of the model, also when it raises.

    These are: the states of the random generators; whether gradients are recorded; the default type; deterministic
    algorithms; cuDNN's choices; the number of threads. The block does not use the cache of `torch.autocast`. Otherwise the
    next training step would use weights that were cast in the block: values from before the model was put back, and in old
    versions of torch without gradients.
    """
    cudnn = torch.backends.cudnn
    settings = [
        (torch.set_grad_enabled, torch.is_grad_enabled()),
        (torch.set_default_dtype, torch.get_default_dtype()),
        (torch.set_num_threads, torch.get_num_threads()),
        (torch.set_autocast_cache_enabled, torch.is_autocast_cache_enabled()),
    ]
    deterministic = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    chosen = {name: getattr(cudnn, name) for name in ("benchmark", "deterministic")}
    with same_random_numbers(torch):
        torch.set_autocast_cache_enabled(False)
        try:
            yield
        finally:
            for put_back, before in settings:
                put_back(before)
            torch.use_deterministic_algorithms(
                deterministic[0], warn_only=deterministic[1]
            )
            for name, value in chosen.items():
                # `torch.backends.disable_global_flags` refuses even the value that is set.
                if getattr(cudnn, name) != value:
                    setattr(cudnn, name, value)


@contextmanager
def same_random_numbers(torch: Any) -> Iterator[None]:
    """Give back the states of the global random generators, so that looking at a model changes no result."""
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    xpu = torch.xpu.get_rng_state_all() if _uses_xpu(torch) else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)
        if xpu is not None:
            torch.xpu.set_rng_state_all(xpu)


def _uses_xpu(torch: Any) -> bool:
    xpu = getattr(torch, "xpu", None)
    return xpu is not None and bool(getattr(xpu, "is_initialized", lambda: False)())
