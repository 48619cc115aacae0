"""Figures in which every pixel stays a whole pixel, with a title, captions and a colour bar."""

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorbolt.insight._rendering import (
    GREY,
    MAX_GAP,
    MIN_PIXELS,
    Scale,
    coloured,
    enlarge,
    longest_side,
    shrink,
    tile,
)
from tensorbolt.insight._requires import load

DPI = 128
"""A power of two: sizes in inches times this are whole pixels again, without a rounding error."""

MARGIN, LINE, BAR, NUMBERS = 10, 17, 14, 70
"""Pixels around the grid, of a line of text, of the colour bar, of the numbers next to it."""

NARROWEST = 420
"""Pixels, so that titles do not become towers."""

CHARACTER = 6.6
"""Pixels that a letter takes on average."""

LETTERS = 7
"""Points of a letter."""

CAPTION_GAP = 8


class Caption(NamedTuple):
    """A line of text below an image."""

    left: int
    top: int
    """Pixels from the grid's upper left corner."""
    width: int
    """Pixels that it may take; it is cut to fit."""
    text: str
    colour: str


class Bar(NamedTuple):
    """A colour bar."""

    colours: Any
    """A colour map of matplotlib."""
    ticks: tuple[str, ...]
    """The texts next to it, evenly from its lower end to its upper end."""


def pixel_figure(
    grid: "np.ndarray[Any, Any]",
    title: Sequence[str],
    caller: str,
    bar: Bar | None = None,
    captions: Sequence[Caption] = (),
) -> Any:
    """Draw pixels as a figure.

    Args:
        grid: H×W×3 pixels of type uint8.
        title: Lines of text above; longer ones are broken.
        caller: The function that draws, for error texts.
        bar: Stands on the right.
        captions: Texts on the grid.

    Returns:
        A `matplotlib.figure.Figure` that pyplot knows nothing of, on a white ground whatever the style is.

    Raises:
        ImportError: There is no matplotlib.
    """
    Figure = load("matplotlib.figure", caller).Figure  # noqa: N806 - a class
    height, width = grid.shape[:2]
    side = MARGIN + BAR + NUMBERS if bar else MARGIN
    whole_width = max(NARROWEST, MARGIN + width + side)
    letters = int((whole_width - 2 * MARGIN) / CHARACTER)
    text = [part for line in title for part in textwrap.wrap(line, letters) or [""]]
    head = MARGIN + LINE * len(text) + MARGIN // 2
    # A bar needs room for its numbers even next to a strip of one row.
    body = max(height, 3 * LINE) if bar else height
    whole_height = head + body + MARGIN
    size = whole_width / DPI, whole_height / DPI
    figure = Figure(figsize=size, dpi=DPI, facecolor="white")
    # A dollar in a name begins no formula.
    plain = {"fontsize": LETTERS, "parse_math": False, "va": "top"}
    top = 1 - MARGIN / whole_height
    figure.text(
        MARGIN / whole_width,
        top,
        "\n".join(text),
        color="black",
        linespacing=1.3,
        **plain,
    )
    figure.figimage(grid, MARGIN, whole_height - head - height, origin="upper")
    for caption in captions:
        place = MARGIN + caption.left + caption.width / 2, head + caption.top
        figure.text(
            place[0] / whole_width,
            1 - place[1] / whole_height,
            shortened(caption.text, int(caption.width / CHARACTER)),
            color=caption.colour,
            ha="center",
            **plain,
        )
    if bar:
        left, low = 2 * MARGIN + width, whole_height - head - body
        sizes = (
            left / whole_width,
            low / whole_height,
            BAR / whole_width,
            body / whole_height,
        )
        _draw_bar(figure.add_axes(sizes), bar)
    return figure


def shortened(text: str, letters: int) -> str:
    """Return a text of at most so many letters, with an ellipsis for what is cut."""
    return text if len(text) <= letters else f"{text[: max(letters - 1, 1)]}…"


def colour_map(cmap: Any, caller: str) -> Any:
    """Return a colour map of matplotlib.

    Raises:
        ImportError: There is no matplotlib.
        ValueError: There is no such colour map.
    """
    maps = load("matplotlib", caller).colormaps
    try:
        return maps.get_cmap(cmap)
    except (ValueError, TypeError):
        raise ValueError(
            f"cmap must be a colour map of matplotlib such as 'viridis', not {cmap!r}"
        ) from None


def _draw_bar(axes: Any, bar: Bar) -> None:
    steps = np.linspace(1, 0, 256)[:, None]
    axes.imshow(steps, aspect="auto", cmap=bar.colours, extent=(0, 1, 0, 1))
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.set_yticks(np.linspace(0, 1, len(bar.ticks)), bar.ticks)
    axes.tick_params(labelsize=LETTERS - 0.5, length=2, colors="black")


def grid_figure(
    scale: Scale, columns: int, title: Sequence[str], cmap: Any, caller: str
) -> Any:
    """Draw maps as a figure in which each pixel of a map is a square of whole pixels.

    Args:
        scale: N×H×W values, or N×H×W×3 for colours.
        columns: Number of maps in a row.
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
    unit, factor = shrink(scale.unit, columns)
    if factor > 1:
        lines.append(f"each pixel is the mean of {factor}×{factor}")
    if unit.ndim > 3:  # noqa: PLR2004 - N, H and W, then colours
        pixels, bar = coloured(unit, None), None
    else:
        pixels, bar = coloured(unit, colours), Bar(colours, _ticks(scale))
    count, height, width = unit.shape[:3]
    zoom = -(-MIN_PIXELS // longest_side(count, height, width, columns))
    grid = tile(enlarge(pixels, zoom), columns, min(zoom, MAX_GAP), ground=GREY)
    return pixel_figure(grid, lines, caller, bar)


def _ticks(scale: Scale) -> tuple[str, ...]:
    if not scale.shared:
        return "lowest", "highest"
    middle = scale.low / 2 + scale.high / 2
    return tuple(f"{value:.3g}" for value in (scale.low, middle, scale.high))


def captioned_figure(
    images: "np.ndarray[Any, Any]",
    captions: Sequence[Sequence[tuple[str, str]]],
    columns: int,
    title: Sequence[str],
    caller: str,
    bar: Bar | None = None,
    narrowest: int = 112,
) -> Any:
    """Draw images with captions below them as a figure.

    Args:
        images: N×H×W×3 numbers from 0 to 1.
        captions: The lines of each image; each line is a text and its colour.
        columns: Number of images in a row.
        title: Lines of text above.
        caller: The function that draws, for error texts.
        bar: Stands on the right.
        narrowest: Pixels of an image's width at least; smaller ones are enlarged.

    Returns:
        A `matplotlib.figure.Figure` that pyplot knows nothing of.
    """
    columns = min(columns, len(images))
    small, factor = shrink(images, columns)
    pixels = np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)
    pixels = enlarge(pixels, max(1, -(-narrowest // pixels.shape[2])))
    height, width = pixels.shape[1:3]
    below = LINE * max(len(lines) for lines in captions) + CAPTION_GAP // 2
    grid = tile(pixels, columns, CAPTION_GAP, below)
    texts = [
        Caption(
            place % columns * (width + CAPTION_GAP),
            place // columns * (height + below + CAPTION_GAP)
            + height
            + 2
            + line * LINE,
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
    return pixel_figure(grid, lines, caller, bar, texts)
