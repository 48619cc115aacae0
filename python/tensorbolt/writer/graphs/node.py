"""Nodes of a graph, the common form of all sources."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Node"]


class Node(NamedTuple):
    """A node of a graph; the extension serialises it."""

    name: str
    """Unique; slashes make boxes."""
    op: str
    inputs: Sequence[str] = ()
    """Names of nodes, with `:k` at the end for an output that is not the first."""
    texts: Sequence[tuple[str, bytes]] = ()
    """Attributes that are text."""
    output_shapes: Sequence[Sequence[int] | None] | None = None
    """Of each output, `None` for an unknown rank and -1 for an unknown size; they label the edges."""
    dtype: int | None = None
    """Number of the element type in TensorFlow's enumeration."""
    shape: Sequence[int] | None = None
    """Of a variable or constant."""
