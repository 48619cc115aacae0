"""Graphs of models. What reads them is imported at the first one: few runs log any."""

from typing import Any

from tensorbolt import _core
from tensorbolt.writer._base import WriterBase

__all__ = ["GraphMethods"]

DEVICE = "/device:CPU:0"
"""Where TensorBoard says that nodes run; that of both incumbents, whatever the real one is."""


class GraphMethods(WriterBase):
    """The methods that log graphs of models."""

    _graph_tag = "step1"
    """Under which TensorBoard lists how the graph ran; tensorboardX has another."""

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Log the graph of a PyTorch model.

        The model runs twice in evaluation mode: once to see what it changes, once for the trace. Afterwards it is as it
        was, whatever its `forward` changes: parameters, buffers, gradients, modes, hooks, lazy layers, counters, caches,
        and the states of random generators. Only tensors that are written to are copied. `torch.jit.trace` follows the
        model; what that refuses is traced with its inputs and outputs flattened, or at last by `torch.export`, with a
        warning. TensorBoard shows the last graph of a run.

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

        Raises:
            TypeError: `model` is no model, or does not take these inputs.
            ValueError: The model raised one, or its parameters are spread over several processes, so that running it in
                one of them would wait for the others.
            RuntimeError: The model raised another error, or cannot be followed. Nothing is written.
        """
        from tensorbolt.writer.graphs import trace

        found, notice = trace.nodes(
            model, input_to_model, bool(verbose), bool(use_strict_trace)
        )
        metadata = (self._graph_tag, _core.run_metadata(DEVICE))
        if self._write("add_graph_def", _core.graph_def(found), metadata, None):
            self._report_problems()
        if notice is not None:
            self._notices.once(notice, notice)

    def add_onnx_graph(
        self, prototxt: Any = None, *, onnx_model_file: Any = None
    ) -> None:
        """Log the graph of an ONNX file. Needs the package `onnx`.

        Args:
            prototxt: Path of the file, or a file that is open for reading bytes. Weights stored beside it need not be
                there.
            onnx_model_file: tensorboardX's name of `prototxt`.

        Raises:
            TypeError: None or two files are given, or `prototxt` is no path.
            FileNotFoundError: There is no such file.
            ValueError: It is no ONNX file, or has no graph.
            ModuleNotFoundError: `onnx` is not installed.
        """
        if (prototxt is None) == (onnx_model_file is None):
            raise TypeError(
                "add_onnx_graph takes the path of one ONNX file, as prototxt or as onnx_model_file"
            )
        from tensorbolt.writer.graphs import onnx

        found = onnx.nodes(onnx_model_file if prototxt is None else prototxt)
        if self._write("add_graph_def", _core.graph_def(found), None, None):
            self._report_problems()

    def add_openvino_graph(self, xmlname: Any) -> None:
        """Log the graph of an OpenVINO model.

        Args:
            xmlname: Path of the `.xml` file, or a file that is open for reading; weights are not read.

        Raises:
            TypeError: `xmlname` is no path.
            FileNotFoundError: There is no such file.
            ValueError: It is no XML, or no OpenVINO model.
        """
        from tensorbolt.writer.graphs import openvino

        found = openvino.nodes(xmlname)
        if self._write("add_graph_def", _core.graph_def(found), None, None):
            self._report_problems()
