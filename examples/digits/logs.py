"""What is logged before, during and after training."""

from typing import Any

import torch
from torch import nn
from torch.utils.data import TensorDataset

from . import views
from .cost import Writer
from .model import Verdict, features, landscape

CHARTS = {
    "training": {
        "loss, both": ["Multiline", ["train/loss", "validation/loss"]],
        "accuracy, both": ["Multiline", ["train/accuracy", "validation/accuracy"]],
    },
    "confidence": {
        "of the middle half": [
            "Margin",
            ["confidence/median", "confidence/lower", "confidence/upper"],
        ],
    },
}
"""Charts of several curves, for the Custom Scalars page."""


def log_beginning(
    writer: Writer,
    model: nn.Sequential,
    data: TensorDataset,
    settings: dict[str, Any],
) -> None:
    """Log what is known before training."""
    images, _ = data.tensors
    writer.add_text("configuration", markdown_table(settings))
    writer.add_graph(model, images[:1])
    writer.add_custom_scalars(CHARTS)
    scale = torch.cat([images[data.tensors[1] == digit][:1] for digit in range(10)])
    writer.add_audio("audio/0_to_9", views.audio(scale), sample_rate=views.SAMPLE_RATE)


def log_epoch(writer: Writer, train_loss: float, verdict: Verdict, step: int) -> None:
    """Log the numbers of an epoch."""
    values = {"loss": verdict.loss, "accuracy": verdict.accuracy}
    writer.log(values, step, prefix="validation")
    # One chart with two curves: where they part, the model begins to learn by heart.
    writer.add_scalars("loss", {"train": train_loss, "validation": verdict.loss}, step)
    lower, median, upper = verdict.confidence.quantile(torch.tensor([0.25, 0.5, 0.75]))
    confidence = {"lower": lower, "median": median, "upper": upper}
    writer.log(confidence, step, prefix="confidence")


def log_images(
    writer: Writer,
    model: nn.Sequential,
    data: TensorDataset,
    verdict: Verdict,
    step: int,
) -> None:
    """Log what the model reads right and wrong, and what it looks for."""
    images, labels = data.tensors
    right = verdict.guesses == labels
    doubtful = verdict.confidence.argsort()
    right_and_doubtful = doubtful[right[doubtful]]
    wrong_and_sure = doubtful.flip(0)[~right[doubtful.flip(0)]]
    for tag, chosen in ("right", right_and_doubtful), ("wrong", wrong_and_sure):
        writer.add_images(f"predictions/{tag}", views.grid(images[chosen[:32]]), step)

    grid, boxes, names = views.marked_grid(images, labels, verdict.guesses)
    writer.add_image_with_boxes(
        "predictions/misread", grid, boxes, step, rescale=2, labels=names
    )

    kernels = views.kernels(model.conv1.weight.detach())
    writer.add_images("first_layer/kernels", kernels, step)

    for digit in range(10):
        sure = verdict.probabilities[:, digit]
        writer.add_pr_curve(f"is_it_a/{digit}", labels == digit, sure, step)


def log_end(
    writer: Writer,
    model: nn.Sequential,
    data: TensorDataset,
    verdict: Verdict,
    settings: dict[str, Any],
    step: int,
) -> None:
    """Log what is worth its time only once."""
    images, labels = data.tensors
    layer = model.conv1(images[:8]).detach()
    writer.add_video("first_layer/activations", views.video(layer), step, fps=3)
    writer.add_embedding(
        features(model, images),
        metadata=[
            [str(label), str(guess), f"{sure:.2f}"]
            for label, guess, sure in zip(
                labels.tolist(),
                verdict.guesses.tolist(),
                verdict.confidence.tolist(),
                strict=True,
            )
        ],
        metadata_header=["digit", "read as", "confidence"],
        label_img=views.sprites(images, labels),
        global_step=step,
        tag="features",
    )
    vertices, colours, faces = views.surface(landscape(model, data))
    writer.add_mesh("loss_landscape", vertices, colours, faces, global_step=step)
    results = {"final/accuracy": verdict.accuracy, "final/loss": verdict.loss}
    writer.add_hparams(settings, results, run_name=".", global_step=step)
    # Last: Matplotlib takes longer to draw than all else to log.
    figure = views.confusion_figure(labels, verdict.guesses)
    writer.add_figure("predictions/confusion", figure, step)


def markdown_table(settings: dict[str, Any]) -> str:
    """Return settings as a table that TensorBoard's Text page shows."""
    rows = [f"| {name} | {value} |" for name, value in settings.items()]
    return "\n".join(["| setting | value |", "| --- | --- |", *rows])
