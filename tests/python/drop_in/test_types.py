"""Code that uses what people reach through a writer passes a strict type checker."""

import sys

from mypy import api

USER = """
from tensorbolt import FileWriter, SummaryWriter


class Own(SummaryWriter):
    def __init__(self, directory: str) -> None:
        super().__init__(directory)
        self.mine = 1


def use(directory: str, summary: object) -> str:
    with Own(directory) as writer:
        writer.add_scalar("s", writer.mine, 1)
        writer.file_writer.add_summary(summary, 1)
        writer.file_writer.event_writer.flush()
        writer._get_file_writer().add_summary(summary)
        for file in writer.all_writers.values():
            file.flush()
        writer.all_writers["sub"] = FileWriter(directory, writer.max_queue)
        writer.add_observer(lambda event, directory: print(event.step, directory))
        return str(list(writer.all_writers)[0])
"""

# What the types of torch.utils.tensorboard let pass. There is no need to look at those here, which takes minutes: after
# install() a checker sees them as ever.
MOVED = """
from pathlib import Path
from typing import Any

import numpy as np
import torch
from {package} import FileWriter, RecordWriter, SummaryWriter
from {package}.summary import hparams, scalar
from {package}.writer import SummaryWriter as Same


class Own(SummaryWriter):
    def __init__(self, directory: str | Path, **keywords: Any) -> None:
        super().__init__(log_dir=str(directory), **keywords)
        self.mine = 1

    def add_scalar(self, *arguments: Any, **keywords: Any) -> None:
        super().add_scalar(*arguments, **keywords)


def use(directory: str) -> str:
    writer: SummaryWriter | None = None
    with SummaryWriter(directory, comment="x", flush_secs=30) as writer:
        writer.add_scalar("s", torch.zeros(()), global_step=1, walltime=2.0)
        writer.add_scalars("g", {{"a": 1.0}}, 1)
        writer.add_histogram("h", np.zeros(3), 1, bins="auto")
        writer.add_image("i", torch.zeros(3, 4, 4), 1, dataformats="CHW")
        writer.add_text("t", "x", 1)
        writer.add_hparams({{"lr": 0.1}}, {{"loss": 1.0}})
        writer.add_graph(torch.nn.Linear(1, 1), torch.zeros(1, 1))
        for summary in hparams({{"lr": 0.1}}, {{"loss": 1}}):
            writer._get_file_writer().add_summary(summary)
        if writer.all_writers is not None:
            for file in writer.all_writers.values():
                file.flush()
        writer.default_bins = [1, 2, 3]
        print(writer._flush_secs + 1, writer.file_writer.event_writer._file_name)
        print(scalar("s", 1.0).value[0].simple_value)
    FileWriter(directory, max_queue=3).close()
    RecordWriter(f"{{directory}}/records").write(b"x")
    return str(writer.log_dir)


def choose(kind: type[SummaryWriter], directory: str) -> Same:
    return kind(directory)


choose(Own, use("x")).close()
"""


def test_user_code_type_checks(tmp_path):
    sources = {
        "user": USER,
        "of_torch": MOVED.format(package="tensorbolt.compat.torch"),
        "of_tensorboardx": MOVED.format(package="tensorbolt.compat.tensorboardx"),
    }
    for name, text in sources.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    before = sys.getrecursionlimit()
    try:
        said, _, status = api.run(
            ["--strict", "--cache-dir", str(tmp_path / "cache")]
            + [str(tmp_path / f"{name}.py") for name in sources]
        )
    finally:
        # mypy raises it for its whole process, and the tests after this one are written for the usual one.
        sys.setrecursionlimit(before)
    assert status == 0, said
