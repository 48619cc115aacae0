"""From a `torch.fx` graph to nodes, called as those of `torch.jit` are: for models that it cannot follow."""

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from tensorbolt.writer.graphs.jit import GET_ATTRIBUTE, INPUT_OR_OUTPUT
from tensorbolt.writer.graphs.node import Node
from tensorbolt.writer.graphs.structure import leaves

__all__ = ["exported", "nodes", "parameters", "symbolic"]


def symbolic(torch: Any, model: Any) -> Any:
    """Return the graph of a model that is followed without inputs; layers of `torch.nn` stay whole."""
    return torch.fx.Tracer().trace(model)


def exported(
    torch: Any, model: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Return the program of a model that is followed with inputs, down to the operators."""
    # Where it fails it logs and prints whole graphs; what went wrong stands in the exception.
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                return torch.export.export(model, arguments, keywords, strict=False)
            except Exception:
                if _lets_modes_see_functions(torch):
                    raise
                # torch 2.6 follows a `torch.cond` that ran while the model was observed in this way alone.
                return torch.export.export(model, arguments, keywords, strict=True)
    finally:
        logger.setLevel(level)


def _lets_modes_see_functions(torch: Any) -> bool:
    """Whether operators that take functions, such as `torch.cond`, run while a model is observed."""
    mode = torch.utils._python_dispatch.TorchDispatchMode
    return hasattr(mode, "supports_higher_order_operators")


def parameters(program: Any) -> dict[str, str]:
    """Return which inputs of an exported program are attributes of the model, and of what path."""
    signature = program.graph_signature
    return {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }


def nodes(
    graph: Any, model: Any, root: str, attributes: Mapping[str, str] | None = None
) -> list[Node]:
    """Return the nodes of a graph: inputs that are used, outputs, then operators.

    Args:
        graph: The graph.
        model: The module it is of.
        root: First component of all scopes.
        attributes: Which of its inputs are attributes of the model, and of what path.
    """
    attributes = attributes or {}
    modules = dict(_modules(model))
    names: dict[str, str] = {}
    inputs, outputs, operators = [], [], []
    for node in graph.nodes:
        path = attributes.get(node.name) if node.op == "placeholder" else None
        if node.op == "get_attr":
            path = str(node.target)
        sources = [names[source.name] for source in node.all_input_nodes]
        if node.op == "output":
            outputs = [
                _end(f"output/output.{place}", [names[value.name]], value)
                for place, value in enumerate(_values(node.args), 1)
            ]
        elif node.op == "placeholder" and path is None:
            names[node.name] = f"input/{node.name}"
            if node.users:
                inputs.append(_end(names[node.name], [], node))
        elif path is not None:
            owner, _, attribute = path.rpartition(".")
            names[node.name] = f"{_scope(owner, modules, root)}/{attribute}/{node.name}"
            if node.users:
                text = _text({"name": attribute})
                operators.append(Node(names[node.name], GET_ATTRIBUTE, [], text))
        else:
            names[node.name] = f"{_scope(_path(node), modules, root)}/{node.name}"
            operators.append(
                Node(
                    names[node.name],
                    _operator(node, modules),
                    sources,
                    _text(_details(node, modules)),
                    _shapes(node),
                )
            )
    return [*inputs, *outputs, *operators]


def _modules(model: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(model, "named_modules"):
        yield from model.named_modules(remove_duplicate=False)


def _scope(path: str, modules: Mapping[str, Any], root: str) -> str:
    """Return the name of a module, with the classes of all that it is in."""
    parts = path.split(".") if path else []
    names = [root]
    for place, part in enumerate(parts, 1):
        module = modules.get(".".join(parts[:place]))
        names.append(part if module is None else f"{type(module).__name__}[{part}]")
    return "/".join(names)


def _path(node: Any) -> str:
    """Return the path of the module that a node belongs to."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    # A module that is called again has the number of the call behind it.
    return str(stack[-1][0]).partition("@")[0] if stack else ""


def _operator(node: Any, modules: Mapping[str, Any]) -> str:
    if node.op == "call_module":
        return type(modules[node.target]).__name__
    schema = getattr(node.target, "_schema", None)
    if schema is not None:
        return str(schema.name)
    return str(getattr(node.target, "__name__", node.target))


def _details(node: Any, modules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a node that are no nodes, by name where that is known."""
    if node.op == "call_module":
        return {"module": repr(modules[node.target])}
    schema = getattr(node.target, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema else []
    given = {
        names[place] if place < len(names) else str(place): value
        for place, value in enumerate(node.args)
    }
    return {
        name: value
        for name, value in {**given, **node.kwargs}.items()
        if not list(_values(value))
    }


def _text(details: Mapping[str, Any]) -> tuple[tuple[str, bytes], ...]:
    return (("attr", str(details).replace("'", " ").encode("utf-8", "replace")),)


def _values(tree: Any) -> Iterator[Any]:
    """Yield the nodes in a node's arguments."""
    for _, leaf in leaves(tree):
        if hasattr(leaf, "all_input_nodes"):
            yield leaf


def _shapes(node: Any) -> list[list[int]] | None:
    """Return the shape of a node's result if it is a tensor; sizes that depend on data are unknown."""
    shape = getattr(node.meta.get("val"), "shape", None)
    if shape is None:
        return None
    return [[size if isinstance(size, int) else -1 for size in shape]]


def _end(name: str, sources: list[str], node: Any) -> Node:
    return Node(name, INPUT_OR_OUTPUT, sources, (("attr", b""),), _shapes(node))
