"""Graphs of models as messages, and the classes with which other tools read a traced graph."""

from collections.abc import Callable
from typing import Any

from tensorbolt.compat import _graph_messages, _messages
from tensorbolt.compat.torch._proto_graph import node_proto
from tensorbolt.writer.graphs.jit import attributes, scoped

__all__ = [
    "CLASSTYPE_KIND",
    "GETATTR_KIND",
    "GraphPy",
    "NodeBase",
    "NodePy",
    "NodePyIO",
    "NodePyOP",
    "graph",
    "methods_IO",
    "methods_OP",
    "node_proto",
    "parse",
]

CLASSTYPE_KIND = "ClassType"
GETATTR_KIND = "prim::GetAttr"

methods_OP = [
    "attributeNames",
    "hasMultipleOutputs",
    "hasUses",
    "inputs",
    "kind",
    "outputs",
    "outputsSize",
    "scopeName",
]
"""Attributes that a `NodePyOP` reads from a node of a `torch.jit` graph."""

methods_IO = ["node", "offset", "debugName"]
"""Attributes that a `NodePyIO` reads from a value of a `torch.jit` graph."""


class NodeBase:
    """A node as the graph shows it.

    Args:
        debugName: Its name.
        inputs: Names of the values it reads.
        scope: Path of the module it belongs to.
        tensor_size: Shape of its result; `None` if unknown.
        op_type: Its kind.
        attributes: Text with its attributes.
    """

    # Attributes follow the values of a graph, which have no types.
    def __init__(
        self,
        debugName: Any = None,
        inputs: Any = None,
        scope: Any = None,
        tensor_size: Any = None,
        op_type: Any = "UnSpecified",
        attributes: Any = "",
    ) -> None:
        self.debugName = debugName
        self.inputs = inputs
        self.scope = scope
        self.tensor_size = tensor_size
        self.kind = op_type
        self.attributes = attributes

    def __repr__(self) -> str:
        lines = [f"{name}: {value!r}" for name, value in sorted(vars(self).items())]
        return "\n".join([str(type(self)), *lines]) + "\n\n"


class NodePy(NodeBase):
    """Results of methods of a node or value of a `torch.jit` graph, under the methods' names.

    Of `inputs` and `outputs` there are the names, and the shapes in `inputstensor_size` and `outputstensor_size`.

    Args:
        node_cpp: The node or value.
        valid_methods: Names of methods.
    """

    def __init__(self, node_cpp: Any, valid_methods: list[str]) -> None:
        super().__init__(node_cpp, inputs=[])
        for name in valid_methods:
            found = getattr(node_cpp, name)()
            if name in ("inputs", "outputs"):
                values = list(found)
                setattr(self, name, [value.debugName() for value in values])
                setattr(self, f"{name}tensor_size", [_size(value) for value in values])
            else:
                setattr(self, name, found)


class NodePyIO(NodePy):
    """A value that goes into a graph or comes out of it.

    Args:
        node_cpp: The value.
        input_or_output: `"input"` or `"output"`; the name's first component.
    """

    def __init__(self, node_cpp: Any, input_or_output: str | None = None) -> None:
        super().__init__(node_cpp, methods_IO)
        try:
            self.tensor_size = node_cpp.type().sizes()
        except RuntimeError:
            # It is no tensor, and counts as one number.
            self.tensor_size = [1]
        self.kind = "Parameter"
        if input_or_output:
            self.input_or_output = input_or_output
            self.kind = "IO Node"


class NodePyOP(NodePy):
    """An operator of a graph.

    Args:
        node_cpp: The node.
    """

    scopeName: str
    outputs: list[str]
    outputstensor_size: list[Any]

    def __init__(self, node_cpp: Any) -> None:
        super().__init__(node_cpp, methods_OP)
        self.attributes = attributes(node_cpp)
        self.kind = node_cpp.kind()


