"""Events as they stand in a file, and their values."""

from collections.abc import Callable
from typing import Any

from tensorbolt import _core
from tensorbolt.reading.audio import audio_bytes, audio_of
from tensorbolt.reading.histograms import histogram_of
from tensorbolt.reading.media import image_bytes, images_of
from tensorbolt.reading.tensors import array_of, object_array, strings_of
from tensorbolt.reading.text import text_of

#: What an event is, by the number of its field in the message `Event`.
WHATS = {
    0: "nothing",
    3: "file_version",
    4: "graph_def",
    5: "summary",
    6: "log_message",
    7: "session_log",
    8: "tagged_run_metadata",
    9: "meta_graph_def",
}
#: Plugin, its bytes, display name, description.
NO_METADATA = ("", b"", "", "")


class Event:
    """One record of a file. `Log.events` gives them out.

    Attributes:
        run: Name of its run.
        file: Path or address of its file.
        offset: First byte of its record in the file.
        wall_time: Seconds since the epoch.
        step: Its step.
        what: `summary`, `file_version`, `graph_def`, `session_log`, `log_message`, `tagged_run_metadata` or `meta_graph_def`, as the message
            `Event` names its fields; `nothing` if it has none of them.
        values: The values of a summary; empty for anything else.
    """

    __slots__ = (
        "_content",
        "_length",
        "_load",
        "_payload",
        "file",
        "offset",
        "run",
        "step",
        "values",
        "wall_time",
        "what",
    )

    def __init__(
        self,
        run: str,
        file: str,
        record: tuple[Any, ...],
        load: Callable[[int, int], bytes],
    ) -> None:
        self.run = run
        self.file = file
        self.offset: int
        self.wall_time: float
        self.step: int
        (
            self.offset,
            self._length,
            self._payload,
            self.wall_time,
            self.step,
            what,
            self._content,
            _,
        ) = record
        self.what: str = WHATS[what]
        self.values: list[Value] = []
        self._load = load

    @property
    def content(self) -> bytes:
        """What it is about: the version's text, or the message of a graph, session or log; empty for a summary.

        Raises:
            OSError: The file cannot be read any more.
        """
        return self._part(*self._content)

    def _part(self, start: int, end: int) -> bytes:
        if self._payload is not None:
            part: bytes = self._payload[start:end]
            return part
        # A record begins with its length and the length's checksum.
        return self._load(self.offset + 12 + start, end - start)

    @property
    def bytes(self) -> bytes:
        """The message `Event` as it was written, for `Event.FromString` of any protobuf package.

        A long one is read from the file now.

        Raises:
            OSError: The file cannot be read any more.
        """
        return self._part(0, self._length)

    def __repr__(self) -> str:
        tags = ", ".join(repr(value.tag) for value in self.values)
        return f"<Event: {self.run} step {self.step}, {self.what}{' of ' if tags else ''}{tags}>"


class Value:
    """One value of a summary.

    Attributes:
        tag: Its tag.
        kind: Its kind of data, as in the table of tags: `scalars`, `histograms`, `images` …
        number: Its number if it is a scalar of either form; `None` for anything else.
        plugin: Name of the plugin, from its metadata or that of the tag's first value in the run; may be empty.
        plugin_data: The plugin's own bytes.
        display_name: Shown instead of the tag.
        description: Markdown.
    """

    __slots__ = (
        "_event",
        "_message",
        "description",
        "display_name",
        "kind",
        "number",
        "plugin",
        "plugin_data",
        "tag",
    )

    def __init__(
        self,
        event: Event,
        record: tuple[Any, ...],
        kind: str,
        metadata: tuple[str, bytes, str, str],
    ) -> None:
        self.tag: str = record[0]
        self.kind = kind
        self.number: float | None = record[2] if kind == "scalars" else None
        self.plugin, self.plugin_data, self.display_name, self.description = metadata
        self._message: tuple[int, int] = record[3]
        self._event = event

    @property
    def bytes(self) -> bytes:
        """The message `Summary.Value` as it was written.

        Raises:
            OSError: The file cannot be read any more.
        """
        return self._event._part(*self._message)

    @property
    def value(self) -> Any:
        """What was logged, decoded now.

        A `float` for a scalar; `str` for text; a list of `bytes`, each an encoded file, for images and audio; for a histogram left
        edges, right edges and counts, three arrays of float64; for any other tensor an array, of `bytes` objects if it is one of
        strings; `None` for metadata alone.

        Raises:
            ImportError: Its dtype needs ml_dtypes, which is not installed.
            OSError: The file cannot be read any more.
            ValueError: It is no message of its kind.
        """
        if self.number is not None:
            return self.number
        parts = _core.value_of(self.bytes)
        if parts is None:
            raise ValueError(f"the value of tag {self.tag!r} is malformed")
        if parts[0] == "nothing":
            return None
        found = _DECODERS.get(self.kind, _array)(parts)
        if found is None:
            raise ValueError(
                f"the value of tag {self.tag!r} is not of the form of {self.kind}"
            )
        return found

    def __repr__(self) -> str:
        number = "" if self.number is None else f" = {self.number!r}"
        return f"<Value: {self.tag!r} of {self.kind}{number}>"


def _histogram(parts: tuple[Any, ...]) -> Any:
    found = histogram_of(parts)
    return None if found is None else found[:3]


def _images(parts: tuple[Any, ...]) -> list[Any] | None:
    found = images_of(parts)
    if found is None:
        return None
    return [image_bytes(parts, index) for index in range(len(found))]


def _audio(parts: tuple[Any, ...]) -> list[Any] | None:
    found = audio_of(parts)
    if found is None:
        return None
    return [audio_bytes(parts, index) for index in range(len(found))]


def _text(parts: tuple[Any, ...]) -> str | None:
    found = text_of(parts)
    return None if found is None else found[0]


def _array(parts: tuple[Any, ...]) -> Any:
    strings = strings_of(parts)
    return array_of(parts) if strings is None else object_array(strings, parts[2])


_DECODERS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "audio": _audio,
    "histograms": _histogram,
    "images": _images,
    "text": _text,
}
