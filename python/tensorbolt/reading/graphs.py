"""The table of graphs."""

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading.column import Column, integers
from tensorbolt.reading.graph_nodes import Node, edge_table, node_table, nodes_of
from tensorbolt.reading.items import Items
from tensorbolt.reading.keras_nodes import nodes_of_keras
from tensorbolt.reading.messages import every, last, message
from tensorbolt.reading.table import Table

#: Fields of `MetaGraphDef`, `RunMetadata` and `FunctionGraphs`.
_GRAPH_DEF, _FUNCTION_GRAPHS, _PRE_OPTIMIZATION = 2, 4, 2


class Graph:
    """One graph, or what is known of its run.

    Attributes:
        run: Name of its run.
        tag: Its tag; `__run_graph__` for the graph of a run, which has none.
        step: Its step.
        wall_time: Its time, as in the table.
        format: What its bytes are: `graph_def`, `meta_graph_def` and `run_metadata` are messages of TensorFlow, `keras_model` is JSON.
        nbytes: Bytes.
    """

    def __init__(self, row: Mapping[str, Any], load: Callable[[], bytes]) -> None:
        self.run: str = row["run"]
        self.tag: str = row["tag"]
        self.step: int = row["step"]
        self.wall_time: Any = row["wall_time"]
        self.format: str = row["format"]
        self.nbytes: int = row["nbytes"]
        self._load = load

    @property
    def bytes(self) -> bytes:
        """As they were logged, read from the file.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The file was replaced, or the log was closed.
        """
        data = self._load()
        if len(data) != self.nbytes:
            raise ValueError("the file of this value was replaced")
        return data

    @property
    def graph_defs(self) -> Sequence[Any]:
        """The messages of `GraphDef` in it, as bytes: one of a graph, any number of the metadata of a run, none of a Keras model.

        Raises:
            OSError: As for `bytes`.
            ValueError: As for `bytes`, or the bytes are malformed.
        """
        data = self.bytes
        try:
            return _graph_defs(self.format, data)
        except ValueError as error:
            raise self._malformed() from error

    def nodes(self) -> Table:
        """The nodes of the graph.

        Returns:
            `name` (text), `op`, `device` (text, categorical), `inputs` (text: a JSON list of names, as the graph has them), `shapes` (text:
            a JSON list of the sizes of each output, with null for what is not known; null if the graph does not say). Where the metadata
            of a run has several graphs, names begin with `graph_1/` and so on, as on TensorBoard's page. The nodes of a Keras model
            are its layers: the op is the class, and a name begins with those of the models that the layer is in, as on the page.

        Raises:
            OSError: As for `bytes`.
            ValueError: As for `bytes`, or the bytes are malformed.
        """
        return node_table(self._nodes())

    def edges(self) -> Table:
        """What the nodes of the graph read from each other.

        Returns:
            `source`, `target` (text, names of nodes), `output` (int64, number of the source's output), `is_control` (bool: the target
            only waits for the source). A source may be no node of the graph.

        Raises:
            OSError: As for `bytes`.
            ValueError: As for `nodes`.
        """
        return edge_table(self._nodes())

    def _nodes(self) -> list[Node]:
        data = self.bytes
        try:
            if self.format == "keras_model":
                return nodes_of_keras(data)
            return nodes_of(_graph_defs(self.format, data))
        except ValueError as error:
            raise self._malformed() from error

    def _malformed(self) -> ValueError:
        return ValueError(
            f"the graph of run {self.run!r} and tag {self.tag!r} is malformed; .bytes has it as it is"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bytes to a file.

        Raises:
            OSError: The file cannot be written.
            ValueError: As for `bytes`.
        """
        Path(path).write_bytes(self.bytes)

    def __repr__(self) -> str:
        return f"<Graph: {self.run} {self.tag} step {self.step}, {self.nbytes:,} bytes of {self.format}>"


def _graph_defs(form: str, data: bytes) -> list[bytes]:
    if form == "graph_def":
        return [data]
    if form == "meta_graph_def":
        return every(message(data), _GRAPH_DEF, bytes)[-1:]
    if form == "run_metadata":
        # Of each function, as TensorBoard's page has it.
        functions = every(message(data), _FUNCTION_GRAPHS, bytes)
        return [last(message(one), _PRE_OPTIMIZATION, b"") for one in functions]
    return []


class Graphs(Items[Graph]):
    """Graphs, and metadata of their runs, one row each; `graphs[3]` is a `Graph`.

    Columns: `run`, `tag` (text, categorical; `__run_graph__` for the graph of a run, which has no tag), `step` (int64), `wall_time`,
    `format` (text, categorical: `graph_def`, `meta_graph_def`, `run_metadata` or `keras_model`), `nbytes` (int64). The bytes stay in the
    files until they are asked for.
    """

    def __init__(
        self, columns: Mapping[str, Column], loads: list[Callable[[], bytes]]
    ) -> None:
        super().__init__(columns)
        self._loads = loads

    def _indices(self) -> list[int]:
        """The place of each graph among those of the same run, tag and step, from 0 on."""
        seen: dict[tuple[Any, ...], int] = {}
        found = []
        for key in zip(self["run"], self["tag"], self["step"].tolist(), strict=True):
            found.append(seen.get(key, 0))
            seen[key] = found[-1] + 1
        return found

    def nodes(self) -> Table:
        """The nodes of all graphs.

        Returns:
            `run`, `tag`, `step` and `wall_time` of the graph, `index` (int64: its place among the graphs of the same run, tag and step),
            and the columns of `Graph.nodes`.

        Raises:
            OSError: A file cannot be read any more.
            ValueError: As for `Graph.nodes`; one graph that is malformed is enough.
        """
        of_graphs = [one._nodes() for one in self]
        rows = np.repeat(np.arange(len(self)), [len(nodes) for nodes in of_graphs])
        names = ("run", "tag", "step", "wall_time")
        return Table(
            {
                **{name: self._columns[name].take(rows) for name in names},
                "index": integers(np.array(self._indices(), np.int64)[rows]),
                **node_table(list(chain.from_iterable(of_graphs)))._columns,
            }
        )

    def _item_at(self, place: int) -> Graph:
        return Graph(self._row(place), self._loads[place])

    def _rows(self, rows: NDArray[Any]) -> "Graphs":
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        loads = [self._loads[row] for row in rows.tolist()]
        return Graphs(super()._rows(rows)._columns, loads)
