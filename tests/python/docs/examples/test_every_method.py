"""No public name without an example that uses it."""

import ast
import json
from inspect import isfunction
from pathlib import Path

import pytest

import tensorbolt
from tensorbolt import insight, notebook

EXAMPLES = Path(__file__).parents[4] / "examples"


def calls():
    """Names of all functions and methods that the examples call."""
    found = set()
    programs = [path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*.py")]
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))
    programs += [
        "".join(line for line in cell["source"] if not line.startswith("%"))
        for cell in cells["cells"]
        if cell["cell_type"] == "code"
    ]
    for program in programs:
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.Call):
                name = node.func
                found.add(
                    name.attr
                    if isinstance(name, ast.Attribute)
                    else getattr(name, "id", None)
                )
    return found


def public(kind):
    return {
        name
        for name in dir(kind)
        if not name.startswith("_") and callable(getattr(kind, name))
    }


@pytest.mark.parametrize("kind", ["SummaryWriter", "RecordWriter"])
def test_every_method_is_called(kind):
    assert public(getattr(tensorbolt, kind)) - calls() == set()


def test_every_function_and_class_is_called():
    names = {name for name in tensorbolt.__all__ if not name.startswith("_")}
    assert names - calls() == set()


@pytest.mark.parametrize("module", [insight, notebook])
def test_every_function_of_a_submodule_is_called(module):
    # Their classes are what the functions return.
    names = {name for name in module.__all__ if isfunction(getattr(module, name))}
    assert names
    assert names - calls() == set()
