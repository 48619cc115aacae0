"""What a training on tensorboardX leaves for Aim's converter: numbers, pictures, a sound and what it passes over."""

import numpy as np
from sklearn.datasets import load_digits
from tensorboardX import SummaryWriter

digits = load_digits()
means = np.stack([digits.images[digits.target == i].mean(0) for i in range(10)]) / 16

with SummaryWriter("runs/digits") as writer:
    for epoch in range(4):
        writer.add_scalar("mean", means[epoch].mean(), epoch)
        spread = {"least": means[epoch].min(), "most": means[epoch].max()}
        writer.add_scalars("spread", spread, epoch)
        writer.add_histogram("pixels", digits.images[epoch], epoch)
        writer.add_image("digit", digits.images[epoch] / 16, epoch, dataformats="HW")
    writer.add_images("means", means, 4, dataformats="NHW")
    writer.add_audio("tone", np.sin(np.arange(4410) / 16), 4, 44100)
    writer.add_text("notes", "handwritten *digits*", 4)
