"""The table of audio."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tensorbolt.reading import wav
from tensorbolt.reading.column import Column, integers, repeated, texts
from tensorbolt.reading.media import Item, Media, format_of
from tensorbolt.reading.rows import Places

#: Columns of a tensor of audio: the clip and its label.
_WITH_LABELS = 2
_TENSOR_OF_LABELS = 2


class Clip(Item):
    """One audio clip; see `Item`.

    Attributes:
        sample_rate: Frames per second; `None` if it is not known.
        channels: Samples of a frame; `None` if it is not known.
        frames: Frames; `None` if it is not known.
        label: Its label, in Markdown; empty if there is none.
    """

    def __init__(self, row: Mapping[str, Any], load: Callable[[], bytes]) -> None:
        super().__init__(row, load)
        self.sample_rate: int | None = row["sample_rate"]
        self.channels: int | None = row["channels"]
        self.frames: int | None = row["frames"]
        self.label: str = row["label"]

    def numpy(self) -> tuple[NDArray[np.floating], int]:
        """The samples of a WAV file, read from the log and decoded, and frames per second.

        Returns:
            An array of shape `[frames, channels]`: whole numbers in shares of the range of their type, from -1 to below 1, floats as
            they are; float32, and float64 where samples have more bits than that holds.

        Raises:
            OSError: The file cannot be read any more.
            ValueError: The bytes are no WAV file, or end before its last frame, or have another format than whole numbers or floats;
                or the file was replaced, or the log was closed.
        """
        return wav.samples(self.bytes)


class Audio(Media[Clip]):
    """Audio of runs and tags, one row a clip; `audio[3]` is a `Clip`.

    Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `index` (int64, among those that were logged at once),
    `format` (text, categorical, such as `wav`), `nbytes`, `sample_rate`, `channels`, `frames` (int64, of the header of a WAV file; of
    others as the log says, null if it does not), `label` (text, Markdown). The bytes stay in the files until they are asked for;
    `with_data` adds them.
    """

    _item = Clip


class _Found(NamedTuple):
    """One clip of a value."""

    data: bytes
    label: str
    rate: int | None = None
    channels: int | None = None
    frames: int | None = None

    def described(self) -> "Described":
        found = wav.header(self.data)
        form = format_of(self.data)
        known = (self.rate, self.channels, self.frames)
        if found is not None:
            known = (found.rate, found.channels, found.frames)
        return Described(form, len(self.data), *known, self.label)


class Described(NamedTuple):
    """What the table says of a clip."""

    format: str
    nbytes: int
    sample_rate: int | None
    channels: int | None
    frames: int | None
    label: str


def _found(value: tuple[Any, ...]) -> list[_Found] | None:
    """The clips of a value; `None` for anything else."""
    if value[0] == "audio":
        _, rate, channels, frames, _, data = value
        whole = round(rate) if np.isfinite(rate) else 0
        return [_Found(data, "", whole or None, channels or None, frames or None)]
    if value[0] != "tensor" or not isinstance(value[3], list):
        return None
    shape, strings = value[2], value[3]
    if len(shape) == _TENSOR_OF_LABELS and shape[1] == _WITH_LABELS:
        pairs = zip(strings[::2], strings[1::2], strict=True)
        return [_Found(data, label.decode(errors="replace")) for data, label in pairs]
    return [_Found(data, "") for data in strings] if len(shape) == 1 else None


def audio_of(value: tuple[Any, ...]) -> list[Described] | None:
    """What the table says of each clip of a value; `None` for anything else."""
    found = _found(value)
    return None if found is None else [one.described() for one in found]


def audio_bytes(value: tuple[Any, ...], index: int) -> bytes | None:
    """The encoded bytes of one clip of a value; `None` if it has none."""
    found = _found(value)
    return None if found is None or index >= len(found) else found[index].data


def audio(
    columns: Mapping[str, Column], values: list[list[Described]], places: Places
) -> Audio:
    """The table of these rows, each of whose values is what `audio_of` gives."""
    rows = np.repeat(np.arange(len(values)), [len(value) for value in values])
    clips = [clip for value in values for clip in value]
    return Audio(
        {
            **{name: column.take(rows) for name, column in columns.items()},
            "index": integers([at for value in values for at in range(len(value))]),
            "format": repeated([clip.format for clip in clips]),
            "nbytes": integers([clip.nbytes for clip in clips]),
            "sample_rate": _known([clip.sample_rate for clip in clips]),
            "channels": _known([clip.channels for clip in clips]),
            "frames": _known([clip.frames for clip in clips]),
            "label": texts([clip.label for clip in clips]),
        },
        places.take(rows.tolist()),
        audio_bytes,
    )


def _known(values: list[int | None]) -> Column:
    valid = np.array([value is not None for value in values], bool)
    return integers([value or 0 for value in values], valid)
