"""Writers as arguments, and writing scalars."""

from collections.abc import Mapping
from typing import Any

from tensorbolt._arguments import check_tag


def open_writer(writer: Any, tag: Any) -> tuple[Any, str]:
    """Return a writer whose methods take steps, and the tag as text.

    Args:
        writer: A `SummaryWriter` of tensorbolt, of its facades or of one of the packages that it replaces. Of a
            `GlobalSummaryWriter`, which counts steps itself, the writer below: it counts where no step is given.
        tag: First part of the tags to write.

    Raises:
        TypeError: `writer` is none, or `tag` no text.
        ValueError: `tag` is not valid Unicode text.
    """
    below = getattr(writer, "smw", writer)
    if not callable(getattr(below, "add_scalar", None)):
        raise TypeError(
            f"writer must be a SummaryWriter, not {type(writer).__name__}; make one with tensorbolt.SummaryWriter()"
        )
    return below, check_tag(tag)


def write_scalars(
    writer: Any, numbers: Mapping[str, float], step: Any, walltime: float | None
) -> dict[str, float]:
    """Write a scalar for each tag, and return them."""
    for tag, number in numbers.items():
        writer.add_scalar(tag, number, step, walltime)
    return dict(numbers)
