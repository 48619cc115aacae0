"""What is learnt: the images, the network, and how well it reads."""

from collections import OrderedDict
from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset


class Data(NamedTuple):
    """Images (N, 1, 8, 8; from 0 to 1) with their labels."""

    training: TensorDataset
    validation: TensorDataset


class Verdict(NamedTuple):
    """How well a model reads the validation images."""

    loss: float
    accuracy: float
    probabilities: Tensor
    confidence: Tensor
    guesses: Tensor


def load_data(seed: int) -> Data:
    """Split the images into those to learn from and those to judge by."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target)
    train, validation = train_test_split(
        torch.arange(len(labels)), test_size=0.25, random_state=seed, stratify=labels
    )
    return Data(
        training=TensorDataset(images[train], labels[train]),
        validation=TensorDataset(images[validation], labels[validation]),
    )


def build_model(dropout: float) -> nn.Sequential:
    """Return a convolutional network with some 38,000 parameters."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 16, kernel_size=5, padding=2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(16, 32, kernel_size=3, padding=1),
            relu2=nn.ReLU(),
            pool=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            dropout=nn.Dropout(dropout),
            linear1=nn.Linear(32 * 4 * 4, 64),
            relu3=nn.ReLU(),
            linear2=nn.Linear(64, 10),
        )
    )


def evaluate(model: nn.Module, data: TensorDataset) -> Verdict:
    """Have a model read all images."""
    images, labels = data.tensors
    model.eval()
    with torch.no_grad():
        scores = model(images)
    model.train()
    probabilities = scores.softmax(1)
    confidence, guesses = probabilities.max(1)
    return Verdict(
        loss=functional.cross_entropy(scores, labels).item(),
        accuracy=(guesses == labels).float().mean().item(),
        probabilities=probabilities,
        confidence=confidence,
        guesses=guesses,
    )


def features(model: nn.Sequential, images: Tensor) -> Tensor:
    """Return what the last but one layer makes of images: 64 numbers each."""
    model.eval()
    with torch.no_grad():
        found = model[:-1](images)
    model.train()
    assert isinstance(found, Tensor)
    return found


def landscape(model: nn.Sequential, data: TensorDataset, side: int = 11) -> Tensor:
    """Return the loss around a model's weights, in two random directions (side, side).

    Each direction has the length of the weights it is added to, filter by filter, so
    that landscapes of different models compare (Li and others, 2018).
    """
    images, labels = data.tensors
    weights = [weight.detach().clone() for weight in model.parameters()]
    first, second = [_direction(weights) for _ in range(2)]
    distances = torch.linspace(-1, 1, side).tolist()
    model.eval()
    losses = torch.empty(side, side)
    with torch.no_grad():
        for row, along_first in enumerate(distances):
            for column, along_second in enumerate(distances):
                for weight, centre, one, other in zip(
                    model.parameters(), weights, first, second, strict=True
                ):
                    weight.copy_(centre + along_first * one + along_second * other)
                loss = functional.cross_entropy(model(images), labels)
                losses[row, column] = loss
        for weight, centre in zip(model.parameters(), weights, strict=True):
            weight.copy_(centre)
    model.train()
    return losses


def _direction(weights: list[Tensor]) -> list[Tensor]:
    steps = []
    for weight in weights:
        step = torch.randn_like(weight)
        if weight.dim() < 2:  # A bias has no filters; it stays as it is.
            steps.append(torch.zeros_like(step))
            continue
        axes = tuple(range(1, weight.dim()))
        lengths = [
            torch.linalg.vector_norm(tensor, dim=axes, keepdim=True)
            for tensor in (weight, step)
        ]
        steps.append(step * lengths[0] / lengths[1])
    return steps
