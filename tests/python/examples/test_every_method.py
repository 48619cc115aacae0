"""No public name without an example that uses it."""

import ast
from pathlib import Path

import pytest

import tensorbolt
from tensorbolt import insight

EXAMPLES = Path(__file__).parents[3] / "examples"


def calls():
    """Names of all functions and methods that the examples call."""
    found = set()
    for path in EXAMPLES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


@pytest.mark.parametrize("module", [tensorbolt, insight])
def test_every_function_and_class_is_called(module):
    names = {name for name in module.__all__ if not name.startswith("_")}
    assert names - calls() == set()
