"""Writes what most programs log, and reads it back: `python write_and_read.py LOGDIR`."""

import sys

import numpy as np

import tensorbolt

logdir = sys.argv[1]
losses = 1 / (1 + np.arange(100, dtype=np.float32))
text = "Größe in µm"
with tensorbolt.SummaryWriter(logdir) as writer:
    for step, loss in enumerate(losses):
        writer.add_scalar("loss", loss, step)
    writer.add_histogram("weights", np.linspace(-1, 1, 10_000), 0)
    writer.add_image("image", np.full((3, 16, 24), 7, dtype=np.uint8), 0)
    writer.add_text("text", text, 0)
    writer.add_embedding(np.eye(8, dtype=np.float32), metadata=list("abcdefgh"))

log = tensorbolt.read(logdir)
np.testing.assert_array_equal(log.scalars["step"], np.arange(100))
np.testing.assert_array_equal(log.scalars["value"].astype(np.float32), losses)
assert log.histograms["num"].tolist() == [10_000]
assert log.histograms["count"][0].sum() == 10_000
assert log.text["value"].tolist() == [text]
[image] = log.images
assert (image.width, image.height) == (24, 16)
print(
    f"tensorbolt {tensorbolt.__version__} reads back what it wrote, with numpy {np.__version__}"
)
