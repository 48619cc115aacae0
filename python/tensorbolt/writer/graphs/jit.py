"""From a `torch.jit` graph to nodes.

Names, order and attributes are those of `torch.utils.tensorboard`, which other tools know: a node per output value of
each operator, called by the path of its module, `Root/Sequential[body]/Linear[0]/`, and the value's name in the trace.
"""

from collections.abc import Iterator
from typing import Any

from tensorbolt.writer.graphs.node import Node

__all__ = ["attributes", "class_name", "nodes", "scoped"]

GET_ATTRIBUTE = "prim::GetAttr"
CLASS = "ClassType"
ROOT = "__module"
INPUT_OR_OUTPUT = "IO Node"


def nodes(graph: Any, traced: Any, root: str, below: str | None = None) -> list[Node]:
    """Return the nodes of an inlined graph: inputs that are used, outputs, then operators.

    Args:
        graph: The graph.
        traced: The traced module or function it is of; its modules have the class names.
        root: First component of all scopes.
        below: Path of the module that `root` stands for, where it is not the traced one itself.
    """
    operators = [
        (
            node,
            scope,
            [value.debugName() for value in node.inputs()],
            list(node.outputs()),
        )
        for node, scope in scoped(graph, traced, root, below)
    ]
    inputs = [
        value
        for value in graph.inputs()
        if value.uses() and value.type().kind() != CLASS
    ]
    names: dict[str, str] = {}
    # Modules are no nodes. Parameters refer to them all the same, and TensorBoard leaves such edges out.
    for _, scope, read, _ in operators:
        names.update((name, f"{scope}/{name}") for name in read)
    for _, scope, _, made in operators:
        for value in made:
            names[value.debugName()] = f"{scope}/{value.debugName()}"
    for value in inputs:
        names[value.debugName()] = f"input/{value.debugName()}"

    found = [_end(names[value.debugName()], (), value) for value in inputs]
    for place, value in enumerate(graph.outputs(), 1):
        source = names.get(value.debugName())
        found.append(
            _end(f"output/output.{place}", () if source is None else (source,), value)
        )
    for node, _, read, made in operators:
        text = attributes(node).encode("utf-8", "replace")
        sources, texts = [names[name] for name in read], (("attr", text),)
        found.extend(
            Node(
                names[value.debugName()],
                node.kind(),
                sources,
                texts,
                [value.type().sizes()] if value.isCompleteTensor() else None,
            )
            for value in made
        )
    return found


def scoped(
    graph: Any, traced: Any, root: str | None = None, below: str | None = None
) -> Iterator[tuple[Any, str]]:
    """Return the operators of an inlined graph, each with the name of the module that it belongs to; see `nodes`."""
    scopes = _Scopes(traced, class_name(traced) if root is None else root, below)
    for node in graph.nodes():
        scope = scopes.of(node)
        if not _is_module(node):
            yield node, scope


def class_name(module: Any) -> str:
    """Return the name of the class that a traced or scripted module was made from."""
    import torch

    if isinstance(module, torch.jit.TracedModule):
        return str(module._name)
    return str(getattr(module, "original_name", "Module"))


class _Scopes:
    """Paths of modules, as they stand in the trace, turned into names."""

    def __init__(self, traced: Any, root: str, below: str | None) -> None:
        self._root = root
        self._below = below
        self._attributes: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._labels = {
            path: f"{class_name(module)}[{path.rpartition('.')[2]}]"
            for path, module in (
                traced.named_modules(prefix=ROOT)
                if hasattr(traced, "named_modules")
                else ()
            )
        }

    def of(self, node: Any) -> str:
        """Return the name of the module that a node belongs to; of an attribute, with the attribute's own name."""
        if node.kind() != GET_ATTRIBUTE:
            return self._name(node.scopeName())
        attribute, parent = node.s("name"), node.input().node()
        path = f"{ROOT}.{attribute}"
        if parent.kind() == GET_ATTRIBUTE:
            above = self._attributes[parent.output().debugName()]
            path = f"{above}/{above.rpartition('/')[2]}.{attribute}"
        self._attributes[node.output().debugName()] = path
        return self._name(path)

    def _name(self, path: str) -> str:
        name = self._names.get(path)
        if name is None:
            parts = [
                self._labels.get(part) or part.rpartition(".")[2]
                for part in path.split("/")
                if part != self._below
            ]
            name = "/".join([self._root, *parts] if any(parts) else [self._root])
            self._names[path] = name
        return name


def _is_module(node: Any) -> bool:
    return bool(node.kind() == GET_ATTRIBUTE and node.output().type().kind() == CLASS)


def _end(name: str, sources: tuple[str, ...], value: Any) -> Node:
    """Return the node of an input or output; what is no tensor counts as one number."""
    try:
        sizes = value.type().sizes()
    except RuntimeError:
        sizes = [1]
    return Node(
        name,
        INPUT_OR_OUTPUT,
        sources,
        (("attr", b""),),
        None if sizes is None else [sizes],
    )


def attributes(node: Any) -> str:
    """Return the attributes of an operator as the text that TensorBoard shows; single quotes would end it there."""
    values = {name: _attribute(node, name) for name in node.attributeNames()}
    return str(values).replace("'", " ")


def _attribute(node: Any, name: str) -> Any:
    kind = node.kindOf(name)
    read = getattr(node, kind, None)
    return kind if read is None else read(name)
