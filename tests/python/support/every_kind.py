"""A log with runs of all kinds of data, by all writers, as the tests of each kind write them."""

import shutil
from pathlib import Path

from tests.python.reading import test_audio_read as audio
from tests.python.reading import test_graphs_read as graphs
from tests.python.reading import test_hparams_read as hparams
from tests.python.reading import test_images as images
from tests.python.reading import test_layout_read as layouts
from tests.python.reading import test_long_kinds as long_kinds
from tests.python.reading import test_meshes_read as meshes
from tests.python.reading import test_pr_curves_read as pr_curves
from tests.python.reading import test_reader_oracles as scalars
from tests.python.support.summaries import write

import tensorbolt

MODULES = (scalars, long_kinds, images, audio, pr_curves, meshes, graphs, layouts)


def write_all(directory: Path) -> None:
    """Runs of the three writers of each kind, of TensorFlow 2, of a restart, and one that is damaged."""
    for module in MODULES:
        for name in ("by_us", "by_torch", "by_tensorboardx"):
            kind = module.__name__.rpartition("test_")[2]
            getattr(module, name)(directory / kind / name[3:])
    scalars.by_tensorboard(directory / "tf/scalars")
    scalars.by_torch_as_tensors(directory / "torch-tensors")
    long_kinds.by_tensorboard(directory / "tf/long")
    pr_curves.by_tensorflow(directory / "tf/curves")
    meshes.by_tensorflow(directory / "tf/meshes")
    graphs.by_tensorflow(directory / "tf/graphs")
    images.as_tensors(directory / "tf/images", *encoded())
    write(directory / "tf/layout", layouts.event(layouts.layout("x", category="new")))
    for name in ("by_us", "by_torch", "by_tensorboardx", "by_tensorflow"):
        getattr(hparams, name)(directory / "hparams" / name[3:])
    # TensorBoard takes the columns of one run for all, and this run has fewer.
    shutil.rmtree(directory / "hparams/us/own")
    for first in (0, 5):
        with tensorbolt.SummaryWriter(
            directory / "restarted", filename_suffix=f".{first}"
        ) as writer:
            for step in range(first, first + 10):
                writer.add_scalar("loss", first * 10 + step, step)
    with tensorbolt.SummaryWriter(directory / "damaged") as writer:
        for step in range(100):
            writer.add_scalar("loss", step / 3, step)
    (file,) = (directory / "damaged").iterdir()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def encoded() -> list[bytes]:
    """Two images of one batch."""
    return [b"\x89PNG\r\n\x1a\n one", b"\x89PNG\r\n\x1a\n another"]
