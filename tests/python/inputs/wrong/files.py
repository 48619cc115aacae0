"""Wrong texts, paths, embeddings, graphs."""

import math

import numpy as np
import torch
from tests.python.inputs.wrong.table import IMAGE, META, SURROGATE, wrong

# Text, and files.
for text, kind in (
    (None, TypeError),
    (3, TypeError),
    (["a"], TypeError),
    (SURROGATE, ValueError),
    (b"\xff", ValueError),
):
    wrong("add_text", "t", text, is_a=kind, says="text_string")
wrong("export_scalars_to_json", None, is_a=TypeError, says="path")
wrong(
    "export_scalars_to_json",
    "no/such/directory/x.json",
    is_a=OSError,
    says="no/such/directory",
)

# Embeddings.
MAT = np.eye(3)
for value, kind, words in (
    (None, TypeError, "mat"),
    ("abc", TypeError, "mat"),
    (3.0, ValueError, "N×D"),
    ([1.0, 2.0], ValueError, "N×D"),
    (np.zeros((1, 2, 3)), ValueError, "N×D"),
    (np.zeros((0, 3)), ValueError, "at least one"),
    (np.zeros((3, 0)), ValueError, "at least one"),
    ([[1.0], [1.0, 2.0]], ValueError, "mat"),
    ([["a"]], TypeError, "mat"),
    (META, ValueError, "meta"),
):
    wrong("add_embedding", value, is_a=kind, says=words)
    wrong("add_embedding", value, ["a"], is_a=kind, says=words)
for labels, header, kind, words in (
    (["a"], None, ValueError, ["metadata", "1 for 3"]),
    ([], None, ValueError, ["metadata", "0 for 3"]),
    (3, None, TypeError, ["metadata", "list"]),
    (torch.tensor(3), None, TypeError, ["metadata", "list"]),
    (["a", "b", SURROGATE], None, ValueError, ["metadata", "surrogates"]),
    (["a", "b", "c"], "name", TypeError, ["metadata_header", "['name']"]),
    (["a", "b", "c"], 3, TypeError, ["metadata_header", "list"]),
    (["ab", "cd", "ef"], ["x", "y"], ValueError, ["metadata_header", "row 0 has 1"]),
    ([[1, 2], [1, 2], [1]], ["x", "y"], ValueError, ["metadata_header", "row 2"]),
    ([[1, 2]] * 2, ["x", "y"], ValueError, ["metadata", "2 for 3"]),
):
    wrong("add_embedding", MAT, labels, metadata_header=header, is_a=kind, says=words)
for images, kind, words in (
    ("abc", TypeError, "label_img"),
    (np.zeros((2, 3, 4, 4)), ValueError, ["label_img", "2 for 3"]),
    (np.zeros((3, 4, 4)), ValueError, ["label_img", "axes"]),
    (np.zeros((3, 5, 4, 4)), ValueError, ["label_img", "channels"]),
    (np.zeros((3, 3, 0, 4)), ValueError, ["label_img", "nothing"]),
    (np.zeros((3, 1, 1, 4097), np.uint8), ValueError, ["label_img", "8192", "smaller"]),
    (np.zeros((3, 1, 4097, 1), np.uint8), ValueError, ["label_img", "8192", "smaller"]),
):
    wrong("add_embedding", MAT, None, images, is_a=kind, says=words)
for step, kind in ((math.nan, ValueError), ("abc", ValueError), ([1], TypeError)):
    wrong("add_embedding", MAT, global_step=step, is_a=kind, says=["global_step"])
for tag, kind, words in (
    (None, TypeError, "str"),
    (SURROGATE, ValueError, "surrogates"),
    ("x" * 256, ValueError, "shorten"),
):
    wrong("add_embedding", MAT, tag=tag, is_a=kind, says=["tag", words])
# Graphs; test_graph_differences.py and test_graph_files.py have more.
MODEL = torch.nn.Linear(3, 5)
wrong("add_graph", None, is_a=TypeError, says=["model", "torch.nn.Module"])
wrong("add_graph", IMAGE, IMAGE, is_a=TypeError, says=["model", "ndarray"])
wrong("add_graph", MODEL, torch.zeros(4), is_a=RuntimeError, says="input_to_model")
wrong("add_graph", MODEL, IMAGE, is_a=TypeError, says=["input_to_model", "Tensor"])
wrong("add_graph", MODEL, {"no": META}, is_a=TypeError, says="input_to_model")
wrong("add_onnx_graph", is_a=TypeError, says=["prototxt", "onnx_model_file"])
wrong("add_onnx_graph", "a", onnx_model_file="b", is_a=TypeError, says="prototxt")
for method, what in (("add_onnx_graph", "prototxt"), ("add_openvino_graph", "xmlname")):
    wrong(method, 3, is_a=TypeError, says=[what, "path"])
    wrong(method, b"bytes", is_a=TypeError, says=[what, "path"])
    wrong(method, "no/such.file", is_a=FileNotFoundError, says="no/such.file")
