"""Images, audio, video and landscape made of the data and the network."""

import math

import matplotlib as mpl
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional

GRID_ROWS, GRID_COLUMNS = 8, 12
"""Digits on the grid on which misread ones are marked."""

SAMPLE_RATE = 8000
"""Of the audio, in samples per second."""

COLUMN_SECONDS = 0.06
"""How long a column of an image is played."""


def tiles(images: Tensor, factor: int, gap: int = 2) -> Tensor:
    """Return images enlarged by a whole factor, each with a white margin."""
    big = images.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    return functional.pad(big, (gap, gap, gap, gap), value=1)


def grid(images: Tensor) -> Tensor:
    """Return images as black on white tiles, with blank ones up to a row of 8."""
    missing = -len(images) % 8 or (0 if len(images) else 8)
    blank = torch.zeros(missing, *images.shape[1:])
    return tiles(1 - torch.cat([images, blank]), 6)


def kernels(weights: Tensor) -> Tensor:
    """Return kernels as tiles, each with its smallest weight black, its greatest white."""
    low, high = weights.amin((1, 2, 3), True), weights.amax((1, 2, 3), True)
    return tiles((weights - low) / (high - low), 8, gap=4)


def video(activations: Tensor) -> Tensor:
    """Return what a layer's channels see of each image: channels side by side, an image per frame.

    Activations are (T, C, H, W), the video is (C, T, 1, H, W).
    """
    seen = activations.relu()
    frames = (seen / seen.amax().clamp(min=1e-6)).transpose(0, 1).unsqueeze(2)
    return frames.repeat_interleave(12, 3).repeat_interleave(12, 4)


def audio(images: Tensor) -> Tensor:
    """Return images as audio (samples,): from left to right, each row a tone of its own.

    The top row is the highest of eight tones, five to the octave, as loud as it is dark.
    """
    tones = 220 * 2 ** (torch.arange(7, -1, -1) / 5)
    samples = round(COLUMN_SECONDS * SAMPLE_RATE)
    columns = images.squeeze(1).permute(1, 0, 2).flatten(1)
    loudness = columns.repeat_interleave(samples, dim=1)
    # Without a fade each change of column would click.
    fade = torch.sin(torch.linspace(0, math.pi, samples)).clamp(min=0).sqrt()
    time = torch.arange(loudness.shape[1]) / SAMPLE_RATE
    waves = torch.sin(2 * math.pi * tones[:, None] * time)
    return (loudness * waves).sum(0) * fade.repeat(columns.shape[1]) / len(tones)


def sprites(images: Tensor, labels: Tensor) -> Tensor:
    """Return images in the colour of their label, (N, 3, 24, 24)."""
    colours = torch.tensor(mpl.colormaps["tab10"](labels)[:, :3], dtype=torch.float32)
    ink = images.repeat_interleave(3, 2).repeat_interleave(3, 3)
    return 1 - ink * (1 - colours[:, :, None, None])


def surface(heights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return a landscape as vertices, colours (1, N, 3 each) and triangles (1, M, 3)."""
    side = len(heights)
    # What is far above the valley would hide it.
    heights = heights.log1p()
    steps = torch.linspace(-1, 1, side)
    z, x = torch.meshgrid(steps, steps, indexing="ij")
    scaled = (heights - heights.min()) / (heights.max() - heights.min())
    vertices = torch.stack([x, scaled, z], 2).reshape(1, -1, 3)
    colours = torch.tensor(mpl.colormaps["viridis"](scaled.flatten())[:, :3] * 255)

    corners = torch.arange(side * side).reshape(side, side)
    a, b = corners[:-1, :-1].flatten(), corners[:-1, 1:].flatten()
    c, d = corners[1:, :-1].flatten(), corners[1:, 1:].flatten()
    upper, lower = torch.stack([a, c, b], 1), torch.stack([b, c, d], 1)
    return vertices, colours.to(torch.uint8)[None], torch.cat([upper, lower])[None]


def marked_grid(
    images: Tensor, labels: Tensor, guesses: Tensor
) -> tuple[Tensor, Tensor, list[str]]:
    """Return a grid of digits (1, H, W), a box per misread one, and its label."""
    count = GRID_ROWS * GRID_COLUMNS
    cells = tiles(1 - images[:count], 3, gap=0)
    # A label is written at the bottom of its box: leave room below the digit.
    cells = functional.pad(cells, (12, 12, 7, 23), value=1)
    height, width = cells.shape[2:]
    marked = cells.reshape(GRID_ROWS, GRID_COLUMNS, height, width).transpose(1, 2)
    marked = marked.reshape(1, GRID_ROWS * height, GRID_COLUMNS * width)

    misread = (guesses[:count] != labels[:count]).nonzero().flatten()
    left = misread % GRID_COLUMNS * width
    top = misread // GRID_COLUMNS * height
    boxes = torch.stack([left + 3, top + 3, left + width - 3, top + height - 3], 1)
    names = [f"{labels[i]} as {guesses[i]}" for i in misread]
    return marked, boxes, names


def confusion_figure(labels: Tensor, guesses: Tensor) -> Figure:
    """Return a figure of how often each digit is read as which."""
    counts = torch.bincount(labels * 10 + guesses, minlength=100).reshape(10, 10)
    figure = Figure(figsize=(3.5, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts, cmap="Blues")
    for digit, guess in counts.nonzero().tolist():
        colour = "white" if digit == guess else "black"
        number = int(counts[digit, guess])
        axes.text(guess, digit, str(number), color=colour, ha="center", va="center")
    axes.set(xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))
    return figure
