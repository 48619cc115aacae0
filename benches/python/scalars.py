"""The rows of scalars: one call each, groups, mappings, series; and of texts and imports."""

from collections.abc import Callable
from typing import Any

import numpy as np
from benches.python import check
from benches.python.contenders import Act, all_of, ours_and_theirs
from benches.python.scenario import ImportScenario, Scenario

WORDS = "Loss went **down** after warm-up; see the table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def add_scalar(writer: Any, values: Any, steps: Any) -> None:
    """Log one value after the other."""
    for step, value in zip(steps, values, strict=True):
        writer.add_scalar("loss/train", value, step)


def verify_scalar(points: check.Points, values: Any, steps: int) -> None:
    """Check what `add_scalar` wrote."""
    check.scalars(points, {"loss/train": [[float(value)] for value in values[:steps]]})


def floats(count: int) -> list[float]:
    """Return values as a loss has them."""
    return [1.0 / (step + 1) for step in range(count)]


def scalars() -> list[Scenario]:
    """Return the rows of one call each."""

    def tensors(count: int) -> list[Any]:
        import torch

        return [torch.tensor(value) for value in floats(count)]

    def row(
        name: str, what: str, prepare: Callable[[int], Any], act: Act = add_scalar
    ) -> Scenario:
        what = f"`add_scalar` of a {what}"
        acts = all_of(act, "add_scalar")
        return Scenario(
            f"scalar/{name}", what, 4000, prepare, acts, verify_scalar, latency=True
        )

    def as_numpy(count: int) -> list[Any]:
        return [np.float32(value) for value in floats(count)]

    return [
        row("float", "Python float", floats),
        row("numpy", "numpy.float32", as_numpy),
        row("tensor", "0-d torch CPU tensor", tensors),
        _group(),
    ]


def _group() -> Scenario:
    def act(writer: Any, groups: Any, steps: Any) -> None:
        for step, group in zip(steps, groups, strict=True):
            writer.add_scalars("loss", group, step)

    def groups(count: int) -> list[dict[str, float]]:
        return [
            {"train": value, "validation": value + 1, "test": value + 2}
            for value in floats(count)
        ]

    def verify(points: check.Points, groups: Any, steps: int) -> None:
        check.scalars(
            points, {"loss": [list(group.values()) for group in groups[:steps]]}
        )

    what = "`add_scalars` of three floats"
    return Scenario("scalars/3", what, 1000, groups, all_of(act), verify, latency=True)


def mapping(
    tags: int, calls: int, name: str | None = None, references: bool = True
) -> Scenario:
    """Return the row of one call for many tags, against the loop that the reference writers need."""

    def log(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            writer.log(values, step)

    def loop(writer: Any, values: Any, steps: Any) -> None:
        for step in steps:
            for tag, value in values.items():
                writer.add_scalar(tag, value, step)

    def values(_: int) -> dict[str, float]:
        return {f"layer{at}/norm": value for at, value in enumerate(floats(tags))}

    def verify(found: check.Points, values: Any, steps: int) -> None:
        check.scalars(found, {tag: [[value]] * steps for tag, value in values.items()})

    what = f"`log` of {tags:,} tags; loop of `add_scalar`"
    acts = ours_and_theirs(log, loop)
    if not references:
        acts = {name: act for name, act in acts.items() if act is log}
    heavy = tags >= 100_000
    return Scenario(
        name or f"log/{tags}", what, calls, values, acts, verify, heavy=heavy
    )


def series(points: int, full: bool) -> Scenario:
    """Return the row of one call for many points, against the loop that the reference writers need."""

    def act(writer: Any, values: Any, steps: Any) -> None:
        for _ in steps:
            writer.add_scalar_series("loss/train", values, np.arange(len(values)))

    def loop(writer: Any, values: Any, steps: Any) -> None:
        for _ in steps:
            for index, value in enumerate(values):
                writer.add_scalar("loss/train", value, index)

    def verify(found: check.Points, values: Any, _: int) -> None:
        check.scalars(found, {"loss/train": [[value] for value in values]})

    return Scenario(
        f"series/{points}",
        f"`add_scalar_series` of {points:,} points; loop of `add_scalar`",
        1,
        lambda _: np.array(floats(points)),
        ours_and_theirs(act, loop),
        verify,
        heavy=True,
        full=full,
    )


def texts() -> Scenario:
    """Return the row of texts."""

    def act(writer: Any, words: Any, steps: Any) -> None:
        for step, text in zip(steps, words, strict=True):
            writer.add_text("notes", text, step)

    def verify(points: check.Points, words: Any, steps: int) -> None:
        check.text(points, "notes/text_summary", words[:steps])

    def words(count: int) -> list[str]:
        return [f"{WORDS}{step}" for step in range(count)]

    what = "`add_text` of 80 characters"
    return Scenario("text", what, 1000, words, all_of(act, "add_text"), verify)


def imports() -> list[ImportScenario]:
    """Return the rows of importing."""
    return [
        ImportScenario("import/alone", "import in a fresh process", ""),
        ImportScenario("import/after-numpy", "import beyond `import numpy`", "numpy"),
        ImportScenario(
            "import/after-torch", "import beyond `import torch`", "numpy, torch"
        ),
    ]
