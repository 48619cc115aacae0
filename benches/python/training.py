"""A user's view: training with everything logged at each step, and the same without logging.

Everything is the loss, the accuracy, the learning rate, a histogram of each parameter and of its gradient, and an
image of the batch. A round is an epoch; the writer is closed after it.
"""

from collections.abc import Callable
from typing import Any

from benches.python import check
from benches.python.contenders import OURS, SILENT, all_of
from benches.python.scenario import Scenario

IMAGES = 16
"""Of the batch, in the grid of each step."""


def training() -> list[Scenario]:
    """Return the training runs: a small model on real digits, and ResNets, whose steps are longer."""
    return [
        _training(
            "training/digits",
            "the demo's model on 1,797 real digits, an epoch of 57 batches of 32",
            57,
            _digits,
        ),
        _training(
            "training/resnet18",
            "a ResNet-18 on patches of real photos, an epoch of 4 batches of 32 at 64x64",
            4,
            lambda steps: _patches("resnet18", steps, 32, 64),
        ),
        _training(
            "training/resnet50",
            "a ResNet-50 on patches of real photos, an epoch of 4 batches of 16 at 128x128",
            4,
            lambda steps: _patches("resnet50", steps, 16, 128),
            full=True,
        ),
    ]


def _training(
    name: str,
    what: str,
    steps: int,
    prepare: Callable[[int], Any],
    full: bool = False,
) -> Scenario:
    def verify(points: check.Points, data: Any, steps: int) -> None:
        model, _ = data
        arrays = 2 * sum(1 for _ in model.parameters())
        check.same("number of tags", len(points), 3 + arrays + 1)
        for tag, one in points.items():
            check.same(f"points of {tag}", len(one), steps)

    acts = {**all_of(_by_loop), OURS.name: _by_watch, SILENT.name: _silently}
    return Scenario(name, what, steps, prepare, acts, verify, full=full)


def _by_watch(writer: Any, data: Any, steps: Any) -> None:
    with writer.watch(data[0]) as watch:

        def log(step: int, numbers: dict[str, Any], images: Any) -> None:
            writer.log(numbers, step)
            watch.log(step)
            writer.add_images("batch", images, step)

        _train(data, steps, log)


def _by_loop(writer: Any, data: Any, steps: Any) -> None:
    def log(step: int, numbers: dict[str, Any], images: Any) -> None:
        for tag, number in numbers.items():
            writer.add_scalar(tag, number, step)
        for name, parameter in data[0].named_parameters():
            writer.add_histogram(f"parameters/{name}", parameter, step)
            writer.add_histogram(f"gradients/{name}", parameter.grad, step)
        writer.add_images("batch", images, step)

    _train(data, steps, log)


def _silently(writer: Any, data: Any, steps: Any) -> None:
    _train(data, steps, lambda *_: None)


def _train(data: Any, steps: Any, log: Callable[[int, Any, Any], None]) -> None:
    import torch
    from torch.nn import functional

    model, batches = data
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3)
    for step in steps:
        images, labels = batches[step]
        scores = model(images)
        loss = functional.cross_entropy(scores, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        numbers = {
            "loss": loss,
            "accuracy": (scores.argmax(1) == labels).float().mean(),
            "learning_rate": optimiser.param_groups[0]["lr"],
        }
        log(step, numbers, images[:IMAGES])


def _digits(steps: int) -> Any:
    import torch
    from examples.digits.model import build_model
    from sklearn.datasets import load_digits

    torch.manual_seed(1)
    digits = load_digits()
    images = torch.from_numpy(digits.images).float()[:, None] / 16
    labels = torch.from_numpy(digits.target)
    batches = list(zip(images.split(32), labels.split(32), strict=True))
    return build_model(dropout=0.25), batches[:steps]


def _patches(architecture: str, steps: int, batch: int, side: int) -> Any:
    import torch
    import torchvision
    from sklearn.datasets import load_sample_images

    torch.manual_seed(1)
    photos = [torch.from_numpy(photo.copy()) for photo in load_sample_images().images]
    patches = [
        photo[top : top + side, left : left + side].permute(2, 0, 1).float() / 255
        for photo in photos
        for top in range(0, photo.shape[0] - side, side // 2)
        for left in range(0, photo.shape[1] - side, side // 2)
    ]
    chosen = torch.randperm(len(patches) * 4)[: steps * batch] % len(patches)
    images = torch.stack([patches[index] for index in chosen])
    labels = torch.randint(0, 10, (steps * batch,))
    model = getattr(torchvision.models, architecture)(weights=None, num_classes=10)
    return model, list(zip(images.split(batch), labels.split(batch), strict=True))
