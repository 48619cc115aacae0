"""Graphs of models. The first call imports the modules that read them, as few runs log any."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tensorbolt import _core
from tensorbolt.writer._base import WriterBase

if TYPE_CHECKING:
    from tensorbolt.writer.graphs.node import Node
    from tensorbolt.writer.graphs.run_graph import RunGraph

__all__ = ["GraphMethods"]

DEVICE = "/device:CPU:0"
"""Device that TensorBoard shows for all nodes; the same as in both reference writers, for any real device."""


class GraphMethods(WriterBase):
    """The methods that log graphs of models."""

    _run_graph: "RunGraph | None" = None
    """The graphs that were logged so far; `None` before the first with a tag."""

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
        *,
        tag: str | None = None,
    ) -> None:
        """Log the graph of a PyTorch model.

        The model runs twice in evaluation mode: once to see what it changes, once for the trace. Afterwards it is as it
        was, whatever its `forward` changes: parameters, buffers, gradients, modes, hooks, lazy layers, counters, caches,
        and the states of random generators. Only tensors that are written to are copied. `torch.jit.trace` follows the
        model; what that refuses is traced with its inputs and outputs flattened, or at last by `torch.export`, with a
        warning.

        TensorBoard shows one graph of a run, the last. For several models, such as a generator and a discriminator,
        give each a `tag`: each is a box of this name in the one graph of the run.

        Args:
            model: A `torch.nn.Module`, what `torch.jit.script` or `torch.jit.trace` made of one, or a function of
                tensors. What `torch.compile`, `DataParallel` or `DistributedDataParallel` wrap is drawn without them.
            input_to_model: What the model is called with. A tuple or list holds its arguments: for a model whose one
                argument is a list pass `([a, b],)`. A mapping holds arguments by name if the model takes its keys, else
                it is the one argument. Anything else, such as a tensor or a dataclass, is the one argument. Without it
                there are no shapes, layers of `torch.nn` are not opened, and models whose way depends on the data
                cannot be followed. Scripted models need none.
            verbose: Whether to print the graph, as PyTorch shows it.
            use_strict_trace: Whether `torch.jit.trace` refuses models that return a list or dict.
            tag: Name of the model's box in the run's graph; a later graph with the same tag replaces this one. `None`:
                the graph is not in a box. A second, different one without a tag hides the first, with one warning.

        Raises:
            TypeError: `model` is no model, or does not take these inputs.
            ValueError: The model raised one, or its parameters are spread over several processes, so that running it in
                one of them would wait for the others; or the tag collides with a name of another graph.
            RuntimeError: The model raised another error, or cannot be followed. Nothing is written.
        """
        from tensorbolt.writer.graphs import trace
        from tensorbolt.writer.graphs.run_graph import check_graph_tag

        name = check_graph_tag(tag)
        found, notice = trace.nodes(
            model, input_to_model, bool(verbose), bool(use_strict_trace)
        )
        self._write_graph(
            name, found, (self._naming.graph_tag, _core.run_metadata(DEVICE))
        )
        if notice is not None:
            self._notices.once(notice, notice)

    def add_onnx_graph(
        self,
        prototxt: Any = None,
        *,
        onnx_model_file: Any = None,
        tag: str | None = None,
    ) -> None:
        """Log the graph of an ONNX file. Needs the package `onnx`.

        Args:
            prototxt: Path of the file, or a file that is open for reading bytes. Weights stored in files next to it need not be
                there.
            onnx_model_file: tensorboardX's name of `prototxt`.
            tag: As of `add_graph`.

        Raises:
            TypeError: None or two files are given, or `prototxt` is no path.
            FileNotFoundError: There is no such file.
            ValueError: It is no ONNX file, or has no graph; or the tag collides with a name of another graph.
            ModuleNotFoundError: `onnx` is not installed.
        """
        if (prototxt is None) == (onnx_model_file is None):
            raise TypeError(
                "add_onnx_graph takes the path of one ONNX file, as prototxt or as onnx_model_file"
            )
        from tensorbolt.writer.graphs import onnx
        from tensorbolt.writer.graphs.run_graph import check_graph_tag

        name = check_graph_tag(tag)
        found = onnx.nodes(onnx_model_file if prototxt is None else prototxt)
        self._write_graph(name, found, None)

    def add_openvino_graph(self, xmlname: Any, *, tag: str | None = None) -> None:
        """Log the graph of an OpenVINO model.

        Args:
            xmlname: Path of the `.xml` file, or a file that is open for reading; weights are not read.
            tag: As of `add_graph`.

        Raises:
            TypeError: `xmlname` is no path.
            FileNotFoundError: There is no such file.
            ValueError: It is no XML, or no OpenVINO model; or the tag collides with a name of another graph.
        """
        from tensorbolt.writer.graphs import openvino
        from tensorbolt.writer.graphs.run_graph import check_graph_tag

        name = check_graph_tag(tag)
        self._write_graph(name, openvino.nodes(xmlname), None)

    def _write_graph(
        self,
        tag: str | None,
        nodes: "Sequence[Node]",
        metadata: tuple[str, bytes] | None,
    ) -> None:
        from tensorbolt.writer.graphs.run_graph import RunGraph

        with self._files_lock:
            before = self._run_graph or RunGraph()
            run_graph = before.with_graph(tag, nodes)
            data = run_graph.merged()
            outcome = self._write(
                lambda events: events.add_graph_def(data, metadata, None)
            )
            self._run_graph = run_graph
        if outcome.alert:
            self._report_problems()
        if before.parts.get(None) not in (None, run_graph.parts.get(None)):
            self._notices.once(
                "hidden graph",
                "TensorBoard shows one graph of a run, and the one that was logged last hides the one before; pass tag= "
                "with each, and each is a box in the same graph",
            )
