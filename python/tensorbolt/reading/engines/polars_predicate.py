"""What a condition of Polars says about runs, tags and steps.

A condition is a tree of expressions. The parts of it that are joined by "and" are looked at one by one. One that is about
`run` alone, or about `tag` alone, is evaluated for each name, whatever it is made of. Of those about `step`, comparisons
with a number count. The rest counts for nothing here: Polars' filter comes after.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars

LOWEST, HIGHEST = -(2**63), 2**63 - 1
#: Names whose answers are kept.
_NAMES = 100_000
#: The same comparison with its sides exchanged.
_MIRRORED = {"Gt": "Lt", "GtEq": "LtEq", "Lt": "Gt", "LtEq": "GtEq", "Eq": "Eq"}


@dataclass(frozen=True)
class Wanted:
    """At least what a condition is true for.

    Attributes:
        run: Whether a run of this name is wanted.
        tag: Whether a tag is.
        first_step: The lowest step.
        last_step: The highest step.
    """

    run: Callable[[str], bool]
    tag: Callable[[str], bool]
    first_step: int = LOWEST
    last_step: int = HIGHEST


def wanted(predicate: Any) -> Wanted:
    """What a condition says; `None` wants all."""
    about: dict[str, list[Any]] = {"run": [], "tag": []}
    first, last = LOWEST, HIGHEST
    for node in _joined(_tree(predicate)):
        expression = _expression(node)
        names = expression.meta.root_names() if expression is not None else []
        if set(names) == {"step"}:
            low, high = _steps(node)
            first, last = max(first, low), min(last, high)
        elif len(set(names)) == 1 and names[0] in about:
            about[names[0]].append(expression)
    return Wanted(
        _tester("run", about["run"]), _tester("tag", about["tag"]), first, last
    )


def _tree(predicate: Any) -> Any:
    if predicate is None:
        return {}
    try:
        return json.loads(predicate.meta.serialize(format="json"))
    except (polars.exceptions.PolarsError, ValueError, TypeError):
        # Such as a Python function.
        return {}


def _expression(node: Any) -> Any:
    try:
        return polars.Expr.deserialize(io.StringIO(json.dumps(node)), format="json")
    except (polars.exceptions.PolarsError, ValueError, TypeError):
        return None


def _joined(node: Any) -> Iterator[Any]:
    binary = _child(node, "BinaryExpr")
    if binary and binary.get("op") in ("And", "LogicalAnd"):
        yield from _joined(binary.get("left"))
        yield from _joined(binary.get("right"))
    elif node:
        yield node


def _child(node: Any, name: str) -> dict[str, Any] | None:
    child = node.get(name) if isinstance(node, dict) else None
    return child if isinstance(child, dict) else None


def _tester(column: str, expressions: list[Any]) -> Callable[[str], bool]:
    @lru_cache(maxsize=_NAMES)
    def test(name: str) -> bool:
        frame = polars.DataFrame({column: [name]}, schema={column: polars.Categorical})
        try:
            return all(frame.filter(one).height for one in expressions)
        except polars.exceptions.PolarsError:
            # The filter of the whole condition meets the same and raises it.
            return True

    return test


def _steps(node: Any) -> tuple[int, int]:
    """The lowest and the highest step for which a comparison may be true."""
    binary = _child(node, "BinaryExpr")
    if binary:
        op = str(binary.get("op"))
        left, right = binary.get("left"), binary.get("right")
        if _is_step(right):
            left, right, op = right, left, _MIRRORED.get(op, "")
        number = _integer(right)
        if _is_step(left) and number is not None:
            return _compared(op, number)
    function = _child(node, "Function")
    inputs = function.get("input") if function else None
    kind = _child(_child(function, "function"), "Boolean")
    if (
        kind
        and "IsBetween" in kind
        and isinstance(inputs, list)
        and _is_step(inputs[0])
    ):
        low, high = map(_integer, inputs[1:3])
        # Closed or not: one step more is filtered later.
        return LOWEST if low is None else low, HIGHEST if high is None else high
    return LOWEST, HIGHEST


def _compared(op: str, number: int) -> tuple[int, int]:
    return {
        "Gt": (number + 1, HIGHEST),
        "GtEq": (number, HIGHEST),
        "Lt": (LOWEST, number - 1),
        "LtEq": (LOWEST, number),
        "Eq": (number, number),
    }.get(op, (LOWEST, HIGHEST))


def _is_step(node: Any) -> bool:
    return isinstance(node, dict) and node.get("Column") == "step"


def _integer(node: Any) -> int | None:
    """A literal, such as `{"Literal": {"Scalar": {"Int64": 3}}}`."""
    value = node.get("Literal") if isinstance(node, dict) else None
    while isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer else None
