"""Maps side by side in a figure, with a title that says what is shown and on which scale."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorbolt.insight._figures import Bar, colour_map, picture_figure
from tensorbolt.insight._grids import (
    GAP,
    GREY,
    WANTED,
    averaged,
    enlarged,
    longest_side,
    tiled,
)
from tensorbolt.insight._scales import Scale, coloured


def sheet(
    scale: Scale, columns: int, title: Sequence[str], cmap: Any, caller: str
) -> Any:
    """Draw maps as a figure in which each pixel of a map is a square of whole pixels.

    Args:
        scale: N×H×W values, or N×H×W×3 for colours.
        columns: How many maps stand side by side.
        title: Lines of text above; longer ones are broken.
        cmap: Name of one of matplotlib's colour maps, or such an object. Has no effect on colours.
        caller: The function that draws, for error texts.

    Returns:
        A `matplotlib.figure.Figure` that pyplot knows nothing of.

    Raises:
        ImportError: There is no matplotlib.
        ValueError: There is no such colour map.
    """
    colours = colour_map(cmap, caller)
    lines = list(title)
    missing = int(np.isnan(scale.unit).sum())
    if missing:
        lines.append(f"{missing:,} numbers are not finite (red)")
    unit, factor = averaged(scale.unit, columns)
    if factor > 1:
        lines.append(f"each pixel is the mean of {factor}×{factor}")
    if unit.ndim > 3:  # noqa: PLR2004 - N, H and W, then colours
        pixels, bar = coloured(unit, None), None
    else:
        pixels, bar = coloured(unit, colours), Bar(colours, _ticks(scale))
    count, height, width = unit.shape[:3]
    zoom = -(-WANTED // longest_side(count, height, width, columns))
    grid = tiled(enlarged(pixels, zoom), columns, min(zoom, GAP), ground=GREY)
    return picture_figure(grid, lines, caller, bar)


def _ticks(scale: Scale) -> tuple[str, ...]:
    if not scale.shared:
        return "lowest", "highest"
    middle = scale.low / 2 + scale.high / 2
    return tuple(f"{value:.3g}" for value in (scale.low, middle, scale.high))
