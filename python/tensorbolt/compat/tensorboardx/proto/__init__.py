"""Protobuf messages: the modules of `tensorboardX.proto`, or of the package `tensorboard` where that is missing."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

_PLACES = ("tensorboardX", "proto"), ("tensorboard", "compat", "proto")


def _folder() -> str | None:
    """Find the modules without importing their package, which may be this very package under another name."""
    for top, *below in _PLACES:
        spec = PathFinder.find_spec(top, sys.path)
        for location in (spec and spec.submodule_search_locations) or ():
            directory = Path(location, *below)
            if directory.is_dir():
                return str(directory)
    return None


_found = _folder()
if _found is not None:
    __path__.append(_found)
else:

    def __getattr__(name: str) -> Any:
        if name.endswith("_pb2"):
            raise ImportError(
                f"{__name__}.{name} needs the messages of tensorboardX or tensorboard; install one of them with: "
                "pip install tensorboard"
            )
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
