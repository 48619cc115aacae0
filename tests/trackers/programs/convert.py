"""No tracker: what this leaves is converted afterwards.

Aim passes over the event files of a directory that has other runs below it, so there are none here.
"""

import importlib
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

SummaryWriter = importlib.import_module(sys.argv[1]).SummaryWriter
digits = load_digits()
model = SGDClassifier(random_state=0)
for name in ("first", "second"):
    with SummaryWriter(f"runs/{name}") as writer:
        for epoch in range(4):
            model.partial_fit(digits.data, digits.target, classes=range(10))
            accuracy = model.score(digits.data, digits.target)
            writer.add_scalar("train/accuracy", accuracy, epoch)
            writer.add_scalar("train/norm", np.linalg.norm(model.coef_), epoch)
        filters = (model.coef_ - model.coef_.min()) / np.ptp(model.coef_)
        writer.add_image("filter", filters[3].reshape(1, 8, 8), 4)
        writer.add_images("filters", filters.reshape(10, 1, 8, 8), 4)
        writer.add_text("notes", "a *small* model", 4)
        writer.add_audio("tone", np.sin(np.arange(4410) / 16), 4, 44100)
