"""Imports of optional packages at the call of the function that needs them."""

import importlib
from typing import Any

_PACKAGES = {
    "matplotlib": "matplotlib",
    "pytorch_grad_cam": "grad-cam",
    "torch": "torch",
    "torchinfo": "torchinfo",
}
"""From the top of a module's name to the package that brings it."""


def load(module: str, caller: str) -> Any:
    """Import a module of an optional package.

    Args:
        module: Its whole name, such as `"matplotlib.figure"`.
        caller: The function that needs it, for the error's text.

    Raises:
        ImportError: The package is missing, or what it needs itself.
    """
    package = _PACKAGES[module.partition(".")[0]]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{caller} needs the package {package}, which cannot be imported ({error}); "
            "run: pip install 'tensorbolt[insight]'",
            name=error.name,
            path=error.path,
        ) from error
