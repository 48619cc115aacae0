"""The data of every program here: the 1,797 images of digits that come with scikit-learn, and a small model."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import TensorDataset


def dataset(size: int = 512) -> TensorDataset:
    """The first images, 64 numbers from 0 to 1 each, and the digits on them."""
    images, digits = load_digits(return_X_y=True)
    return TensorDataset(
        torch.tensor(images[:size] / 16, dtype=torch.float32),
        torch.tensor(digits[:size]),
    )


def model() -> nn.Sequential:
    """A network with one hidden layer, the same in every run."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
