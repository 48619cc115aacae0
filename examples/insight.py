"""Insight into a model: its layers, their outputs, the reasons for a prediction, and the mistakes.

A small convolutional network of PyTorch learns to read scikit-learn's digits. One call logs what people
otherwise write hooks for. Then a ResNet and a vision transformer of torchvision, with random weights,
classify a photo. Needs `pip install 'tensorbolt[insight]'`.

Look at Text for the table of layers; at Images for kernels, feature maps, class activation maps,
predictions, the confusion matrix and ROC curves; and at Time Series for learning rates, gradient norms
and dead units.
"""

import argparse
import time
from collections import OrderedDict
from pathlib import Path

import torch
from sklearn.datasets import load_digits, load_sample_image
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import VisionTransformer, resnet18

from tensorbolt import SummaryWriter, insight


def build_model() -> nn.Sequential:
    """Return a network for images (N, 1, 8, 8)."""
    layers = {
        "conv1": nn.Conv2d(1, 8, kernel_size=3, padding=1),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(8, 16, kernel_size=3, padding=1),
        "relu2": nn.ReLU(),
        "pool": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "linear": nn.Linear(16 * 4 * 4, 10),
    }
    return nn.Sequential(OrderedDict(layers))


def train(
    writer: SummaryWriter, model: nn.Sequential, images: Tensor, labels: Tensor
) -> int:
    """Train for some epochs, and log how it goes; return the last step."""
    epochs, batches = 6, torch.arange(len(labels)).split(64)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    step = 0
    for _ in range(epochs):
        for batch in batches:
            loss = functional.cross_entropy(model(images[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            writer.add_scalar("loss", loss, step)
            # Between backward() and zero_grad().
            insight.add_gradient_norms(writer, model, step)
            step += 1
        insight.add_learning_rate(writer, optimiser, step)
        insight.add_activation_stats(writer, model, images[:256], step)
        schedule.step()
    return step


def look_at_digits(logdir: Path) -> None:
    """Log a network that learns."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(digits.target)
    train_x, test_x, train_y, test_y = train_test_split(images, labels, random_state=0)
    model = build_model()
    with SummaryWriter(logdir) as writer:
        insight.add_model_summary(writer, model, input_size=(1, 1, 8, 8))
        step = train(writer, model, train_x, train_y)
        insight.add_kernels(writer, model, step)
        insight.add_feature_maps(writer, model, test_x[:1], step)
        with torch.no_grad():
            scores = model(test_x)
        insight.add_gradcam(
            writer, model, test_x[:4], test_y[:4].tolist(), layer="relu2", step=step
        )
        insight.add_image_predictions(
            writer, test_x, test_y, scores, step, wrong_first=True
        )
        insight.add_confusion_matrix(writer, test_y, scores, step)
        insight.add_roc_curve(writer, test_y, scores, step)


def look_at_photo(logdir: Path) -> None:
    """Log what two networks look at in a photo: a convolutional one and a transformer."""
    photo = torch.tensor(load_sample_image("flower.jpg")).permute(2, 0, 1)[None] / 255
    photo = functional.interpolate(photo, (128, 128))
    models = {
        "resnet": resnet18(),
        "transformer": VisionTransformer(
            image_size=128,
            patch_size=16,
            num_layers=3,
            num_heads=4,
            hidden_dim=64,
            mlp_dim=128,
        ),
    }
    # It begins with zeros, which let no gradient pass; with some, Grad-CAM has something to show.
    nn.init.normal_(models["transformer"].heads.head.weight)
    for name, model in models.items():
        with SummaryWriter(logdir / name) as writer:
            insight.add_model_summary(writer, model, input_size=(1, 3, 128, 128))
            for method in "gradcam", "eigencam":
                insight.add_gradcam(
                    writer, model, photo, method=method, tag=f"gradcam/{method}"
                )
    with SummaryWriter(logdir / "resnet") as writer:
        insight.add_kernels(writer, models["resnet"], layers="conv1")
        insight.add_feature_maps(
            writer, models["resnet"], photo, layers=["conv1", "layer2"], max_maps=16
        )


def main() -> None:
    """Log both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/insight", now))
    logdir = parser.parse_args().logdir

    torch.manual_seed(0)
    torch.set_num_threads(1)
    look_at_digits(logdir / "digits")
    look_at_photo(logdir)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
