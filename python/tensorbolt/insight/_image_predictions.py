"""Images with their true and predicted classes."""

from typing import Any

import numpy as np

from tensorbolt.insight import _classes
from tensorbolt.insight._checks import check_count
from tensorbolt.insight._figures import captioned_figure
from tensorbolt.insight._rendering import unit_images
from tensorbolt.insight._writing import open_writer

CALLER = "add_image_predictions"

RIGHT, WRONG = "#0060a8", "#c04000"
"""Blue and orange, which colour-blind people can distinguish; marks say the same."""


def add_image_predictions(
    writer: Any,
    images: Any,
    labels: Any,
    predictions: Any,
    step: Any = None,
    class_names: Any = None,
    *,
    max_images: int = 16,
    columns: int = 4,
    wrong_first: bool = False,
    dataformats: str = "NCHW",
    tag: str = "predictions",
    walltime: float | None = None,
) -> list[str]:
    """Log images with their true and predicted classes and how sure the prediction was.

    Correct ones have a blue caption with ✓. Wrong ones have an orange caption with ✗ and the true class below it.

    Args:
        writer: A writer of tensorbolt.
        images: N images: an array or tensor, or a list of equally large ones; grey, RGB or RGBA. uint8 reaches from 0
            to 255; floats within 0 and 1 are shown as they are. Of others, such as what was normalised for a network,
            each is shown from its lowest number to its highest, and the title says so.
        labels: The true classes: N integers from 0 on, or names out of `class_names`, in an array, tensor or list.
        predictions: N×C probabilities or scores, of which the greatest counts; scores go through softmax, and the title
            says so. Or N predicted classes, like `labels`, which are shown without confidences.
        step: Step of this image.
        class_names: A name for each class; `None` shows numbers.
        max_images: How many images are shown at most, the first ones.
        columns: Number of images in a row.
        wrong_first: Whether wrong predictions come first, the surest before all, and then the right ones, the least
            sure first; without confidences both in their order.
        dataformats: Which axis of `images` is which: N, H, W and perhaps C, in any order.
        tag: The image's tag.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The tag, in a list.

    Raises:
        ImportError: matplotlib is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A shape is wrong, there are not equally many images, labels and predictions, or a class has no
            name.

    Example:
        >>> import tempfile, numpy
        >>> from tensorbolt import SummaryWriter, insight
        >>> images = numpy.random.rand(2, 3, 32, 32)
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_image_predictions(
        ...         writer, images, [0, 1], [[0.9, 0.1], [0.6, 0.4]], step=0, class_names=["cat", "dog"]
        ...     )
        ['predictions']
    """
    writer, tag = open_writer(writer, tag)
    check_count(max_images, "max_images")
    check_count(columns, "columns")
    names = _classes.class_names(class_names)
    truth = _classes.class_indices(labels, "labels", names)
    guesses, sure, softmax = _classes.guessed(predictions, "predictions", names)
    _classes.check_same_length(truth, "labels", guesses, "predictions")
    shown, done = unit_images(images, dataformats, "images")
    _classes.check_same_length(shown, "images", truth, "labels")
    right = truth == guesses
    order = ranked(right, sure) if wrong_first else np.arange(len(truth))
    order = order[:max_images]
    captions = [
        _caption(
            bool(right[place]),
            _classes.name_of(int(truth[place]), names),
            _classes.name_of(int(guesses[place]), names),
            None if sure is None else float(sure[place]),
        )
        for place in order
    ]
    title = [
        f"{right.mean():.1%} of {len(truth):,} images right"
        + (", wrong ones first" if wrong_first else "")
    ]
    if len(order) < len(truth):
        title.append(f"{len(order)} of them are shown")
    title += ["confidences by softmax"] * softmax + [done] * bool(done)
    figure = captioned_figure(shown[order], captions, columns, title, CALLER)
    writer.add_figure(tag, figure, step, close=False, walltime=walltime)
    return [tag]


def ranked(
    right: "np.ndarray[Any, Any]", sure: "np.ndarray[Any, Any] | None"
) -> "np.ndarray[Any, Any]":
    """Return the order of examples from the worst mistake to the surest right answer."""
    if sure is None:
        return np.argsort(right, kind="stable")
    return np.argsort(np.where(right, sure, -sure), kind="stable")


def _caption(
    right: bool, truth: str, guess: str, sure: float | None
) -> list[tuple[str, str]]:
    colour = RIGHT if right else WRONG
    certainty = "" if sure is None else f" {sure:.0%}"
    mark = "✓" if right else "✗"
    return [
        (f"{mark} {guess}{certainty}", colour),
        (f"is {truth}", colour) if not right else ("", colour),
    ]
