"""Reads the log of `write_and_read.py` with TensorBoard's own loader: `python read_with_tensorboard.py LOGDIR`."""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

reader = EventAccumulator(sys.argv[1])
reader.Reload()
points = reader.Scalars("loss")
assert [point.step for point in points] == list(range(100))
assert all(abs(point.value - 1 / (1 + point.step)) < 1e-6 for point in points)
assert len(reader.Histograms("weights")) == 1
[image] = reader.Images("image")
assert (image.width, image.height) == (24, 16)
assert image.encoded_image_string.startswith(b"\x89PNG")
