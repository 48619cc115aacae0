"""Rows of the frames that `SummaryReader` makes, of what an `EventAccumulator` has read."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tensorbolt import _core
from tensorbolt.compat.event_accumulator import EventAccumulator
from tensorbolt.reading import wav
from tensorbolt.reading.event_fields import TENSOR, bytes_field
from tensorbolt.reading.frames import library
from tensorbolt.reading.session_info import START_TAG, Json, start_of
from tensorbolt.reading.tensors import array_of, object_array, strings_of
from tensorbolt.reading.text import text_of

#: What the tags of text end with in torch and tensorboardX.
TEXT_SUFFIX = "/text_summary"
#: Columns of each kind behind `step` and `tag`; those in the second list only where they are asked for.
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "scalars": (("value",), ()),
    "tensors": (("value",), ()),
    "histograms": (
        ("counts", "limits"),
        ("max", "min", "num", "sum", "sum_squares"),
    ),
    "images": (("value",), ("height", "width")),
    "audio": (("value",), ("content_type", "length_frames", "sample_rate")),
    "hparams": (("value",), ()),
    "text": (("value",), ()),
}


class Row(NamedTuple):
    """One event.

    Attributes:
        tag: Its tag.
        step: Its step; `None` for hyperparameters, which have none.
        wall_time: Seconds since the epoch, likewise.
        fields: What `FIELDS` names, in this order.
    """

    tag: str
    step: int | None
    wall_time: float | None
    fields: tuple[Any, ...]


def tags_of(kind: str, accumulator: EventAccumulator) -> list[str]:
    """The tags of a kind."""
    if kind == "hparams":
        return list(_hparams(accumulator))
    if kind == "text":
        return raw_tags(kind, accumulator)
    tags: list[str] = accumulator.Tags()[kind]
    if kind != "tensors":
        return tags
    others = {*raw_tags("hparams", accumulator), *raw_tags("text", accumulator)}
    return [tag for tag in tags if tag not in others]


def raw_tags(plugin: str, accumulator: EventAccumulator) -> list[str]:
    """The tags that a plugin has."""
    try:
        return list(accumulator.PluginTagToContent(plugin))
    except KeyError:
        return []


def rows_of(kind: str, accumulator: EventAccumulator) -> Iterator[Row]:
    """The rows of a kind, in the order of tags and of the file.

    Raises:
        ImportError: Images need Pillow, which is not installed, or a tensor ml_dtypes.
        OSError: The file cannot be read any more.
        ValueError: An image, audio clip or tensor is malformed, or has a form that cannot be decoded.
    """
    if kind == "hparams":
        for tag, value in _hparams(accumulator).items():
            yield Row(tag, None, None, (value,))
        return
    for tag in tags_of(kind, accumulator):
        yield from _ROWS[kind](accumulator, tag)


def _scalars(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    for time, step, value in accumulator.scalars.entries[tag]:
        yield Row(tag, step, time, (value,))


def _tensors(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    for time, step, *place in accumulator.tensors.entries[tag]:
        yield Row(tag, step, time, (_array(tag, *place),))


def _texts(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    name = tag.removesuffix(TEXT_SUFFIX)
    for time, step, *place in accumulator.tensors.entries.get(tag, ()):
        yield Row(name, step, time, (_text(tag, *place),))


def _histograms(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    for event in accumulator.Histograms(tag):
        one = event.histogram_value
        edges = (np.array(one.bucket), np.array(one.bucket_limit))
        rest = (one.max, one.min, one.num, one.sum, one.sum_squares)
        yield Row(tag, event.step, event.wall_time, (*edges, *rest))


def _images(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    for image in accumulator.Images(tag):
        pixels = decoded_image(image.encoded_image_string)
        fields = (pixels, image.height, image.width)
        yield Row(tag, image.step, image.wall_time, fields)


def _audio(accumulator: EventAccumulator, tag: str) -> Iterator[Row]:
    for clip in accumulator.Audio(tag):
        samples, _ = wav.samples(clip.encoded_audio_string)
        known = (clip.content_type, clip.length_frames, clip.sample_rate)
        yield Row(tag, clip.step, clip.wall_time, (samples, *known))


_ROWS = {
    "scalars": _scalars,
    "tensors": _tensors,
    "text": _texts,
    "histograms": _histograms,
    "images": _images,
    "audio": _audio,
}


def _hparams(accumulator: EventAccumulator) -> dict[str, Any]:
    try:
        content = accumulator.PluginTagToContent("hparams").get(START_TAG)
    except KeyError:
        return {}
    start = None if content is None else start_of(content, errors="replace")
    if start is None:
        return {}
    return {
        name: value.text if isinstance(value, Json) else value
        for name, value in start.hparams.items()
    }


def _parts(tag: str, reader: Any, offset: int, length: int) -> tuple[Any, ...]:
    tensor: bytes = reader.bytes(offset, length)
    parts = _core.value_of(bytes_field(TENSOR, tensor))
    if parts is None:
        raise ValueError(f"a tensor of tag {tag!r} is malformed")
    return parts


def _array(tag: str, *place: Any) -> Any:
    """A tensor: a number or `bytes` if it has no axes, else an array."""
    parts = _parts(tag, *place)
    strings = strings_of(parts)
    array = array_of(parts) if strings is None else object_array(strings, parts[2])
    if array is None:
        raise ValueError(f"a tensor of tag {tag!r} has an unknown dtype")
    return array if array.ndim else array.item()


def _text(tag: str, *place: Any) -> str:
    found = text_of(_parts(tag, *place))
    if found is None:
        raise ValueError(f"a value of tag {tag!r} is no text")
    return found[0]


def decoded_image(data: bytes) -> NDArray[np.uint8]:
    """Pixels of shape `[height, width, channels]`, or `[frames, height, width, 3]` of an animation, as TensorFlow decodes them.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: The bytes are no image.
    """
    module = library("PIL.Image", "images")
    try:
        image = module.open(BytesIO(data))
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            is_known = image.mode in ("L", "RGB", "RGBA") and image.format != "GIF"
            frames.append(np.array(image if is_known else image.convert("RGB")))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"an image cannot be decoded: {error}") from error
    pixels = [frame[..., None] if frame.ndim == 2 else frame for frame in frames]  # noqa: PLR2004
    return np.stack(pixels) if image.format == "GIF" else pixels[0]
