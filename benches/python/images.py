"""The rows of images: photo, grid, noise, figure."""

from typing import Any

import numpy as np
from benches.python import check
from benches.python.contenders import Act, all_of
from benches.python.scenario import Scenario


def images() -> list[Scenario]:
    """Return the rows of this file, in the order of the table."""

    def noise(_: int) -> Any:
        return np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8)

    what = "of a photo, 427x640 uint8"
    return [
        image("image/photo", what, 4, _photo),
        image("image/photo-balanced", f"{what}, balanced", 4, _photo, "balanced"),
        image("image/photo-reversed", f"{what}, a view from BGR", 4, _reversed),
        _grid(),
        image("image/noise", "of noise, 1024x1024 uint8", 2, noise),
        _figure(),
    ]


def square(name: str, side: int, calls: int) -> Scenario:
    """Return a row of a square image, cut from photos side by side."""

    def pixels(_: int) -> Any:
        photo = _photo(0)
        times = -(-side // min(photo.shape[:2]))
        tiled = np.tile(photo, (times, times, 1))[:side, :side]
        return np.ascontiguousarray(tiled)

    return image(name, f"of {side}x{side} uint8", calls, pixels)


def image(
    name: str, what: str, calls: int, prepare: Any, compression: str = "fast"
) -> Scenario:
    """Return a row of one image of bytes."""

    def add(writer: Any, pixels: Any, steps: Any) -> None:
        for step in steps:
            writer.add_image("photo", pixels, step, dataformats="HWC")

    def verify(points: check.Points, pixels: Any, steps: int) -> None:
        check.image(points, "photo", pixels, steps)

    acts = all_of(add, "add_image")
    options = {"image_compression": compression}
    return Scenario(
        name, f"`add_image` {what}", calls, prepare, acts, verify, options=options
    )


def _photo(_: int) -> Any:
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg")


def _reversed(_: int) -> Any:
    """As OpenCV's images are turned into RGB: a view with a negative stride."""
    return np.ascontiguousarray(_photo(0)[..., ::-1])[..., ::-1]


def _grid() -> Scenario:
    def add_images(writer: Any, pixels: Any, steps: Any) -> None:
        for step in steps:
            writer.add_images("photo", pixels, step)

    def batch(_: int) -> Any:
        return np.random.default_rng(1).random((64, 3, 64, 64), np.float32)

    def verify(points: check.Points, pixels: Any, steps: int) -> None:
        tiles = pixels.reshape(8, 8, 3, 64, 64).transpose(0, 3, 1, 4, 2)
        grid = tiles.reshape(512, 512, 3)
        check.image(points, "photo", (grid * 255).round(), steps, tolerance=1)

    what = "`add_images` of 64x3x64x64 float32"
    return Scenario("image/grid", what, 2, batch, all_of(add_images), verify)


def _figure() -> Scenario:
    def verify(points: check.Points, figure: Any, steps: int) -> None:
        pixels = check.last_image(points, "figure", steps)
        width, height = (int(side) for side in figure.bbox.size)
        if pixels.shape[:2] != (height, width) or pixels.min() == pixels.max():
            raise check.WrongAnswerError(
                f"figure: {pixels.shape} pixels from {pixels.min()} to {pixels.max()} were read"
            )

    def line_plot(_: int) -> Any:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure()
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.plot(np.cumsum(np.random.default_rng(1).standard_normal(1000)))
        axes.set_xlabel("step")
        return figure

    def act(writer: Any, figure: Any, steps: Any) -> None:
        for step in steps:
            writer.add_figure("figure", figure, step, close=False)

    acts: dict[str, Act] = all_of(act)
    what = "`add_figure` of a line plot"
    return Scenario("figure", what, 3, line_plot, acts, verify)
