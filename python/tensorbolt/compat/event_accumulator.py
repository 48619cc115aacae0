"""Stands in for `tensorboard.backend.event_processing.event_accumulator`, with all points.

>>> import tempfile, tensorbolt
>>> logdir = tempfile.mkdtemp()
>>> with tensorbolt.SummaryWriter(logdir) as writer:
...     writer.add_scalar("loss", 0.5, global_step=3)
>>> from tensorbolt.compat.event_accumulator import EventAccumulator
>>> accumulator = EventAccumulator(logdir).Reload()
>>> [(event.step, event.value) for event in accumulator.Scalars("loss")]
[(3, 0.5)]
"""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorbolt.compat._accumulated import Accumulated, Points
from tensorbolt.compat._messages import any_kind
from tensorbolt.compat._points import (
    NORMAL_HISTOGRAM_BPS,
    AudioEvent,
    CompressedHistogramEvent,
    HistogramEvent,
    HistogramValue,
    ImageEvent,
    ScalarEvent,
    TensorEvent,
)
from tensorbolt.reading.inputs import File, finder
from tensorbolt.reading.stores import Stores

__all__ = [
    "AUDIO",
    "COMPRESSED_HISTOGRAMS",
    "DEFAULT_SIZE_GUIDANCE",
    "GRAPH",
    "HISTOGRAMS",
    "IMAGES",
    "META_GRAPH",
    "NORMAL_HISTOGRAM_BPS",
    "RUN_METADATA",
    "SCALARS",
    "STORE_EVERYTHING_SIZE_GUIDANCE",
    "TENSORS",
    "AudioEvent",
    "CompressedHistogramEvent",
    "EventAccumulator",
    "HistogramEvent",
    "HistogramValue",
    "ImageEvent",
    "ScalarEvent",
    "TensorEvent",
]

COMPRESSED_HISTOGRAMS = "distributions"
HISTOGRAMS = "histograms"
IMAGES = "images"
AUDIO = "audio"
SCALARS = "scalars"
TENSORS = "tensors"
GRAPH = "graph"
META_GRAPH = "meta_graph"
RUN_METADATA = "run_metadata"

#: What TensorBoard's class keeps of a tag where nothing else is asked for. This one keeps everything.
DEFAULT_SIZE_GUIDANCE = {
    COMPRESSED_HISTOGRAMS: 500,
    IMAGES: 4,
    AUDIO: 4,
    SCALARS: 10000,
    HISTOGRAMS: 1,
    TENSORS: 10,
}
STORE_EVERYTHING_SIZE_GUIDANCE = dict.fromkeys(DEFAULT_SIZE_GUIDANCE, 0)


