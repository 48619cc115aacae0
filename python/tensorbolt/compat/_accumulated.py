"""What an `EventAccumulator` has read: for each tag where its points are, and the few messages that count for a run."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from tensorbolt import _core
from tensorbolt.compat._messages import any_kind
from tensorbolt.compat._points import (
    AudioEvent,
    CompressedHistogramEvent,
    HistogramEvent,
    HistogramValue,
    ImageEvent,
    ScalarEvent,
    TensorEvent,
    compressed,
)
from tensorbolt.reading.audio import audio_bytes, audio_of
from tensorbolt.reading.event import WHATS
from tensorbolt.reading.event_fields import METADATA, RUN_METADATA_TAG, START, STATUS
from tensorbolt.reading.histograms import histogram_of
from tensorbolt.reading.index import damage_table
from tensorbolt.reading.inputs import File
from tensorbolt.reading.media import image_bytes, images_of
from tensorbolt.reading.messages import Message, every, last, message
from tensorbolt.reading.options import EVERYTHING
from tensorbolt.reading.rows import Fault
from tensorbolt.reading.streams import (
    GAP,
    MOST_BYTES,
    MOST_EVENTS,
    event_reader,
    kind_of,
)
from tensorbolt.reading.table import Table

#: Time, step, and a number; or a reader, offset and length of a message in its file.
Entry: TypeAlias = tuple[Any, ...]

#: A record begins with its length and the length's checksum.
_HEAD = 12
#: Files of this version say themselves when a program was started again.
_SAYS_STARTS = 2
#: Names of its writer that are longer are none, as TensorBoard has it.
_MAX_WRITER_NAME = 128
#: Fields of `Event`, `SourceMetadata`, `MetaGraphDef` and `TaggedRunMetadata`.
_SOURCE_METADATA, _WRITER, _META_GRAPH_GRAPH, _RUN_METADATA = 10, 1, 2, 2


class Points:
    """Points of one kind, by tag.

    Args:
        convert: Makes the points of an entry.
    """

    def __init__(self, convert: Callable[[Entry], Iterable[Any]]) -> None:
        self._convert = convert
        self.entries: dict[str, list[Entry]] = {}

    def Keys(self) -> list[str]:
        """The tags, in the order in which they came."""
        return list(self.entries)

    def Items(self, key: str) -> list[Any]:
        """The points of a tag, in the order of the files.

        Raises:
            KeyError: There is no such tag.
        """
        if key not in self.entries:
            raise KeyError(f"there is no tag {key!r} among {self.Keys()}")
        return [point for entry in self.entries[key] for point in self._convert(entry)]

    def add(self, key: str, entry: Entry) -> None:
        """Add an entry."""
        if key in self.entries:
            self.entries[key].append(entry)
        else:
            self.entries[key] = [entry]

    def purge(self, step: int, keys: Iterable[str] | None = None) -> None:
        """Drop what has this step or a later one, of all tags or of these."""
        for key in list(self.entries) if keys is None else keys:
            if key in self.entries:
                kept = [entry for entry in self.entries[key] if entry[1] < step]
                self.entries[key] = kept


class Accumulated:
    """What was read of a run.

    Args:
        compression: Hundredths of a percent.
    """

    def __init__(self, compression: tuple[float, ...]) -> None:
        self._compression = compression
        self.forget()

    def forget(self) -> None:
        """Forget all."""
        histograms = Points(_histograms)
        distributions = Points(self._distributions)
        distributions.entries = histograms.entries
        self.points = {
            "scalars": Points(_scalars),
            "images": Points(_images),
            "audio": Points(_audio),
            "histograms": histograms,
            "distributions": distributions,
            "tensors": Points(_tensors),
        }
        self.first_time: float | None = None
        self.file_version: float | None = None
        self.source_writer: str | None = None
        self.most_recent: tuple[int, float] = (-1, -1)
        self._latest = -1
        self.graph: bytes | None = None
        self.meta_graph: bytes | None = None
        self.run_metadata: dict[str, bytes] = {}
        # Plugin and its bytes, and the whole message.
        self.metadata: dict[str, tuple[tuple[str, bytes], bytes]] = {}
        self._is_graph_of_metagraph = False
        self._readers: dict[str, _core.EventReader] = {}
        self._faults: dict[tuple[str, int], Fault] = {}

    @property
    def damage(self) -> Table:
        """The places that were skipped."""
        return damage_table([self._faults[place] for place in sorted(self._faults)])

    def read(self, files: list[File], purges: bool) -> bool:
        """Read what is new; false if a file was replaced, so that all has to be read again."""
        for file in files:
            if file.name not in self._readers:
                self._readers[file.name] = event_reader(file, None, EVERYTHING)
            reader, is_last = self._readers[file.name], False
            while not is_last:
                items, is_last, is_restart = reader.read(MOST_EVENTS, MOST_BYTES)
                if is_restart:
                    return False
                for item in items:
                    if len(item) == GAP:
                        fault = (file.run, file.name, *item[:3])
                        self._faults[file.name, item[0]] = fault
                    else:
                        self._take(item, reader, purges)
        return True

    def _take(
        self, record: tuple[Any, ...], reader: _core.EventReader, purges: bool
    ) -> None:
        offset, length, _, time, step, what, content, values = record
        if self.first_time is None:
            self.first_time = time
        start, name = offset + _HEAD, WHATS[what]
        self._purge_before(step, values, purges and name == "summary")
        self.most_recent = (step, time)
        for value in values:
            self._take_value(value, time, step, reader, start)
        if name not in ("summary", "nothing"):
            data = reader.bytes(start + content[0], content[1] - content[0])
            self._take_other(name, step, data, purges)
        if name == "file_version":
            self._take_writer(reader.bytes(start, length))

    def _purge_before(self, step: int, values: list[Any], purges: bool) -> None:
        """Where files do not say when a program was started again, steps that go back do."""
        if purges and step < self._latest and not self._says_starts:
            self._purge(step, {value[0] for value in values})
        else:
            self._latest = step

    @property
    def _says_starts(self) -> bool:
        return self.file_version is not None and self.file_version >= _SAYS_STARTS

    def _purge(self, step: int, tags: set[str] | None = None) -> None:
        for name, points in self.points.items():
            # Distributions are the histograms.
            if name != "distributions":
                points.purge(step, tags)

    def _take_value(
        self,
        value: tuple[Any, ...],
        time: float,
        step: int,
        reader: _core.EventReader,
        start: int,
    ) -> None:
        tag, form, number, message, content, own = value
        if own is not None and tag not in self.metadata:
            data = reader.bytes(start + message[0], message[1] - message[0])
            whole = b"".join(every(_fields(data), METADATA, bytes))
            self.metadata[tag] = (own[:2], whole)
        if form == "number":
            self.points["scalars"].add(tag, (time, step, number))
            return
        if form == "nothing":
            return
        place = (reader, start + message[0], message[1] - message[0])
        known = self.metadata.get(tag)
        kind = kind_of(form, known[0][0] if known else "", number)
        if form == "tensor":
            inner = (reader, start + content[0], content[1] - content[0])
            self.points["tensors"].add(tag, (time, step, *inner))
        if kind == "scalars":
            self.points["scalars"].add(tag, (time, step, number))
        elif kind in ("images", "audio", "histograms"):
            self.points[kind].add(tag, (time, step, *place))

    def _take_other(self, what: str, step: int, data: bytes, purges: bool) -> None:
        if what == "file_version":
            self.file_version = _version(data)
        elif what == "session_log":
            is_start = last(_fields(data), STATUS, 0) == START
            if is_start and purges and self._says_starts:
                self._purge(step)
        elif what == "graph_def":
            self.graph, self._is_graph_of_metagraph = data, False
        elif what == "meta_graph_def":
            self.meta_graph = data
            inner = every(_fields(data), _META_GRAPH_GRAPH, bytes)
            if inner and (self.graph is None or self._is_graph_of_metagraph):
                # Of a message in several parts all count.
                self.graph, self._is_graph_of_metagraph = b"".join(inner), True
        elif what == "tagged_run_metadata":
            run = _fields(data)
            self.run_metadata[_text(run, RUN_METADATA_TAG)] = last(
                run, _RUN_METADATA, b""
            )

    def _take_writer(self, event: bytes) -> None:
        for source in every(_fields(event), _SOURCE_METADATA, bytes):
            name = _text(_fields(source), _WRITER)
            is_name = 0 < len(name) <= _MAX_WRITER_NAME
            self.source_writer = name if is_name else None

    def _distributions(self, entry: Entry) -> Iterable[CompressedHistogramEvent]:
        for event in _histograms(entry):
            values = compressed(event.histogram_value, self._compression)
            yield CompressedHistogramEvent(event.wall_time, event.step, values)


def _scalars(entry: Entry) -> Iterable[ScalarEvent]:
    return (ScalarEvent(*entry),)


def _parsed(entry: Entry) -> tuple[float, int, tuple[Any, ...]]:
    time, step, reader, offset, length = entry
    return time, step, _core.value_of(reader.bytes(offset, length)) or ("nothing",)


def _histograms(entry: Entry) -> Iterable[HistogramEvent]:
    time, step, parts = _parsed(entry)
    if parts[0] == "histogram":
        _, (low, high), (num, total, squares), limits, counts = parts
        edges, buckets = np.frombuffer(limits).tolist(), np.frombuffer(counts).tolist()
        value = HistogramValue(low, high, num, total, squares, edges, buckets)
        yield HistogramEvent(time, step, value)
        return
    found = histogram_of(parts)
    if found is not None:
        _, right, count, low, high, num, _, _ = found
        value = HistogramValue(
            0.0 if low is None else low,
            0.0 if high is None else high,
            num,
            float("nan"),
            float("nan"),
            right.tolist(),
            count.tolist(),
        )
        yield HistogramEvent(time, step, value)


def _images(entry: Entry) -> Iterable[ImageEvent]:
    time, step, parts = _parsed(entry)
    for index, (width, height, _, _) in enumerate(images_of(parts) or ()):
        data = image_bytes(parts, index)
        if data is not None:
            yield ImageEvent(time, step, data, width, height)


def _audio(entry: Entry) -> Iterable[AudioEvent]:
    time, step, parts = _parsed(entry)
    if parts[0] == "audio":
        _, rate, _, frames, content_type, data = parts
        yield AudioEvent(time, step, data, content_type, rate, frames)
        return
    for index, clip in enumerate(audio_of(parts) or ()):
        encoded = audio_bytes(parts, index)
        if encoded is not None:
            form = f"audio/{clip.format}" if clip.format else ""
            rate, frames = clip.sample_rate or 0, clip.frames or 0
            yield AudioEvent(time, step, encoded, form, rate, frames)


def _tensors(entry: Entry) -> Iterable[TensorEvent]:
    time, step, reader, offset, length = entry
    proto = any_kind("TensorProto").FromString(reader.bytes(offset, length))
    return (TensorEvent(time, step, proto),)


def _version(text: bytes) -> float:
    try:
        return float(text.decode(errors="replace").split("brain.Event:")[-1])
    except ValueError:
        return -1.0


def _fields(data: bytes) -> Message:
    """The fields of a message; none if it is malformed."""
    try:
        return message(data)
    except ValueError:
        return {}


def _text(of: Message, number: int) -> str:
    return last(of, number, b"").decode(errors="replace")
