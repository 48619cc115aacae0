"""A log directory as lines of text that two logs of the same program have in common."""

import hashlib
import io
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tests.python.support.helpers import event_files, events

NAMED_AFTER_THE_TIME = re.compile(r"\b\d{10}\.\d+")
"""The run of a call of `add_hparams` that gives it no name."""

PROJECTOR = {"tensors.tsv", "metadata.tsv", "sprite.png", "projector_config.pbtxt"}


def lines(root, not_compared=()):
    """What a log holds: one line for each run, tag and step, in the order of the files within a tag.

    Args:
        root: Log directory.
        not_compared: Patterns of tags of which only run, tag and step count.
    """
    found = []
    for directory, _, names in os.walk(root):
        run = NAMED_AFTER_THE_TIME.sub("TIME", os.path.relpath(directory, root))
        if event_files(directory):
            found.append((run, "", "a run"))
        for event in events(directory):
            found += [
                (run, *line)
                for line in of_event(event, not_compared)
                # Ours has none without the values that a setting can have (D14).
                if (run.endswith("TIME"), line[0]) != (True, "_hparams_/experiment")
            ]
        found += [
            (run, name, of_file(Path(directory, name)))
            for name in sorted(PROJECTOR.intersection(names))
        ]
    # Stable: within a run and tag the order is that of the file.
    found.sort(key=lambda line: line[:2])
    return [" | ".join(line) for line in found]


def of_event(event, not_compared):
    """Pairs of a tag, and its step and value."""
    kind = event.WhichOneof("what")
    if kind == "graph_def":
        graph = GraphDef.FromString(event.graph_def)
        for node in graph.node:
            yield "(graph)", f"{node}".replace("\n", " ")
    elif kind != "summary":
        yield f"({kind})", f"{event.step} | {getattr(event, kind)}".replace("\n", " ")
    for value in event.summary.value:
        text = (
            "not compared"
            if any(re.search(pattern, value.tag) for pattern in not_compared)
            else of_value(value)
        )
        yield value.tag, f"{event.step} | {text}"


def of_value(value):
    """The value: images decoded, sums of squares to the digits that do not depend on the order of adding."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return repr(value.simple_value)
    if kind == "image":
        image = value.image
        size = image.height, image.width, image.colorspace
        return f"image {size} {pixels(image.encoded_image_string)}"
    if kind == "histo":
        value.histo.sum_squares = float(f"{value.histo.sum_squares:.9g}")
    if value.metadata.plugin_data.plugin_name == "hparams":
        return of_hparams(value.metadata.plugin_data.content)
    return f"{value}".replace("\n", " ")


def of_hparams(content):
    """A message about hyperparameters, with bools as numbers, which they are to torch (D14)."""
    data = HParamsPluginData.FromString(content)
    for info in data.experiment.hparam_infos:
        if info.type == api_pb2.DATA_TYPE_BOOL:
            info.type = api_pb2.DATA_TYPE_FLOAT64
    settings = data.session_start_info.hparams
    values = {
        name: float(value.bool_value)
        if value.HasField("bool_value")
        else value.string_value or value.number_value
        for name, value in sorted(settings.items())
    }
    settings.clear()
    return f"{data} {values}".replace("\n", " ")


def of_file(path):
    """A file of the projector; numbers as those nearest to them in 32 bits."""
    if path.name == "sprite.png":
        return pixels(path.read_bytes())
    if path.name == "tensors.tsv":
        return str(np.loadtxt(path, dtype=np.float32).tolist())
    return path.read_text()


def pixels(encoded):
    """Number, size and digest of the frames of a image."""
    frames = [
        np.asarray(frame.convert("RGBA"))
        for frame in ImageSequence.Iterator(Image.open(io.BytesIO(encoded)))
    ]
    digest = hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()
    return f"{len(frames)} x {frames[0].shape} {digest[:16]}"