class EventAccumulator:
    """Reads the event files of one run; the methods are those of TensorBoard's class of this name.

    Differences: no point is left out; a damaged place is skipped and not the end (`damage` lists it); all files of the run are
    followed, not the newest alone; scalars, images, audio and histograms that were written as tensors, as TensorFlow 2 does, are in
    `Scalars`, `Images`, `Audio` and `Histograms` too; what a restart replaced is dropped among tensors too. Only `Tensors`, `Graph`,
    `MetaGraph`, `RunMetadata` and `SummaryMetadata`, which return messages, need a protobuf package: tensorboard or tensorboardX.

    Args:
        path: A directory, whose event files are read but not those below it; an event file; or an address, as for `tensorbolt.read`.
        size_guidance: Accepted for scripts that exist, and checked: from kind to a number of points. All points are kept whatever it
            says, as TensorBoard's class does for 0. Values other than scalars stay in their files, so they take no memory.
        compression_bps: Hundredths of a percent, ascending, for `CompressedHistograms`.
        purge_orphaned_data: Whether a run that started again at a step loses what it had from this step on: at a `SESSION_LOG` of
            status `START`, or in files of a version before 2 at a step that goes back.

    Attributes:
        path: As it was given.
        purge_orphaned_data: As it was given.

    Raises:
        TypeError: `size_guidance` is no mapping.
        ValueError: `path` is empty, or a size is negative or no whole number.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size_guidance: Mapping[str, int] | None = None,
        compression_bps: Sequence[float] = NORMAL_HISTOGRAM_BPS,
        purge_orphaned_data: bool = True,
    ) -> None:
        if not os.fspath(path):
            raise ValueError("path must name a directory or an event file, not ''")
        _check_sizes(size_guidance)
        self.path = path
        self.purge_orphaned_data = purge_orphaned_data
        self._lock = threading.Lock()
        self._data = Accumulated(tuple(compression_bps))

    def Reload(self) -> "EventAccumulator":
        """Read what was written since the last call. A run of which a file was replaced is read from its start.

        Returns:
            The accumulator itself.

        Raises:
            FileNotFoundError: There is nothing at `path`.
            OSError: A file cannot be read.
        """
        with self._lock:
            files = self._files()
            if not self._data.read(files, self.purge_orphaned_data):
                self._data.forget()
                self._data.read(files, self.purge_orphaned_data)
        return self

    def _files(self) -> list[File]:
        name = os.fspath(self.path)
        if "://" not in name and Path(name).is_dir():
            return [
                File(".", str(path), path)
                for path in sorted(Path(name).iterdir())
                if "tfevents" in path.name and not path.name.endswith(".profile-empty")
            ]
        return [file for file in finder(self.path, Stores(None))() if file.run == "."]

    @property
    def damage(self) -> Any:
        """The damaged places that were skipped, as a table with the columns of `tensorbolt.reading.Log.damage`."""
        return self._data.damage

    @property
    def file_version(self) -> float | None:
        """Version of the file format, such as 2.0; `None` before the first event."""
        return self._data.file_version

    @property
    def most_recent_step(self) -> int:
        """Step of the last event, -1 before the first one."""
        return self._data.most_recent[0]

    @property
    def most_recent_wall_time(self) -> float:
        """Time of the last event, -1 before the first one."""
        return self._data.most_recent[1]

    @property
    def scalars(self) -> Points:
        """`Keys()` lists the tags of scalars, and `Items(tag)` their points."""
        return self._data.points[SCALARS]

    @property
    def images(self) -> Points:
        """Likewise for images."""
        return self._data.points[IMAGES]

    @property
    def audios(self) -> Points:
        """Likewise for audio."""
        return self._data.points[AUDIO]

    @property
    def histograms(self) -> Points:
        """Likewise for histograms."""
        return self._data.points[HISTOGRAMS]

    @property
    def compressed_histograms(self) -> Points:
        """Likewise for their quantiles."""
        return self._data.points[COMPRESSED_HISTOGRAMS]

    @property
    def tensors(self) -> Points:
        """Likewise for tensors."""
        return self._data.points[TENSORS]

    @property
    def summary_metadata(self) -> dict[str, Any]:
        """From each tag that has metadata to it, as messages."""
        return {tag: self.SummaryMetadata(tag) for tag in self._data.metadata}

    def FirstEventTimestamp(self) -> float:
        """Seconds since the epoch of the first event; the log is read for it if it was not.

        Raises:
            FileNotFoundError: There is nothing at `path`.
            ValueError: There are no events.
        """
        if self._data.first_time is None:
            self.Reload()
        if self._data.first_time is None:
            raise ValueError(f"there are no events in {os.fspath(self.path)!r}")
        return self._data.first_time

    def GetSourceWriter(self) -> str | None:
        """Name of the writer, as the header of the last file has it; `None` if it has none.

        Raises:
            FileNotFoundError: There is nothing at `path`.
        """
        if self._data.first_time is None:
            self.Reload()
        return self._data.source_writer

    def Tags(self) -> dict[str, Any]:
        """The tags of each kind, in the order in which they came.

        `images`, `audio`, `histograms`, `scalars`, `distributions`, `tensors` and `run_metadata` are lists; `graph` and `meta_graph` say
        whether there is one.
        """
        data = self._data
        return {
            IMAGES: self.images.Keys(),
            AUDIO: self.audios.Keys(),
            HISTOGRAMS: self.histograms.Keys(),
            SCALARS: self.scalars.Keys(),
            COMPRESSED_HISTOGRAMS: self.compressed_histograms.Keys(),
            TENSORS: self.tensors.Keys(),
            GRAPH: data.graph is not None,
            META_GRAPH: data.meta_graph is not None,
            RUN_METADATA: list(data.run_metadata),
        }

    def Scalars(self, tag: str) -> list[ScalarEvent]:
        """All scalars of a tag, in the order of the files; exact, so those of 64 bits are not rounded.

        Raises:
            KeyError: There is no such tag.
        """
        return self.scalars.Items(tag)

    def Histograms(self, tag: str) -> list[HistogramEvent]:
        """All histograms of a tag.

        Raises:
            KeyError: There is no such tag.
            OSError: The file cannot be read any more.
        """
        return self.histograms.Items(tag)

    def CompressedHistograms(self, tag: str) -> list[CompressedHistogramEvent]:
        """All histograms of a tag as their quantiles at `compression_bps`.

        Raises:
            KeyError: There is no such tag.
            OSError: The file cannot be read any more.
        """
        return self.compressed_histograms.Items(tag)

    def Images(self, tag: str) -> list[ImageEvent]:
        """All images of a tag, each as its encoded bytes; several that were logged at once follow each other.

        Raises:
            KeyError: There is no such tag.
            OSError: The file cannot be read any more.
        """
        return self.images.Items(tag)

    def Audio(self, tag: str) -> list[AudioEvent]:
        """All audio clips of a tag, each as its encoded bytes.

        Raises:
            KeyError: There is no such tag.
            OSError: The file cannot be read any more.
        """
        return self.audios.Items(tag)

    def Tensors(self, tag: str) -> list[TensorEvent]:
        """All tensors of a tag, with whatever plugin.

        Raises:
            ImportError: No protobuf package has the messages.
            KeyError: There is no such tag.
            OSError: The file cannot be read any more.
        """
        return self.tensors.Items(tag)

    def Graph(self) -> Any:
        """The graph as a message `GraphDef`: the last one, or that of the last metagraph if there is no other.

        Raises:
            ImportError: No protobuf package has the message.
            ValueError: There is none.
        """
        if self._data.graph is None:
            raise ValueError("there is no graph in this EventAccumulator")
        return any_kind("GraphDef").FromString(self._data.graph)

    def MetaGraph(self) -> Any:
        """The last metagraph as a message `MetaGraphDef`.

        Raises:
            ImportError: No protobuf package has the message.
            ValueError: There is none.
        """
        if self._data.meta_graph is None:
            raise ValueError("there is no metagraph in this EventAccumulator")
        return any_kind("MetaGraphDef").FromString(self._data.meta_graph)

    def RunMetadata(self, tag: str) -> Any:
        """Metadata of a run of the graph as a message `RunMetadata`.

        Raises:
            ImportError: No protobuf package has the message.
            ValueError: There is no such tag.
        """
        if tag not in self._data.run_metadata:
            raise ValueError(f"there is no run metadata with the tag {tag!r}")
        return any_kind("RunMetadata").FromString(self._data.run_metadata[tag])

    def SummaryMetadata(self, tag: str) -> Any:
        """What the first value of a tag said of it, as a message `SummaryMetadata`.

        Raises:
            ImportError: No protobuf package has the message.
            KeyError: There is no such tag, or it has none.
        """
        return any_kind("SummaryMetadata").FromString(self._data.metadata[tag][1])

    def PluginTagToContent(self, plugin_name: str) -> dict[str, bytes]:
        """From each tag of a plugin to the plugin's bytes in its metadata.

        Raises:
            KeyError: No tag belongs to this plugin.
        """
        found = {
            tag: content
            for tag, ((plugin, content), _) in self._data.metadata.items()
            if plugin == plugin_name and plugin
        }
        if not found:
            raise KeyError(f"Plugin {plugin_name!r} could not be found.")
        return found

    def PluginAssets(self, plugin_name: str) -> list[str]:
        """Names of the files that a plugin has in the directory `plugins`; empty if there are none."""
        directory = Path(self.path, "plugins", plugin_name)
        if not directory.is_dir():
            return []
        return sorted(path.name for path in directory.iterdir())

    def RetrievePluginAsset(self, plugin_name: str, asset_name: str) -> str:
        """The text of such a file.

        Raises:
            KeyError: There is none.
        """
        path = Path(self.path, "plugins", plugin_name, asset_name)
        try:
            return path.read_text()
        except OSError as error:
            raise KeyError(f"cannot read the asset {str(path)!r}: {error}") from error


def _check_sizes(sizes: Any) -> None:
    if sizes is None:
        return
    if not isinstance(sizes, Mapping):
        raise TypeError(
            f"size_guidance must be a dict from kind to a number of points, not {type(sizes).__name__}"
        )
    for kind, size in sizes.items():
        if size < 0 or size != round(size):
            raise ValueError(
                f"size_guidance[{kind!r}] must be a whole number from 0 on, not {size!r}"
            )
