"""Models to look at, what must stay the same in them, and pixels of the images that were logged."""

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.colors import Normalize
from tests.python.support.images import pixels
from torch import nn


class Everything(nn.Module):
    """Has what looking at a model could change: all kinds of modes, buffers, gradients and hooks."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 6, 3),
            nn.BatchNorm2d(6),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
        )
        self.frozen = nn.utils.parametrizations.spectral_norm(nn.Conv2d(6, 4, 3))
        self.head = nn.Linear(4, 5)
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        self.fails = False

    def forward(self, x):
        self.calls += 1
        x = self.frozen(self.body(x)).relu()
        if self.fails:
            raise RuntimeError("the model fails")
        x = x + torch.rand_like(x) * 1e-3
        return self.head(x.mean((2, 3)))


def everything():
    """Such a model in training mode but for one layer, with gradients, a frozen layer and a hook."""
    torch.manual_seed(0)
    model = Everything()
    model(torch.rand(4, 3, 12, 12)).sum().backward()
    model.body[1].eval()
    model.frozen.requires_grad_(False)
    model.body[0].register_forward_hook(lambda *_: None)
    return model


def state(model):
    """Everything about a model that a look at it must not change, as comparable values."""
    hooks = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_backward_hooks",
        "_backward_pre_hooks",
    )
    return {
        "state": {name: value.tolist() for name, value in model.state_dict().items()},
        "modes": {name: module.training for name, module in model.named_modules()},
        "layers": [(name, id(module)) for name, module in model.named_modules()],
        "parameters": [(name, id(value)) for name, value in model.named_parameters()],
        "required": [value.requires_grad for value in model.parameters()],
        "gradients": [
            None if value.grad is None else (id(value.grad), value.grad.tolist())
            for value in model.parameters()
        ],
        "hooks": [
            {name: list(getattr(module, name)) for name in hooks}
            for module in model.modules()
        ],
        "random": torch.get_rng_state().tolist(),
    }


def logged_image(writer, tag):
    """The pixels of an image in the file."""
    (value,) = [value for found, _, value in writer.written() if found == tag]
    return pixels(value)


def grid_of(writer, tag, captions=False):
    """The grid of a logged figure, after seeing that the image in the file has it pixel for pixel.

    Captions are written on its white parts.
    """
    (image,) = writer.figures[tag].images
    grid = np.asarray(image.get_array())
    height, width = grid.shape[:2]
    page = logged_image(writer, tag)
    left, low = int(image.ox), int(image.oy)
    inside = page[
        page.shape[0] - low - height : page.shape[0] - low, left : left + width
    ]
    free = (grid == 255).all(-1, keepdims=True) & captions
    np.testing.assert_array_equal(np.where(free, 255, inside), grid)
    return grid


def cells(grid, rows, columns, height, width):
    """The colours of all pixels of the maps of a grid, as rows × columns × height × width × 3.

    The factor by which pixels are enlarged and the gaps are those with which the sizes come out.
    """
    zoom, gap = next(
        (zoom, gap)
        for zoom in range(1, 800)
        for gap in range(1, 5)
        if grid.shape[0] == rows * (height * zoom + gap) - gap
        and grid.shape[1] == columns * (width * zoom + gap) - gap
    )
    down = (
        np.arange(rows)[:, None] * (height * zoom + gap)
        + np.arange(height) * zoom
        + zoom // 2
    )
    right = (
        np.arange(columns)[:, None] * (width * zoom + gap)
        + np.arange(width) * zoom
        + zoom // 2
    )
    return grid[down[:, None, :, None], right[None, :, None, :]]


def colours(numbers, low, high, cmap):
    """What matplotlib makes of numbers on a scale, as bytes."""
    norm = Normalize(low, high)
    return mpl.colormaps[cmap](norm(np.asarray(numbers, np.float64)), bytes=True)[
        ..., :3
    ]
