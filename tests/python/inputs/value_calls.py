"""Every method that takes a number or an array, and what it wrote for one that is as plain as can be."""

import re
import tempfile
from pathlib import Path

import torch
from tests.python.support.helpers import runs

import tensorbolt

RAW = re.compile(
    r"aten[.:]|_local_scalar_dense|data pointer|__torch_|TorchDispatch|vmap: It|not supported for tensor subclasses"
)
"""Words of torch's own messages."""


class Model:
    """Anything with parameters may be watched."""

    def __init__(self, value):
        self.value = value

    def named_parameters(self):
        return [("p", self.value)]


def watched(writer, value):
    with writer.watch(Model(value), gradients=False) as watch:
        watch.log(1)


NUMBERS = {
    "add_scalar": lambda w, v: w.add_scalar("t", v, 1, 2.0),
    "add_scalar, new style": lambda w, v: w.add_scalar("t", v, 1, 2.0, new_style=True),
    "log": lambda w, v: w.log({"t": v}, 1, 2.0),
    "log, nested": lambda w, v: w.log({"t": {"u": v}}, 1, 2.0),
    "add_scalars": lambda w, v: w.add_scalars("g", {"t": v}, 1, 2.0),
    "add_hparams, metric": lambda w, v: w.add_hparams({"a": 1}, {"m": v}, run_name="r"),
    "add_hparams": lambda w, v: w.add_hparams({"a": v}, {}, run_name="r"),
    "add_histogram_raw": lambda w, v: w.add_histogram_raw(
        "t", v, 1, 1, 1, 1, [1.0], [1], 1, 2.0
    ),
    "walltime": lambda w, v: w.add_scalar("t", 1.0, 1, v),
    "global_step": lambda w, v: w.add_scalar("t", 1.0, v, 2.0),
}
"""Methods of one number."""

LISTS = {
    "add_scalar_series": (
        (4,),
        lambda w, v: w.add_scalar_series("t", v, [1, 2, 3, 4], [2.0] * 4),
    ),
    "add_histogram": ((4,), lambda w, v: w.add_histogram("t", v, 1, walltime=2.0)),
    "add_histogram, ten": ((4,), lambda w, v: w.add_histogram("t", v, 1, 10, 2.0)),
    "add_histograms": ((4,), lambda w, v: w.add_histograms({"t": v}, 1, 2.0)),
    "watch": ((4,), watched),
    "add_image": ((1, 2, 2), lambda w, v: w.add_image("t", v, 1, 2.0)),
    "add_images": ((1, 1, 2, 2), lambda w, v: w.add_images("t", v, 1, 2.0)),
    "add_image_with_boxes": (
        (1, 4),
        lambda w, v: w.add_image_with_boxes("t", torch.ones(3, 9, 9), v, 1, 2.0),
    ),
    "add_video": ((1, 1, 1, 2, 2), lambda w, v: w.add_video("t", v, 1, walltime=2.0)),
    "add_audio": ((4,), lambda w, v: w.add_audio("t", v, 1, walltime=2.0)),
    "add_tensor": ((4,), lambda w, v: w.add_tensor("t", v, 1, 2.0)),
    "add_mesh": ((1, 4, 3), lambda w, v: w.add_mesh("t", v, global_step=1)),
    "add_mesh, colours": (
        (1, 4, 3),
        lambda w, v: w.add_mesh("t", torch.ones(1, 4, 3), v, global_step=1),
    ),
    "add_pr_curve": (
        (4,),
        lambda w, v: w.add_pr_curve("t", torch.tensor([0, 1, 0, 1]), v, 1),
    ),
    "add_pr_curve, labels": ((4,), lambda w, v: w.add_pr_curve("t", v, torch.ones(4))),
    "add_embedding": ((4, 3), lambda w, v: w.add_embedding(v)),
    "add_embedding, labels": (
        (4,),
        lambda w, v: w.add_embedding(torch.ones(4, 3), metadata=v),
    ),
    "add_embedding, images": (
        (4, 1, 2, 2),
        lambda w, v: w.add_embedding(torch.ones(4, 3), label_img=v),
    ),
}
"""Methods of arrays, with a shape that they take."""

PARTS_ARE_ASKED_FOR = {"watch"}
"""Methods that log this process's part, and say so."""


def written(call, value):
    """All that a call leaves on disk, without the times of the clock."""
    with tempfile.TemporaryDirectory() as directory:
        with tensorbolt.SummaryWriter(directory) as writer:
            call(writer, value)
        found = {
            run: [(event.step, event.summary) for event in events]
            for run, events in runs(directory).items()
        }
        files = {
            path.name: path.read_bytes()
            for path in Path(directory).rglob("*")
            if path.is_file() and "tfevents" not in path.name
        }
    return without_times(found), files


def without_times(found):
    for of_run in found.values():
        for _, summary in of_run:
            for value in summary.value:
                if value.tag.startswith("_hparams_"):
                    content = value.metadata.plugin_data.content
                    head, _, _ = content.partition(b"\x21")
                    value.metadata.plugin_data.content = head
    return {
        run: [(step, summary.SerializeToString()) for step, summary in of_run]
        for run, of_run in found.items()
    }


def outcome(call, value):
    """What was written, or the error of ours that says so in a sentence."""
    try:
        return written(call, value)
    except (TypeError, ValueError) as error:
        found = error
    assert not RAW.search(str(found)), found
    return found
