"""Receiver operating characteristic: the true positive rate at each false positive rate."""

from typing import Any

import numpy as np

from tensorbolt import _arrays
from tensorbolt._errors import ShapeError
from tensorbolt.insight import _classes
from tensorbolt.insight._figures import shortened
from tensorbolt.insight._requires import load
from tensorbolt.insight._writing import open_writer, write_scalars

CALLER = "add_roc_curve"

MAX_LEGEND = 20
"""Number of curves up to which the legend names each."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Those of Okabe and Ito, https://jfly.uni-koeln.de/color/, which colour-blind people can distinguish."""

STYLES = ("-", "--", ":", "-.")


def add_roc_curve(
    writer: Any,
    labels: Any,
    scores: Any,
    step: Any = None,
    class_names: Any = None,
    *,
    tag: str = "roc_curve",
    walltime: float | None = None,
) -> dict[str, float]:
    """Log the ROC curve of a classifier as an image, and the area under it as a scalar.

    A point of the curve has the share of negative examples that score at least a threshold (x) and the share of the
    positive ones that do (y), for every score as threshold. The area under it is that of the trapezoids, and the
    probability that a positive example scores higher than a negative one, ties counting half (Fawcett, An introduction
    to ROC analysis, 2006). With a column per class there is a curve of each class against the rest.

    Args:
        writer: A writer of tensorbolt.
        labels: Of two classes, N numbers 0 (or `False`) and 1 (or `True`), 1 being positive; else N classes from 0 on,
            or names out of `class_names`. An array, tensor or list.
        scores: N numbers, higher for what is more likely positive; or N×C, a column for each class. Probabilities or
            any other scores: only their order counts.
        step: Step of the image and the scalars.
        class_names: A name for each column of `scores`; `None` shows numbers.
        tag: The image's tag, and the first part of the scalars': `<tag>/auc` of N scores; of N×C `<tag>/auc/<class>`,
            and `<tag>/auc`, which is their mean.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The areas, by tag. Classes of which there are no examples, or no others, have no curve and are left out.

    Raises:
        ImportError: matplotlib is missing.
        TypeError: An argument is of the wrong type.
        ValueError: A score is not finite, a class has no column, a shape is wrong, or there are no two classes among
            the labels.

    Example:
        >>> import tempfile
        >>> from tensorbolt import SummaryWriter, insight
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_roc_curve(writer, [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], step=0)
        {'roc_curve/auc': 0.75}
    """
    writer, tag = open_writer(writer, tag)
    table = _arrays.plain(scores, "scores").astype(np.float64)
    if not np.isfinite(table).all():
        raise ValueError(
            "scores has numbers that are not finite; leave those examples out"
        )
    binary = table.ndim == 1 or (table.ndim == 2 and table.shape[1] == 1)  # noqa: PLR2004 - examples and classes
    names = _classes.class_names(class_names)
    truth = _classes.class_indices(labels, "labels", None if binary else names)
    if binary:
        curves = {"": _binary(truth, table.reshape(-1))}
    else:
        curves = _one_against_rest(truth, table, names)
    areas = {name: area(*curve) for name, curve in curves.items()}
    numbers = {f"{tag}/auc": float(np.mean(list(areas.values())))}
    numbers |= {
        f"{tag}/auc/{name}": value for name, value in areas.items() if not binary
    }
    figure = _drawn(curves, areas, len(truth), numbers[f"{tag}/auc"])
    writer.add_figure(tag, figure, step, close=False, walltime=walltime)
    return write_scalars(writer, numbers, step, walltime)


Curve = tuple[Any, Any]


def roc(positive: "np.ndarray[Any, Any]", scores: "np.ndarray[Any, Any]") -> Curve:
    """Return the shares of false and of true positives, from (0, 0) to (1, 1).

    Args:
        positive: N booleans, of both kinds.
        scores: N numbers.
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(positive[order])
    alarms = np.cumsum(~positive[order])
    # Equal scores lie on one side of any threshold together.
    last = np.append(np.diff(scores[order]) != 0, True)
    false = np.append(0, alarms[last]) / alarms[-1]
    true = np.append(0, found[last]) / found[-1]
    return false, true


def area(false: "np.ndarray[Any, Any]", true: "np.ndarray[Any, Any]") -> float:
    """Return the area under a curve, by trapezoids."""
    return float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2))


def _binary(truth: "np.ndarray[Any, Any]", scores: "np.ndarray[Any, Any]") -> Curve:
    _classes.check_same_length(truth, "labels", scores, "scores")
    if truth.max() > 1:
        raise ValueError(
            f"labels has the class {truth.max()}, but scores has one number per example; pass N×C scores, or labels 0 and 1"
        )
    if truth.min() == truth.max():
        raise ValueError(
            f"labels are all {truth[0]}; a ROC curve needs examples of 0 and of 1"
        )
    return roc(truth == 1, scores)


def _one_against_rest(
    truth: "np.ndarray[Any, Any]",
    table: "np.ndarray[Any, Any]",
    names: list[str] | None,
) -> dict[str, Curve]:
    if table.ndim != 2 or table.shape[1] != (len(names) if names else table.shape[1]):  # noqa: PLR2004 - axes
        raise ShapeError(
            f"scores must be N numbers or N×C, with a column for each of class_names, but its shape is {table.shape}"
        )
    _classes.check_same_length(truth, "labels", table, "scores")
    if truth.max() >= table.shape[1]:
        raise ValueError(
            f"labels has the class {truth.max()}, but scores has only {table.shape[1]} columns"
        )
    if truth.min() == truth.max():
        raise ValueError(
            f"labels are all {truth[0]}; ROC curves need at least two classes"
        )
    return {
        _classes.name_of(place, names): roc(truth == place, column)
        for place, column in enumerate(table.T)
        if (truth == place).any()
    }


def _drawn(
    curves: dict[str, Curve], areas: dict[str, float], count: int, mean: float
) -> Any:
    Figure = load("matplotlib.figure", CALLER).Figure  # noqa: N806 - a class
    named = 1 < len(curves) <= MAX_LEGEND
    width, side = (7.2 if named else 4.9), 3.9
    figure = Figure(figsize=(width, 4.9), dpi=110, facecolor="white")
    axes = figure.add_axes((0.65 / width, 0.55 / 4.9, side / width, side / 4.9))
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8, linestyle=":")
    for place, (name, (false, true)) in enumerate(curves.items()):
        axes.plot(
            false,
            true,
            color=COLOURS[place % len(COLOURS)],
            linestyle=STYLES[place // len(COLOURS) % len(STYLES)],
            linewidth=1.4,
            label=f"{shortened(name, 18)}  {areas[name]:.3f}",
        )
    what = "area" if len(curves) == 1 else "mean area"
    axes.set_title(
        f"ROC of {count:,} examples, {what} {mean:.4f}", fontsize=9, color="black"
    )
    axes.set_xlabel("share of negatives taken for positive", color="black")
    axes.set_ylabel("share of positives found", color="black")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", facecolor="white")
    axes.tick_params(labelsize=8, colors="black")
    if named:
        legend = axes.legend(
            title="class and area",
            loc="upper left",
            bbox_to_anchor=(1.02, 1),
            fontsize=8,
            labelcolor="black",
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
    return figure
