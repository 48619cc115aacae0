"""Graphs of model files: ONNX and OpenVINO.

A network of scikit-learn learns to read digits. The example writes it to an ONNX file with its weights,
and logs the graph. The OpenVINO file has the same first layer. Neither PyTorch nor OpenVINO is
needed; reading an ONNX file needs the package `onnx`.

Look at Graphs: choose the run `onnx` or `openvino`.
"""

import argparse
import time
from pathlib import Path

import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from tensorbolt import SummaryWriter

OPENVINO = """\
<net name="digits" version="11"><layers>
  <layer id="0" name="pixels" type="Parameter" version="opset1">
    <data shape="1,64" element_type="f32"/>
    <output><port id="0" precision="FP32"><dim>1</dim><dim>64</dim></port></output>
  </layer>
  <layer id="1" name="weights" type="Const" version="opset1">
    <data element_type="f32" shape="64,32" offset="0" size="8192"/>
    <output><port id="0" precision="FP32"><dim>64</dim><dim>32</dim></port></output>
  </layer>
  <layer id="2" name="hidden" type="MatMul" version="opset1">
    <data transpose_a="false" transpose_b="false"/>
    <input>
      <port id="0"><dim>1</dim><dim>64</dim></port>
      <port id="1"><dim>64</dim><dim>32</dim></port>
    </input>
    <output><port id="2" precision="FP32"><dim>1</dim><dim>32</dim></port></output>
  </layer>
  <layer id="3" name="rectified" type="ReLU" version="opset1">
    <input><port id="0"><dim>1</dim><dim>32</dim></port></input>
    <output><port id="1" precision="FP32"><dim>1</dim><dim>32</dim></port></output>
  </layer>
  <layer id="4" name="features" type="Result" version="opset1">
    <input><port id="0"><dim>1</dim><dim>32</dim></port></input>
  </layer>
</layers><edges>
  <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
  <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
  <edge from-layer="2" from-port="2" to-layer="3" to-port="0"/>
  <edge from-layer="3" from-port="1" to-layer="4" to-port="0"/>
</edges></net>
"""
"""What OpenVINO's converter writes next to a file of weights."""


def save_onnx(model: MLPClassifier, path: Path) -> None:
    """Write a network with one hidden layer as an ONNX file."""
    nodes = [
        helper.make_node("Gemm", ["pixels", "weights1", "bias1"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["rectified"]),
        helper.make_node("Gemm", ["rectified", "weights2", "bias2"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
    ]
    weights = [
        numpy_helper.from_array(array.astype("float32"), f"{name}{layer}")
        for name, arrays in (("weights", model.coefs_), ("bias", model.intercepts_))
        for layer, array in enumerate(arrays, start=1)
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])
        for name, size in (("pixels", 64), ("probabilities", 10))
    ]
    graph = helper.make_graph(nodes, "digits", ends[:1], ends[1:], weights)
    onnx.save(helper.make_model(graph), path)


def main() -> None:
    """Write both files, and log their graphs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/graph_files", now))
    logdir = parser.parse_args().logdir

    digits = load_digits()
    model = MLPClassifier(hidden_layer_sizes=(32,), random_state=0, tol=1e-2)
    model.fit(digits.data / 16, digits.target)
    with SummaryWriter(logdir / "onnx") as writer:
        save_onnx(model, logdir / "digits.onnx")
        writer.add_onnx_graph(logdir / "digits.onnx")
    with SummaryWriter(logdir / "openvino") as writer:
        (logdir / "digits.xml").write_text(OPENVINO)
        writer.add_openvino_graph(logdir / "digits.xml")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
