"""The rows of the table: scalars, histograms, pictures, texts, imports."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from benches.python import check
from benches.python.contenders import OURS, TORCH, Act, all_of, ours_and_theirs
from benches.python.media import media
from benches.python.scenario import ImportScenario, Scenario

WORDS = "Loss went **down** after warm-up; see the table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def scenarios() -> list[Scenario | ImportScenario]:
    """Return all scenarios, in the order of the table."""
    return [
        *_scalars(),
        *_mappings(),
        *_histograms(),
        *_pictures(),
        *media(),
        *_others(),
    ]


# --- scalars, one call each


def _add_scalar(writer: Any, values: Any, steps: Any) -> None:
    for step, value in zip(steps, values, strict=True):
        writer.add_scalar("loss/train", value, step)


def _add_scalars(writer: Any, groups: Any, steps: Any) -> None:
    for step, group in zip(steps, groups, strict=True):
        writer.add_scalars("loss", group, step)


def _floats(count: int) -> list[float]:
    return [1.0 / (step + 1) for step in range(count)]


def _tensors(count: int) -> list[Any]:
    import torch

    return [torch.tensor(value) for value in _floats(count)]


def _groups(count: int) -> list[dict[str, float]]:
    return [
        {"train": value, "validation": value + 1, "test": value + 2}
        for value in _floats(count)
    ]


def _scalars() -> list[Scenario]:
    def verify(points: check.Points, values: Any, steps: int) -> None:
        check.scalars(
            points, {"loss/train": [[float(value)] for value in values[:steps]]}
        )

    def verify_groups(points: check.Points, groups: Any, steps: int) -> None:
        check.scalars(
            points, {"loss": [list(group.values()) for group in groups[:steps]]}
        )

    one = all_of(_add_scalar)
    return [
        Scenario(
            "scalar/float",
            "add_scalar of a Python float",
            4000,
            _floats,
            one,
            verify,
            latency=True,
        ),
        Scenario(
            "scalar/numpy",
            "add_scalar of a numpy.float32",
            4000,
            lambda count: [np.float32(value) for value in _floats(count)],
            one,
            verify,
            latency=True,
        ),
        Scenario(
            "scalar/tensor",
            "add_scalar of a 0-d torch tensor",
            4000,
            _tensors,
            one,
            verify,
            latency=True,
        ),
        Scenario(
            "scalars/3",
            "add_scalars of three floats",
            1000,
            _groups,
            all_of(_add_scalars),
            verify_groups,
            latency=True,
        ),
    ]


# --- many scalars in one call, against the loop that the incumbents need


def _mappings() -> list[Scenario]:
    def log(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            writer.log(values, step)

    def loop(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            for tag, value in values.items():
                writer.add_scalar(tag, value, step)

    def series(writer: Any, values: Any, steps: Any) -> None:
        for _ in steps:
            writer.add_scalar_series("loss/train", values, np.arange(len(values)))

    def points(writer: Any, values: Any, steps: Any) -> None:
        for _ in steps:
            for index, value in enumerate(values):
                writer.add_scalar("loss/train", value, index)

    def tags(count: int) -> Callable[[int], dict[str, float]]:
        return lambda _: {
            f"layer{index}/norm": value for index, value in enumerate(_floats(count))
        }

    def verify(found: check.Points, values: Any, steps: int) -> None:
        check.scalars(found, {tag: [[value]] * steps for tag, value in values.items()})

    def verify_series(found: check.Points, values: Any, _: int) -> None:
        check.scalars(found, {"loss/train": [[value] for value in values]})

    acts = ours_and_theirs(log, loop)
    return [
        Scenario(
            "log/1000",
            "log of 1,000 tags; loop of add_scalar",
            3,
            tags(1000),
            acts,
            verify,
        ),
        Scenario(
            "log/100000",
            "log of 100,000 tags; loop of add_scalar",
            1,
            tags(100_000),
            acts,
            verify,
            heavy=True,
        ),
        Scenario(
            "series/10000",
            "add_scalar_series of 10,000 points; loop of add_scalar",
            1,
            lambda _: np.array(_floats(10_000)),
            ours_and_theirs(series, points),
            verify_series,
            heavy=True,
        ),
    ]


# --- histograms


def _histograms() -> list[Scenario]:
    def act(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            writer.add_histogram("weights", values, step)

    def verify(points: check.Points, values: Any, steps: int) -> None:
        check.histogram(points, "weights", values, steps)

    def normal(size: int, dtype: type) -> Callable[[int], Any]:
        return lambda _: np.random.default_rng(1).standard_normal(size).astype(dtype)

    def bfloat16(_: int) -> Any:
        import torch

        values = torch.randn(1_000_000, generator=torch.Generator().manual_seed(1))
        # torch's writer takes the way over float16, which bends the smallest values; there are none here.
        return (values + 0.01 * values.sign()).to(torch.bfloat16)

    def row(
        name: str,
        what: str,
        calls: int,
        prepare: Callable[[int], Any],
        acts: Mapping[str, Act],
    ) -> Scenario:
        name, what = f"histogram/{name}", f"add_histogram of {what}"
        return Scenario(name, what, calls, prepare, acts, verify, heavy=calls == 1)

    everyone = all_of(act)
    # tensorboardX refuses tensors of this type.
    two = dict.fromkeys((OURS.name, TORCH.name), act)
    return [
        row("1k", "1,000 float32", 100, normal(1000, np.float32), everyone),
        row("100k", "100,000 float32", 20, normal(100_000, np.float32), everyone),
        row("1M", "1 million float32", 4, normal(1_000_000, np.float32), everyone),
        row("10M", "10 million float32", 1, normal(10_000_000, np.float32), everyone),
        row(
            "1M-float64",
            "1 million float64",
            4,
            normal(1_000_000, np.float64),
            everyone,
        ),
        row("1M-bfloat16", "1 million bfloat16 (torch tensor)", 4, bfloat16, two),
        row(
            "1M-uint8",
            "1 million uint8",
            4,
            lambda _: np.random.default_rng(1).integers(0, 256, 1_000_000, np.uint8),
            everyone,
        ),
    ]


# --- pictures


def _pictures() -> list[Scenario]:
    def act(formats: str) -> Act:
        def add(writer: Any, pixels: Any, steps: Any) -> None:
            for step in steps:
                writer.add_image("photo", pixels, step, dataformats=formats)

        return add

    def add_images(writer: Any, pixels: Any, steps: Any) -> None:
        for step in steps:
            writer.add_images("photo", pixels, step)

    def add_figure(writer: Any, figure: Any, steps: Any) -> None:
        for step in steps:
            writer.add_figure("figure", figure, step, close=False)

    def photo(_: int) -> Any:
        from sklearn.datasets import load_sample_image

        return load_sample_image("china.jpg")

    def verify(points: check.Points, pixels: Any, steps: int) -> None:
        check.image(points, "photo", pixels, steps)

    def verify_grid(points: check.Points, pixels: Any, steps: int) -> None:
        rows = (
            pixels.reshape(8, 8, 3, 64, 64)
            .transpose(0, 3, 1, 4, 2)
            .reshape(512, 512, 3)
        )
        check.image(points, "photo", (rows * 255).round(), steps, tolerance=1)

    def verify_figure(points: check.Points, figure: Any, steps: int) -> None:
        pixels = check.picture(points, "figure", steps)
        width, height = (int(side) for side in figure.bbox.size)
        if pixels.shape[:2] != (height, width) or pixels.min() == pixels.max():
            raise check.WrongAnswerError(
                f"figure: {pixels.shape} pixels from {pixels.min()} to {pixels.max()} were read"
            )

    random = np.random.default_rng(1)
    return [
        Scenario(
            "image/photo",
            "add_image of a photo, 427x640 uint8",
            4,
            photo,
            all_of(act("HWC")),
            verify,
        ),
        Scenario(
            "image/grid",
            "add_images of 64x3x64x64 float32",
            2,
            lambda _: random.random((64, 3, 64, 64), np.float32),
            all_of(add_images),
            verify_grid,
        ),
        Scenario(
            "image/noise",
            "add_image of noise, 1024x1024x3 uint8",
            2,
            lambda _: random.integers(0, 256, (1024, 1024, 3), np.uint8),
            all_of(act("HWC")),
            verify,
        ),
        Scenario(
            "figure",
            "add_figure of a line plot",
            3,
            lambda _: _plot(),
            all_of(add_figure),
            verify_figure,
        ),
    ]


def _plot() -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(np.cumsum(np.random.default_rng(1).standard_normal(1000)))
    axes.set_xlabel("step")
    return figure


# --- the rest


def _others() -> list[Scenario | ImportScenario]:
    def add_text(writer: Any, words: Any, steps: Any) -> None:
        for step, text in zip(steps, words, strict=True):
            writer.add_text("notes", text, step)

    def verify(points: check.Points, words: Any, steps: int) -> None:
        check.text(points, "notes/text_summary", words[:steps])

    def words(count: int) -> list[str]:
        return [f"{WORDS}{step}" for step in range(count)]

    return [
        Scenario(
            "text", "add_text of 80 characters", 1000, words, all_of(add_text), verify
        ),
        ImportScenario(
            "import/alone", "import in a fresh process, nothing else loaded", ""
        ),
        ImportScenario(
            "import/beside-torch",
            "import in a fresh process that has loaded numpy and torch",
            "numpy, torch",
        ),
    ]
