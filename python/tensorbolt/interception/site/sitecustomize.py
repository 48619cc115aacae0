"""Runs at the start of every Python process below `tensorbolt run`, whose `PYTHONPATH` begins with this directory.

It removes the directory from the module search path and runs the `sitecustomize` that it hid, so a process sees no other
difference. Any Python 3 may read this file.
"""
# os is loaded by now; pathlib would double the time in which an interpreter starts.
# ruff: noqa: PTH100, PTH118, PTH120

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 10)


def add_aliases() -> None:
    """Load the aliases without tensorbolt, under the module name that tensorbolt will import."""
    file = os.path.join(os.path.dirname(HERE), "import_aliases.py")
    aliases = load(
        importlib.util.spec_from_file_location(
            "tensorbolt.interception.import_aliases", file
        )
    )
    for root in aliases.FACADES:
        aliases.ALIASES.add(root)


def load(spec: "ModuleSpec | None") -> ModuleType:
    """Import a module from its spec."""
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


sys.path[:] = [path for path in sys.path if os.path.abspath(path) != HERE]
if sys.version_info >= OLDEST:
    add_aliases()
hidden = PathFinder.find_spec("sitecustomize")
if hidden is not None:
    load(hidden)
