"""All that a data provider of TensorBoard answers, in a form in which two of them can be compared."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from tensorboard.context import RequestContext

#: More than any series of the tests has.
ALL = 10**6
#: Plugins of TensorBoard, asked for whether they are listed or not.
PLUGINS = (
    "audio",
    "custom_scalars",
    "graph_keras_model",
    "graph_run_metadata",
    "graph_run_metadata_graph",
    "graphs",
    "histograms",
    "hparams",
    "images",
    "mesh",
    "pr_curves",
    "scalars",
    "text",
)
CONTEXT = RequestContext()


@dataclass(frozen=True)
class Series:
    """One series, with all fields of its description and all its points."""

    max_step: int
    max_wall_time: float
    max_length: int | None
    content: bytes
    description: str
    display_name: str
    points: tuple[Any, ...]


@dataclass(frozen=True)
class Answers:
    """What a provider answers about a whole log.

    Attributes:
        plugins: Their names.
        runs: Names and start times, in order.
        series: From data class, plugin, run and tag.
    """

    plugins: frozenset[str]
    runs: tuple[tuple[str, float], ...]
    series: dict[tuple[str, str, str, str], Series]


def collect(provider: Any) -> Answers:
    """Ask all ten calls of a provider for all that it has."""
    plugins = frozenset(provider.list_plugins(CONTEXT, experiment_id=""))
    runs = tuple(
        (run.run_name, run.start_time)
        for run in provider.list_runs(CONTEXT, experiment_id="")
    )
    provider.experiment_metadata(CONTEXT, experiment_id="")
    series = {
        (kind, plugin, *key): found
        for plugin in sorted(plugins.union(PLUGINS) - {""})
        for kind, (listed, read, point) in _calls(provider).items()
        for key, found in _series(plugin, listed, read, point)
    }
    return Answers(plugins, runs, series)


def _calls(provider: Any) -> dict[str, tuple[Callable[..., Any], ...]]:
    def blobs(datum: Any) -> tuple[Any, ...]:
        keys = [reference.blob_key for reference in datum.values]
        return tuple(provider.read_blob(CONTEXT, blob_key=key) for key in keys)

    return {
        "scalar": (provider.list_scalars, provider.read_scalars, _number),
        "tensor": (provider.list_tensors, provider.read_tensors, _array),
        "blob": (
            provider.list_blob_sequences,
            provider.read_blob_sequences,
            blobs,
        ),
    }


def _series(
    plugin: str,
    listed: Callable[..., Any],
    read: Callable[..., Any],
    point: Callable[[Any], Any],
) -> Iterator[tuple[tuple[str, str], Series]]:
    asked = {"experiment_id": "", "plugin_name": plugin}
    about = listed(CONTEXT, **asked)
    data = read(CONTEXT, **asked, downsample=ALL)
    for run, tags in about.items():
        for tag, one in tags.items():
            yield (
                (run, tag),
                Series(
                    one.max_step,
                    _time(one.max_wall_time),
                    getattr(one, "max_length", None),
                    one.plugin_content,
                    one.description,
                    one.display_name,
                    tuple(
                        (datum.step, _time(datum.wall_time), point(datum))
                        for datum in data[run][tag]
                    ),
                ),
            )
    # rustboard lists no series without a point that it can read, and answers with none.
    unlisted = {
        (run, tag): points
        for run, tags in data.items()
        for tag, points in tags.items()
        if tag not in about.get(run, {})
    }
    assert not any(unlisted.values()), unlisted


def _time(seconds: float) -> Any:
    # NaN is not equal to itself.
    return "NaN" if math.isnan(seconds) else seconds


def _number(datum: Any) -> Any:
    """The value as the page gets it: a float32, which has one NaN for this comparison."""
    value = float(np.float32(datum.value))
    return "NaN" if math.isnan(value) else value


def _array(datum: Any) -> tuple[Any, ...]:
    array = datum.numpy
    if array.dtype == object:
        return ("text", array.shape, tuple(map(bytes, array.ravel())))
    return (array.dtype.str, array.shape, array.tobytes())


def differences(ours: Answers, theirs: Answers) -> list[str]:
    """One line for each thing in which two providers differ."""
    found = []
    for name in ("plugins", "runs"):
        first, second = getattr(ours, name), getattr(theirs, name)
        if first != second:
            found.append(f"{name}: {first} != {second}")
    for key in sorted(ours.series.keys() | theirs.series.keys()):
        first, second = ours.series.get(key), theirs.series.get(key)
        if first is None or second is None:
            found.append(f"{key}: only the {'second' if first is None else 'first'}")
            continue
        for name in Series.__dataclass_fields__:
            one, other = getattr(first, name), getattr(second, name)
            if one != other:
                found.append(f"{key} {name}: {_short(one)} != {_short(other)}")
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:300]} … {text[-100:]}"
