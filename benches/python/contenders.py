"""Who is measured: how to make a writer, and how to import one."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Contender:
    """A package with a `SummaryWriter`."""

    name: str
    module: str
    """Where `SummaryWriter` is imported from."""
    packages: tuple[str, ...]
    """Distributions whose versions matter."""

    def writer(self, folder: str) -> Any:
        """Return a new writer with every option at its default, as training scripts have it."""
        return importlib.import_module(self.module).SummaryWriter(folder)

    def versions(self) -> dict[str, str]:
        """Return the version of each package."""
        return {package: _version(package) for package in self.packages}


OURS = Contender("tensorbolt", "tensorbolt", ("tensorbolt",))
TORCH = Contender("torch", "torch.utils.tensorboard", ("torch", "tensorboard"))
TENSORBOARDX = Contender("tensorboardX", "tensorboardX", ("tensorboardX",))

CONTENDERS = (OURS, TORCH, TENSORBOARDX)
"""In the order of the table's columns; the first is compared with the faster of the others."""

Act = Callable[[Any, Any, Any], None]
"""Logs `data` with a writer once per step: `act(writer, data, steps)`."""


def all_of(act: Act) -> dict[str, Act]:
    """Return one way to log for every contender."""
    return {contender.name: act for contender in CONTENDERS}


def ours_and_theirs(ours: Act, theirs: Act) -> dict[str, Act]:
    """Return one way for tensorbolt, and one for those who have no such call."""
    return {**all_of(theirs), OURS.name: ours}


def _version(package: str) -> str:
    try:
        return version(package)
    except Exception:  # a checkout that was never installed
        return str(getattr(importlib.import_module(package), "__version__", "?"))
