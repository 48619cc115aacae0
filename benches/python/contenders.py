"""Who is measured: how to make a writer, and in which process."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benches.python import others


@dataclass(frozen=True)
class Contender:
    """One column of the table; it has a process of its own."""

    name: str
    module: str
    """Where its class is imported from."""
    packages: tuple[str, ...]
    """Distributions whose versions matter."""
    kind: str = "SummaryWriter"
    environment: Mapping[str, str] = field(default_factory=dict)
    """What differs in its process."""

    @property
    def available(self) -> bool:
        """Whether its packages are there."""
        return all(importlib.util.find_spec(package) for package in self.packages)

    def writer(self, directory: str, **options: Any) -> Any:
        """Return a new writer; without options it is what training scripts have."""
        kind = getattr(importlib.import_module(self.module), self.kind)
        return kind(directory, **options)

    def versions(self) -> dict[str, str]:
        """Return the version of each package."""
        return {package: _version(package) for package in self.packages}


OURS = Contender(
    "tensorbolt",
    "tensorbolt",
    ("tensorbolt",),
    environment={"TENSORBOLT_THREADS": "2"},
)
OURS_ALONE = Contender(
    "tensorbolt, 1 thread",
    "tensorbolt",
    ("tensorbolt",),
    environment={"TENSORBOLT_THREADS": "1"},
)
TORCH = Contender("torch", "torch.utils.tensorboard", ("torch", "tensorboard"))
TENSORBOARDX = Contender("tensorboardX", "tensorboardX", ("tensorboardX",))
NUMPY = Contender("numpy.sum", others.__name__, ("numpy",), "Nothing")
"""The speed of memory, as numpy has it: no log, just the sum of the array."""
SILENT = Contender("no logging", others.__name__, (), "Nothing")
OTHERS = (
    Contender("tf.summary", others.__name__, ("tensorflow",), "TensorFlow"),
    Contender("wandb", others.__name__, ("wandb",), "WandB"),
    Contender("mlflow", others.__name__, ("mlflow",), "MLflow"),
    Contender("aim", others.__name__, ("aim",), "Aim"),
)
"""Loggers of other formats; they take part where they are installed."""

EVERYONE = (OURS, OURS_ALONE, TORCH, TENSORBOARDX, NUMPY, SILENT, *OTHERS)
REFERENCE_WRITERS = (TORCH, TENSORBOARDX)
"""The reference writers, which tensorbolt replaces: the faster of them is what times are compared with."""

Act = Callable[[Any, Any, Any], None]
"""Logs `data` with a writer once per step: `act(writer, data, steps)`."""


def all_of(act: Act, method: str = "", alone: bool = False) -> dict[str, Act]:
    """Return one way to log for every contender.

    Args:
        act: The way.
        method: The one that it calls; other loggers that have it take part as well.
        alone: Whether tensorbolt takes part on one thread too.
    """
    return {
        **dict.fromkeys((OURS.name, *([OURS_ALONE.name] if alone else [])), act),
        **dict.fromkeys((contender.name for contender in REFERENCE_WRITERS), act),
        **dict.fromkeys(
            (
                other.name
                for other in OTHERS
                if method and hasattr(getattr(others, other.kind), method)
            ),
            act,
        ),
    }


def ours_and_theirs(ours: Act, theirs: Act, alone: bool = False) -> dict[str, Act]:
    """Return one way for tensorbolt, and one for writers that have no such call."""
    acts = all_of(theirs, alone=alone)
    return {
        name: ours if name in (OURS.name, OURS_ALONE.name) else act
        for name, act in acts.items()
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout that was never installed
        return str(getattr(importlib.import_module(package), "__version__", "?"))
