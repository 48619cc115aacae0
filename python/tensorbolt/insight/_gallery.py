"""Pictures with a caption each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorbolt.insight._figures import LINE, Bar, Caption, picture_figure
from tensorbolt.insight._grids import averaged, enlarged, tiled

BETWEEN = 8


def gallery(
    pictures: "np.ndarray[Any, Any]",
    captions: Sequence[Sequence[tuple[str, str]]],
    columns: int,
    title: Sequence[str],
    caller: str,
    bar: Bar | None = None,
    narrowest: int = 112,
) -> Any:
    """Draw pictures with captions below them as a figure.

    Args:
        pictures: N×H×W×3 numbers from 0 to 1.
        captions: Of each picture its lines, each a text and its colour.
        columns: How many pictures stand side by side.
        title: Lines of text above.
        caller: The function that draws, for error texts.
        bar: Stands on the right.
        narrowest: Pixels of a picture's width at least; smaller ones are enlarged.

    Returns:
        A `matplotlib.figure.Figure` that pyplot knows nothing of.
    """
    columns = min(columns, len(pictures))
    small, factor = averaged(pictures, columns)
    pixels = np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)
    pixels = enlarged(pixels, max(1, -(-narrowest // pixels.shape[2])))
    height, width = pixels.shape[1:3]
    below = LINE * max(len(lines) for lines in captions) + BETWEEN // 2
    grid = tiled(pixels, columns, BETWEEN, below)
    texts = [
        Caption(
            place % columns * (width + BETWEEN),
            place // columns * (height + below + BETWEEN) + height + 2 + line * LINE,
            width,
            text,
            colour,
        )
        for place, lines in enumerate(captions)
        for line, (text, colour) in enumerate(lines)
    ]
    lines = list(title)
    if factor > 1:
        lines.append(f"each pixel is the mean of {factor}×{factor}")
    return picture_figure(grid, lines, caller, bar, texts)
