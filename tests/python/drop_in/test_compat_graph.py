"""Tools such as NNI read a traced graph through the helper classes of torch's private module."""

import pytest
import torch
from torch.utils.tensorboard import _pytorch_graph as theirs

from tensorbolt.compat.torch import _pytorch_graph as ours

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


class Model(torch.nn.Module):
    """Nested modules, a parameter of its own, several results, and an input that no layer reads."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 3))
        self.scale = torch.nn.Parameter(torch.ones(3))

    def forward(self, x, unused):
        return self.body(x) * self.scale + 1, torch.split(x, 1)[0]


@pytest.fixture(scope="module")
def traced():
    trace = torch.jit.trace(Model().eval(), (torch.zeros(2, 3), torch.zeros(1)))
    torch._C._jit_pass_inline(trace.graph)
    return trace


@pytest.mark.parametrize("omit_useless_nodes", [True, False])
def test_parse(traced, omit_useless_nodes):
    found, expected = (
        module.parse(traced.graph, traced, None, omit_useless_nodes)
        for module in (ours, theirs)
    )
    assert found == expected
    names = [node.name for node in found]
    assert any("Sequential[body]/Linear[0]" in name for name in names)
    assert len(names) == len(set(names))


def described(node):
    return {name: str(value) for name, value in vars(node).items()}


def test_what_is_read_of_nodes_and_values(traced):
    for node in traced.graph.nodes():
        found, expected = (module.NodePyOP(node) for module in (ours, theirs))
        assert described(found) == described(expected)
        assert isinstance(found, ours.NodePy)
        assert f"kind: {found.kind!r}" in repr(found)
    for value in list(traced.graph.inputs())[1:]:
        for end in ("input", None):
            found, expected = (module.NodePyIO(value, end) for module in (ours, theirs))
            assert described(found) == described(expected)
    assert ours.NodePyIO(value).kind == "Parameter"


def by_hand(module, trace):
    """What NNI does: the nodes are changed between the steps."""
    nodes = module.GraphPy()
    for value in trace.graph.inputs():
        if value.type().kind() != module.CLASSTYPE_KIND:
            nodes.append(module.NodePyIO(value, "input"))
    for node in trace.graph.nodes():
        operator = module.NodePyOP(node)
        if operator.kind != module.GETATTR_KIND:
            operator.scopeName = operator.scopeName.rpartition("/")[2]
            nodes.append(operator)
    nodes.append("what is no node")
    nodes.populate_namespace_from_OP_to_IO()
    return nodes


def test_names_are_given_to_nodes_that_others_have_collected(traced):
    found, expected = (by_hand(module, traced) for module in (ours, theirs))
    for name in ("nodes_op", "nodes_io"):
        assert len(getattr(found, name)) == len(getattr(expected, name))
    for name in (
        "unique_name_to_scoped_name",
        "scope_name_appeared",
        "shallowest_scope_name",
    ):
        assert getattr(found, name) == getattr(expected, name), name
    for key, node in expected.nodes_io.items():
        mine = found.nodes_io[key]
        assert (mine.debugName, mine.inputs) == (node.debugName, node.inputs)
    assert found.to_proto() == expected.to_proto()


def test_all_nodes_are_printed(traced, capsys):
    nodes = by_hand(ours, traced)
    nodes.printall()
    said = capsys.readouterr().out
    assert said.startswith("all nodes\n")
    assert said.count("debugName: ") == len(nodes.nodes_op) + len(nodes.nodes_io)
