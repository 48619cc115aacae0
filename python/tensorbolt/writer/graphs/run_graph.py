"""The one graph that TensorBoard shows of a run, put together from all that were logged."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tensorbolt import _core
from tensorbolt._arguments import check_tag
from tensorbolt.writer.graphs.node import Node

__all__ = ["RunGraph", "check_graph_tag"]


class RunGraph(NamedTuple):
    """Graphs of one run: one without a tag, and any number with one each."""

    parts: Mapping[str | None, bytes] = {}
    """By tag. They are serialised: messages that stand one behind the other are one message, with the nodes of all."""
    scopes: frozenset[str] = frozenset()
    """First components of the names in the graph without a tag."""

    def merged(self) -> bytes:
        """Return the one graph of the run, serialised."""
        return b"".join(self.parts.values())

    def with_graph(self, tag: str | None, nodes: Sequence[Node]) -> "RunGraph":
        """Return the run's graph with a part that is new, or replaces that with the same tag.

        Raises:
            ValueError: Names of two parts could be the same.
        """
        scopes = _scopes(nodes) if tag is None else self.scopes
        tags = {name for name in (*self.parts, tag) if name is not None}
        taken = scopes & {name.partition("/")[0] for name in tags}
        if taken:
            raise ValueError(
                f"tag begins with {min(taken)!r}, which the graph without a tag has as a box of its own; choose another tag"
            )
        inside = [
            name for name in tags for other in tags if name.startswith(f"{other}/")
        ]
        if inside:
            raise ValueError(
                f"tag {inside[0]!r} lies inside of another graph's tag; choose tags of which none begins with another"
            )
        part = _core.graph_def(_inside(tag, nodes))
        return RunGraph({**self.parts, tag: part}, scopes)


def check_graph_tag(tag: Any) -> str | None:
    """Return the tag of a graph without slashes at its ends, `None` as it is.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or no valid Unicode text.
    """
    if tag is None:
        return None
    name = check_tag(tag).strip("/")
    if not name:
        raise ValueError(
            "tag must have at least one character that is no slash; pass None for a graph that is alone in its run"
        )
    return name


def _scopes(nodes: Sequence[Node]) -> frozenset[str]:
    return frozenset(node.name.partition("/")[0] for node in nodes)


def _inside(tag: str | None, nodes: Sequence[Node]) -> Sequence[Node]:
    """Return nodes in a box of a tag's name."""
    if tag is None:
        return nodes
    return [
        node._replace(
            name=f"{tag}/{node.name}",
            inputs=[f"{tag}/{source}" for source in node.inputs],
        )
        for node in nodes
    ]
