"""Confusion matrices."""

from typing import Any

import numpy as np

from tensorbolt.insight import _classes
from tensorbolt.insight._checks import check_choice
from tensorbolt.insight._figures import colour_map, shortened
from tensorbolt.insight._requires import load
from tensorbolt.insight._writing import open_writer

CALLER = "add_confusion_matrix"

MAX_NUMBERED, MAX_NAMED = 25, 60
"""Numbers of classes up to which each cell shows its number, and each row and column its name."""

CELL_INCHES, LETTER_INCHES, FRAME_INCHES = 0.42, 0.075, 0.8
"""Sizes of a cell, of a letter of a name, and of the frame around all."""

MIN_INCHES, MAX_INCHES = 2.2, 9.0
"""Limits of the matrix's size."""

MAX_NAME_LETTERS, CELL_LETTERS = 24, 2
"""Letters of a name at most, and letters that fit the width of a cell."""

PARTS = {
    None: "counts",
    "true": "share of each true class (rows add up to 1)",
    "pred": "share of each predicted class (columns add up to 1)",
    "all": "share of all examples",
}


def add_confusion_matrix(
    writer: Any,
    labels: Any,
    predictions: Any,
    step: Any = None,
    class_names: Any = None,
    *,
    normalize: str | None = None,
    cmap: Any = "cividis",
    tag: str = "confusion_matrix",
    walltime: float | None = None,
) -> list[str]:
    """Log how often each class is predicted as which, as an image with the true classes in rows.

    Args:
        writer: A writer of tensorbolt.
        labels: The true classes: N integers from 0 on, or names out of `class_names`, in an array, tensor or list.
        predictions: The predicted classes likewise, or N×C scores or probabilities, of which the greatest counts.
        step: Step of this image.
        class_names: A name for each class; `None` shows numbers, up to the greatest one there is.
        normalize: `None` for counts; `"true"`, `"pred"` or `"all"` for shares of a row, of a column or of all, as in
            scikit-learn's `confusion_matrix`. Of classes without examples they are 0.
        cmap: Name of one of matplotlib's colour maps, or such an object; one in which lightness grows.
        tag: The image's tag.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The tag, in a list.

    Raises:
        ImportError: matplotlib is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A class has no name, there are no examples, not equally many labels and predictions, or there is no
            such way to normalise or colour map.

    Example:
        >>> import tempfile
        >>> from tensorbolt import SummaryWriter, insight
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_confusion_matrix(writer, [0, 1, 1], [0, 1, 0], step=0, class_names=["cat", "dog"])
        ['confusion_matrix']
    """
    writer, tag = open_writer(writer, tag)
    check_choice(normalize, "normalize", tuple(PARTS))
    names = _classes.class_names(class_names)
    truth = _classes.class_indices(labels, "labels", names)
    guesses, _, _ = _classes.guessed(predictions, "predictions", names)
    _classes.check_same_length(truth, "labels", guesses, "predictions")
    count = (
        len(names) if names is not None else int(max(truth.max(), guesses.max())) + 1
    )
    counts = confusion(truth, guesses, count)
    right = np.trace(counts) / counts.sum()
    title = f"{len(truth):,} examples, {right:.1%} right\n{PARTS[normalize]}"
    shown = [_classes.name_of(place, names) for place in range(count)]
    figure = _drawn(normalized(counts, normalize), shown, title, cmap)
    writer.add_figure(tag, figure, step, close=False, walltime=walltime)
    return [tag]


def confusion(
    truth: "np.ndarray[Any, Any]", guesses: "np.ndarray[Any, Any]", count: int
) -> "np.ndarray[Any, Any]":
    """Return how often each class (row) was predicted as which (column), as C×C integers."""
    return np.bincount(truth * count + guesses, minlength=count * count).reshape(
        count, count
    )


def normalized(
    counts: "np.ndarray[Any, Any]", normalize: str | None
) -> "np.ndarray[Any, Any]":
    """Return counts as shares of their row, column or sum; 0 where there is nothing to share."""
    if normalize is None:
        return counts
    whole = {
        "true": counts.sum(1, keepdims=True),
        "pred": counts.sum(0, keepdims=True),
        "all": counts.sum(keepdims=True),
    }[normalize]
    shares: np.ndarray[Any, Any] = counts / np.maximum(whole, 1)
    return shares


def _drawn(
    cells: "np.ndarray[Any, Any]", names: list[str], title: str, cmap: Any
) -> Any:
    Figure = load("matplotlib.figure", CALLER).Figure  # noqa: N806 - a class
    colours = colour_map(cmap, CALLER)
    count = len(names)
    names = [shortened(name, MAX_NAME_LETTERS) for name in names]
    longest = max(map(len, names)) * LETTER_INCHES if count <= MAX_NAMED else 0.3
    side = min(max(MIN_INCHES, count * CELL_INCHES), MAX_INCHES)
    # Names that a cell is too narrow for are turned.
    turned = count <= MAX_NAMED and max(map(len, names)) > CELL_LETTERS
    left, below = FRAME_INCHES + longest, FRAME_INCHES + (longest if turned else 0)
    width, height = left + side + FRAME_INCHES + 0.3, below + side + FRAME_INCHES
    figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
    axes = figure.add_axes((left / width, below / height, side / width, side / height))
    highest = max(cells.max(), np.finfo(float).tiny) if cells.dtype.kind == "i" else 1.0
    image = axes.imshow(
        cells, cmap=colours, vmin=0, vmax=highest, interpolation="nearest"
    )
    # Names are no formulas, whatever they hold.
    axes.set_title(title, fontsize=9, color="black", parse_math=False)
    axes.set_xlabel("predicted", color="black")
    axes.set_ylabel("true", color="black")
    if count <= MAX_NAMED:
        axes.set_xticks(
            range(count), names, rotation=90 if turned else 0, parse_math=False
        )
        axes.set_yticks(range(count), names, parse_math=False)
    axes.tick_params(labelsize=8 if count <= MAX_NUMBERED else 5, colors="black")
    if count <= MAX_NUMBERED:
        for row, column in np.ndindex(cells.shape):
            _write_cell(
                axes,
                row,
                column,
                cells[row, column],
                colours(cells[row, column] / highest),
            )
    bar = figure.add_axes(
        ((left + side + 0.12) / width, below / height, 0.14 / width, side / height)
    )
    figure.colorbar(image, cax=bar).ax.tick_params(labelsize=8, colors="black")
    return figure


def _write_cell(axes: Any, row: int, column: int, number: Any, ground: Any) -> None:
    if number == 0:
        # Empty cells, which are most of a good matrix, would only distract.
        return
    red, green, blue = ground[:3]
    # Luma by ITU-R BT.601.
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5  # noqa: PLR2004 - half of white
    whole = isinstance(number, np.integer)
    text = f"{number}" if whole else f"{number:.2f}"
    axes.text(
        column, row, text, color="white" if dark else "black", ha="center", va="center",
        fontsize=8 if len(text) <= 4 else 6,  # noqa: PLR2004 - letters that fit a cell
    )  # fmt: skip
