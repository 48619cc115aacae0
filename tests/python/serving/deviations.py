"""In what TensorBoard's two loaders differ, and in what ours differs from each, on purpose. All else has to be equal.

A deviation changes both of two answers into what they have in common. `docs/differences.md` has the same list in words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from tests.python.serving.answers import Answers, Series, differences

#: Data class, plugin, run and tag.
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Deviation:
    """One thing in which two providers differ.

    Attributes:
        name: The thing.
        change: Of a series, what the providers have in common; None if one of them does not have it.
        is_of_runs: Whether it is the start times of runs that differ.
    """

    name: str
    change: Callable[[Key, Series], Series | None] = lambda _, one: one
    is_of_runs: bool = False


def unexplained(first: Answers, second: Answers, known: list[Deviation]) -> list[str]:
    """The differences of two providers that are in no list, and the deviations of the list that do not occur."""
    found = remaining(first, second, known)
    for one in known:
        others = [other for other in known if other is not one]
        if not found and not remaining(first, second, others):
            found.append(f"there is no such deviation: {one.name}")
    return found


def remaining(first: Answers, second: Answers, known: list[Deviation]) -> list[str]:
    """The differences of two providers that are in no list."""
    return differences(_common(first, known), _common(second, known))


def _common(answers: Answers, known: list[Deviation]) -> Answers:
    series = {}
    for key, one in answers.series.items():
        made: Series | None = one
        for deviation in known:
            made = None if made is None else deviation.change(key, made)
        if made is not None:
            series[key] = made
    runs = sorted(answers.runs)
    if any(deviation.is_of_runs for deviation in known):
        names = {run for _, _, run, _ in answers.series}
        runs = sorted((name, 0.0) for name, _ in runs if name in names)
    # A tensor without a plugin has none that could be asked for.
    return Answers(answers.plugins - {""}, tuple(runs), series)


def _is_numeric(key: Key, one: Series) -> Series | None:
    return None if key[2] == "tf/scalars" and key[3] != "scalar/float32" else one


def _titles(key: Key, one: Series) -> Series:
    """No title where it is the tag."""
    return replace(one, display_name="") if one.display_name == key[3] else one


def _simple_texts(key: Key, one: Series) -> Series:
    if key[2:] != ("described", "simple"):
        return one
    return replace(one, display_name="", description="")


def _later(key: Key, one: Series) -> Series:
    """No texts of a curve whose first value has none."""
    if key[2:] != ("described", "bare first"):
        return one
    return replace(one, display_name="", description="")


def _audio(key: Key, one: Series) -> Series:
    return replace(one, content=b"") if key[1] == "audio" else one


def _columns(key: Key, one: Series) -> Series:
    """No columns of the table of hyperparameters, which are those of all runs, or of one."""
    return replace(one, content=b"") if key[3] == "_hparams_/experiment" else one


def _filled(key: Key, one: Series) -> Series:
    """Histograms without the empty buckets at both ends, whose edges may be in reverse, and with their outermost edges."""
    if key[1] != "histograms" or key[2] == "forms":
        return one
    return replace(one, points=tuple((*at, _trimmed(array)) for *at, array in one.points))  # fmt: skip


def _trimmed(array: tuple[str, tuple[int, ...], bytes]) -> tuple[str, bytes]:
    table = np.frombuffer(array[2], array[0]).reshape(array[1])
    filled = np.flatnonzero(table[:, 2])
    if not filled.size:
        return array[0], b""
    made = table[filled[0] : filled[-1] + 1].copy()
    made[0, 0], made[-1, 1] = table[0, 0], table[-1, 1]
    return array[0], made.tobytes()


def _single(key: Key, one: Series) -> Series:
    """Histograms in float32."""
    if key[1] != "histograms" or key[2] == "forms":
        return one

    def made(array: tuple) -> bytes:
        return np.frombuffer(array[-1], array[0]).astype(np.float32).tobytes()

    return replace(one, points=tuple((*at, made(array)) for *at, array in one.points))


def _repeated(key: Key, one: Series) -> Series:
    """No points at or after the step of a later one."""
    kept: list = []
    for point in one.points:
        while kept and kept[-1][0] >= point[0]:
            kept.pop()
        kept.append(point)
    return replace(one, points=tuple(kept))


def _started(key: Key, one: Series) -> Series:
    """Nothing of what a session that started at step 5 has not written again."""
    if key[2] not in ("start in one file", "start in the second"):
        return one
    kept = tuple(point for point in one.points if point[0] < 5)
    return replace(one, points=kept, max_step=4, max_wall_time=kept[-1][1])


def _until_damage(key: Key, one: Series) -> Series:
    """What is before the step that is lost, with what is said of the whole curve left out."""
    if key[2] != "damaged":
        return one
    kept = [point for place, point in enumerate(one.points) if place == point[0]]
    return replace(one, points=tuple(kept), max_step=0, max_wall_time=0.0)


#: What rustboard does otherwise than ours, and than the loader in Python.
RUSTBOARDS = [
    Deviation("rustboard shows scalars of no dtype but float32", _is_numeric),
    Deviation("rustboard drops title and description of old scalars", _simple_texts),
    Deviation("rustboard does not know that old audio is WAV", _audio),
    Deviation("rustboard keeps the empty buckets of old histograms", _filled),
    Deviation("rustboard does not know when a session starts", _started),
]
#: What the loader in Python does otherwise than ours, and than rustboard.
PYTHONS = [
    Deviation("the Python loader makes the tag of an old value its title", _titles),
    Deviation("the Python loader makes old histograms float32", _single),
    Deviation("the Python loader doubles steps that were written twice", _repeated),
    Deviation("the Python loader takes the first event as a run's start", is_of_runs=True),
]  # fmt: skip
RUSTBOARD_AND_PYTHON = [*RUSTBOARDS, *PYTHONS]
#: Records after damage are shown.
_WHOLE = Deviation("the others read no further than to damage", _until_damage)
_LATER = Deviation("the others take no title that a later old value brings", _later)
_TABLE = Deviation("the others describe the hyperparameters of one run", _columns)
OURS_AND_RUSTBOARD = [*RUSTBOARDS, _WHOLE, _LATER, _TABLE]
_MARKED = Deviation("the Python loader marks all old audio as converted", _audio)
OURS_AND_PYTHON = [*PYTHONS, _MARKED, _WHOLE, _LATER, _TABLE]
