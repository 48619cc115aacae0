"""Stands in for `tbparse`, with all points and without TensorFlow."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorbolt.compat._histogram_functions import (
    histogram_to_bins,
    histogram_to_cdf,
    histogram_to_pdf,
    tensor_to_histogram,
)
from tensorbolt.compat._summary_frames import frame
from tensorbolt.compat._summary_rows import FIELDS, raw_tags, rows_of, tags_of
from tensorbolt.compat.event_accumulator import EventAccumulator

if TYPE_CHECKING:
    import pandas

__all__ = ["SummaryReader"]

_EXTRA = {
    "dir_name",
    "file_name",
    "wall_time",
    *(name for _, extra in FIELDS.values() for name in extra),
}
#: Kinds of raw events of a file, besides those of `FIELDS`.
_RAW = ("distributions", "graph", "meta_graph", "run_metadata")


class SummaryReader:
    """Reads logs into frames of pandas; the methods, properties and columns are those of tbparse's class of this name.

    Differences: images and audio need no TensorFlow (images need Pillow), and are decoded when they are asked for; scalars, histograms,
    images and audio of TensorFlow 2, which are tensors, have rows as what they are too; a damaged place is skipped and not the end of
    its file; files that are no event files are left out. As with tbparse, each file counts for itself: steps that a resumed run has
    twice are there twice. `tensorbolt.read` handles them, and is faster.

    Args:
        log_path: A directory with any runs below it, or an event file.
        pivot: Whether each tag becomes a column, with one row a step. Several values of one step are a list.
        extra_columns: A set of `dir_name`, `file_name`, `wall_time`; `min`, `max`, `num`, `sum`, `sum_squares` of histograms; `width`,
            `height` of images; `content_type`, `length_frames`, `sample_rate` of audio.
        event_types: A set of `scalars`, `tensors`, `histograms`, `images`, `audio`, `hparams`, `text`; all of them if `None`.

    Raises:
        KeyError: A column or type is none of these.
        OSError: A file cannot be read.
        ValueError: There is nothing at `log_path`, or one of the sets is no set.
    """

    tensor_to_histogram = staticmethod(tensor_to_histogram)
    buckets_to_histogram_dict = staticmethod(tensor_to_histogram)
    histogram_to_pdf = staticmethod(histogram_to_pdf)
    histogram_to_cdf = staticmethod(histogram_to_cdf)
    histogram_to_bins = staticmethod(histogram_to_bins)

    def __init__(
        self,
        log_path: str | os.PathLike[str],
        *,
        pivot: bool = False,
        extra_columns: set[str] | None = None,
        event_types: set[str] | None = None,
    ) -> None:
        self._log_path = log_path
        self._pivot = pivot
        self._extra = _checked("extra_columns", extra_columns, _EXTRA, set())
        self._types = _checked("event_types", event_types, set(FIELDS), set(FIELDS))
        self._children: dict[str, SummaryReader] = {}
        path = Path(log_path)
        if path.is_dir():
            self._accumulator = None
            for one in sorted(path.iterdir()):
                if _is_wanted(one):
                    self._children[one.name] = SummaryReader(
                        str(one),
                        pivot=pivot,
                        extra_columns=extra_columns,
                        event_types=event_types,
                    )
        elif path.exists():
            self._accumulator = EventAccumulator(path).Reload()
        else:
            raise ValueError(f"there is no file or directory {str(path)!r}")

    @property
    def log_path(self) -> str | os.PathLike[str]:
        """The directory or file."""
        return self._log_path

    @property
    def children(self) -> dict[str, "SummaryReader"]:
        """From names of the event files and directories in the directory to their readers; empty for a file."""
        return dict(self._children)

    def __getitem__(self, child_idx: str) -> "SummaryReader":
        """The reader of a file or directory in the directory."""
        return self._children[child_idx]

    @property
    def tags(self) -> dict[str, list[str]]:
        """From each type of events to its tags."""
        return {kind: self.get_tags(kind) for kind in FIELDS}

    def get_tags(self, event_type: str | None = None) -> Any:
        """The tags of a type of events, or the dict of all if `None`; empty for types that were not asked for.

        Raises:
            ValueError: There is no such type.
        """
        if event_type is None:
            return self.tags
        _check_type(event_type)
        if event_type not in self._types:
            return []
        found = (tag for _, leaf in self._leaves() for tag in tags_of(event_type, leaf))
        return list(dict.fromkeys(found))

    def get_events(self, event_type: str) -> "pandas.DataFrame":
        """All events of a type.

        The columns are `step`, `tag` and `value`, or with `pivot` `step` and one for each tag, and those that were asked for. Histograms
        have `counts` and `limits` instead of `value`, hyperparameters no `step`. Images are arrays of uint8 of shape `[height, width,
        channels]`, audio of float32 of shape `[frames, channels]`. Made at each call.

        Raises:
            ImportError: pandas is not installed, or Pillow, which images need, or ml_dtypes, which a tensor needs.
            OSError: A file cannot be read any more.
            ValueError: There is no such type, it was not asked for, or a value cannot be decoded.
        """
        _check_type(event_type)
        if event_type not in self._types:
            raise ValueError(
                f"event_types was {sorted(self._types)}, without {event_type!r}"
            )
        rows = (
            (directory, Path(leaf.path).name, row)
            for directory, leaf in self._leaves()
            for row in rows_of(event_type, leaf)
        )
        return frame(rows, event_type, self._extra, self._pivot)

    @property
    def scalars(self) -> "pandas.DataFrame":
        """All scalars; see `get_events` for columns and errors."""
        return self.get_events("scalars")

    @property
    def tensors(self) -> "pandas.DataFrame":
        """All tensors but text and hyperparameters, whatever their plugin; see `get_events`."""
        return self.get_events("tensors")

    @property
    def histograms(self) -> "pandas.DataFrame":
        """All histograms; see `get_events`."""
        return self.get_events("histograms")

    @property
    def images(self) -> "pandas.DataFrame":
        """All images, decoded; see `get_events`."""
        return self.get_events("images")

    @property
    def audio(self) -> "pandas.DataFrame":
        """All audio clips, decoded; see `get_events`."""
        return self.get_events("audio")

    @property
    def hparams(self) -> "pandas.DataFrame":
        """All hyperparameters; see `get_events`. `tensorbolt.read(...).hparams` joins them with the metrics of their runs."""
        return self.get_events("hparams")

    @property
    def text(self) -> "pandas.DataFrame":
        """All text; see `get_events`."""
        return self.get_events("text")

    @property
    def raw_tags(self) -> dict[str, Any]:
        """From each kind of data of a file to its tags, as `EventAccumulator.Tags` has them, and those of hyperparameters and text.

        Raises:
            ValueError: `log_path` is a directory.
        """
        accumulator = self._of_file()
        plugins = {name: raw_tags(name, accumulator) for name in ("hparams", "text")}
        return {**accumulator.Tags(), **plugins}

    def get_raw_tags(self, event_type: str | None = None) -> Any:
        """The tags of one kind of data of a file, or of all of them if `None`.

        Raises:
            ValueError: `log_path` is a directory, or there is no such kind.
        """
        tags = self.raw_tags
        if event_type is None:
            return tags
        _check_type(event_type, (*FIELDS, *_RAW))
        return tags[event_type]

    @property
    def raw_events(self) -> dict[str, dict[str, Any]]:
        """From each type of events of a file, and tag, to what `EventAccumulator` has of it; of hyperparameters the plugin's bytes.

        Raises:
            ImportError: There are tensors, and no protobuf package is installed.
            ValueError: `log_path` is a directory.
        """
        return {kind: self.get_raw_events(kind) for kind in FIELDS}

    def get_raw_events(
        self, event_type: str | None = None, tag: str | None = None
    ) -> Any:
        """The same of one type, or of one tag of it.

        Raises:
            ImportError: There are tensors, and no protobuf package is installed.
            KeyError: There is no such tag.
            ValueError: `log_path` is a directory, there is no such type, or `tag` is given without a type.
        """
        accumulator = self._of_file()
        if event_type is None:
            if tag is not None:
                raise ValueError("tag needs an event_type")
            return self.raw_events
        _check_type(event_type)
        get = {
            "scalars": accumulator.Scalars,
            "tensors": accumulator.Tensors,
            "histograms": accumulator.Histograms,
            "images": accumulator.Images,
            "audio": accumulator.Audio,
            "hparams": lambda tag: accumulator.PluginTagToContent("hparams")[tag],
            "text": accumulator.Tensors,
        }[event_type]
        if tag is not None:
            return get(tag)
        return {one: get(one) for one in self.get_raw_tags(event_type)}

    def _of_file(self) -> EventAccumulator:
        if self._accumulator is None:
            raise ValueError(
                f"raw tags and events are those of one event file, and {os.fspath(self._log_path)!r} is a directory; take one of `children`"
            )
        return self._accumulator

    def _leaves(self) -> Iterator[tuple[str, EventAccumulator]]:
        """The files below, each with the directory that it is in."""
        if self._accumulator is not None:
            yield "", self._accumulator
        for name, child in self._children.items():
            for directory, leaf in child._leaves():
                below = f"{name}/{directory}" if directory else name
                yield ("" if child._accumulator else below), leaf

    def __repr__(self) -> str:
        return f"SummaryReader(log_path={os.fspath(self._log_path)!r})"


def _checked(
    argument: str, given: Any, known: set[str], default: set[str]
) -> frozenset[str]:
    if not given:
        return frozenset(default)
    if not isinstance(given, (set, frozenset)):
        raise ValueError(f"{argument} must be a set, not {type(given).__name__}")  # noqa: TRY004 - tbparse's
    if given - known:
        raise KeyError(
            f"{argument} must be of {', '.join(sorted(known))}, not {', '.join(sorted(given - known))}"
        )
    return frozenset(given)


def _check_type(event_type: str, known: tuple[str, ...] = tuple(FIELDS)) -> None:
    if event_type not in known:
        raise ValueError(
            f"event_type must be one of {', '.join(known)}, not {event_type!r}"
        )


def _is_wanted(path: Path) -> bool:
    if path.is_dir():
        # A link to a directory that contains it would make this walk endless.
        return not (
            path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve())
        )
    return "tfevents" in path.name and not path.name.endswith(".profile-empty")
