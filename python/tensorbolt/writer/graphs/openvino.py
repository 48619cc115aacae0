"""From an OpenVINO model to nodes: one per layer, with all it reads."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Any

from tensorbolt.writer.graphs.names import edge, opened, unique
from tensorbolt.writer.graphs.node import Node

__all__ = ["nodes"]

DTYPES = {
    "f32": 1, "fp32": 1, "f64": 2, "fp64": 2, "i32": 3, "u8": 4, "i16": 5, "i8": 6, "string": 7, "i64": 9,
    "boolean": 10, "bool": 10, "bf16": 14, "u16": 17, "f16": 19, "fp16": 19, "u32": 22, "u64": 23,
    "f8e5m2": 24, "f8e4m3": 25, "i4": 29, "u4": 30,
}  # fmt: skip
"""From OpenVINO's names of element types, old and new, to TensorFlow's numbers."""

LONGEST = 1000
"""Characters of an attribute; TensorBoard leaves longer ones out."""


def nodes(file: Any) -> list[Node]:
    """Return the nodes of an `.xml` file, in its order.

    Raises:
        TypeError: `file` is no path.
        OSError: It cannot be read.
        ValueError: It is no XML, or no OpenVINO model.
    """
    with opened(file, "xmlname") as (stream, path):
        try:
            # Expat refuses entities that grow without bound, and this parser loads none from elsewhere.
            root = ET.parse(stream).getroot()
        except (ET.ParseError, ValueError, LookupError) as error:
            raise ValueError(
                f"xmlname {path} is no XML ({error}); pass the .xml file of an OpenVINO model"
            ) from error
    layers = root.findall("layers/layer")
    if not layers:
        raise ValueError(
            f"xmlname {path} has no layers; pass the .xml file of an OpenVINO model"
        )
    try:
        return _nodes(layers, root.findall("edges/edge"))
    except KeyError as error:
        raise ValueError(
            f"xmlname {path} is no whole OpenVINO model: {error.args[0]!r} is missing; export it again"
        ) from error


def _nodes(layers: Iterable[ET.Element], edges: Iterable[ET.Element]) -> list[Node]:
    taken: set[str] = set()
    names = {
        layer.attrib["id"]: unique(layer.attrib["name"], taken) for layer in layers
    }
    ports = {
        (layer.attrib["id"], port.get("id", "0")): place
        for layer in layers
        for place, port in enumerate(layer.findall("output/port"))
    }
    inputs: dict[str, list[tuple[int, str]]] = {number: [] for number in names}
    for link in edges:
        source, target = link.attrib["from-layer"], link.attrib["to-layer"]
        place = ports.get((source, link.get("from-port", "0")), 0)
        inputs[target].append((_number(link), edge(names[source], place)))
    return [
        _node(layer, names[layer.attrib["id"]], inputs[layer.attrib["id"]])
        for layer in layers
    ]


def _number(link: ET.Element) -> int:
    port = link.get("to-port", "0")
    return int(port) if port.isdecimal() else 0


def _node(layer: ET.Element, name: str, inputs: list[tuple[int, str]]) -> Node:
    data = layer.find("data")
    details = {} if data is None else dict(data.attrib)
    outputs = layer.findall("output/port")
    precision = outputs[0].get("precision", "") if outputs else ""
    precision = details.get("element_type", precision)
    text = ", ".join(f"{key} = {value}" for key, value in details.items())
    return Node(
        name,
        layer.get("type", "op"),
        [source for _, source in sorted(inputs, key=lambda item: item[0])],
        (("parameters", text[:LONGEST].encode("utf-8", "replace")),),
        [_shape(port) for port in outputs] or None,
        DTYPES.get(precision.lower()),
    )


def _shape(port: ET.Element) -> list[int]:
    """Return the shape of a port; a size that is no number is unknown."""
    texts = [(dim.text or "").strip() for dim in port.findall("dim")]
    return [int(text) if text.isdecimal() else -1 for text in texts]