class GraphPy:
    """Nodes that are appended one by one, and then named by the modules they belong to."""

    def __init__(self) -> None:
        self.nodes_op: list[NodePyOP] = []
        self.nodes_io: dict[str, NodeBase] = {}
        self.unique_name_to_scoped_name: dict[str, str] = {}
        self.shallowest_scope_name = "default"
        self.scope_name_appeared: list[str] = []

    def append(self, x: Any) -> None:
        """Take a `NodePyIO` or a `NodePyOP`; anything else is left out."""
        if isinstance(x, NodePyIO):
            self.nodes_io[x.debugName] = x
        elif isinstance(x, NodePyOP):
            self.nodes_op.append(x)

    def printall(self) -> None:
        """Print all nodes."""
        print("all nodes", *self.nodes_op, *self.nodes_io.values(), sep="\n")

    def find_common_root(self) -> None:
        """Take the first component of the last scope there is."""
        for scope in filter(None, self.scope_name_appeared):
            self.shallowest_scope_name = scope.partition("/")[0]

    def populate_namespace_from_OP_to_IO(self) -> None:
        """Make a node of every result of an operator, and give all of them the names of their modules."""
        for node in self.nodes_op:
            for name, size in zip(node.outputs, node.outputstensor_size, strict=True):
                self.scope_name_appeared.append(node.scopeName)
                self.nodes_io[name] = NodeBase(
                    name, node.inputs, node.scopeName, size, node.kind, node.attributes
                )
        self.find_common_root()
        names = self.unique_name_to_scoped_name
        for node in self.nodes_op:
            names.update((name, f"{node.scopeName}/{name}") for name in node.inputs)
        for key, value in self.nodes_io.items():
            scope: Any = getattr(value, "input_or_output", None)
            if value.scope is not None:
                scope = value.scope or self.shallowest_scope_name
            if scope is not None:
                names[key] = f"{scope}/{value.debugName}"
        for value in self.nodes_io.values():
            value.inputs = [names[name] for name in value.inputs]
            value.debugName = names.get(value.debugName, value.debugName)

    def to_proto(self) -> list[Any]:
        """Return the `NodeDef` messages. Needs the package `tensorboard`."""
        return [
            node_proto(
                node.debugName,
                op=node.kind,
                input=node.inputs,
                outputsize=node.tensor_size,
                attributes=node.attributes,
            )
            for node in self.nodes_io.values()
        ]


def parse(
    graph: Any, trace: Any, args: Any = None, omit_useless_nodes: bool = True
) -> list[Any]:
    """Return the `NodeDef` messages of a traced graph that is inlined. Needs the package `tensorboard`.

    Args:
        graph: The graph of `torch.jit.trace`.
        trace: What `torch.jit.trace` returned.
        args: Kept for compatibility, as by torch.
        omit_useless_nodes: Whether to leave out inputs that no node reads.
    """
    found = GraphPy()
    for value in graph.inputs():
        used = value.uses() or not omit_useless_nodes
        if used and value.type().kind() != CLASSTYPE_KIND:
            found.append(NodePyIO(value, "input"))
    for node, scope in scoped(graph, trace):
        operator = NodePyOP(node)
        operator.scopeName = scope
        found.append(operator)
    for place, value in enumerate(graph.outputs(), 1):
        end = NodePyIO(value, "output")
        end.debugName, end.inputs = f"output.{place}", [value.debugName()]
        found.append(end)
    found.populate_namespace_from_OP_to_IO()
    return found.to_proto()


def graph(
    model: Any, args: Any, verbose: bool = False, use_strict_trace: bool = True
) -> tuple[Any, Any]:
    """Return the `GraphDef` of a model and the `RunMetadata` of its run; see `SummaryWriter.add_graph`."""
    return _graph_messages.of_model(model, args, verbose, use_strict_trace)


def _size(value: Any) -> Any:
    return value.type().sizes() if value.isCompleteTensor() else None


__getattr__: Callable[[str], Any] = _messages.types(
    _messages.TORCH,
    __name__,
    "DeviceStepStats",
    "GraphDef",
    "RunMetadata",
    "StepStats",
    "VersionDef",
)
