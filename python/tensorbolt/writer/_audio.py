"""Audio."""

from typing import Any

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag
from tensorbolt.writer._base import WriterBase

_REMARKS = {
    "clipped": "audio {tag!r} has levels outside -1 to 1, which are clipped; divide by the largest one",
    "quiet": "audio {tag!r} of dtype {dtype} is scaled by the range of its type, but its values fit 16 bits and are "
    "nearly silent; pass int16, or floats from -1 to 1",
}


class AudioMethods(WriterBase):
    """The method that logs audio."""

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: float = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log audio, as a WAV file of 16 bits.

        A sample is a level from -1 to 1 times 32768, rounded to the nearest whole number (halves to the even one) and
        clipped to -32768 to 32767. The samples are made within the call, the file on another thread.

        Args:
            tag: Name of the series; a slash makes a group.
            snd_tensor: An array, tensor or list of the shape (L,), (1, L) or (L, 1) for mono, (L, 2) or (2, L) for
                stereo; further axes of length 1 do not count. (2, 2) is two frames of left and right, (1, 2) is mono.
                Floats are levels; those outside of -1 to 1 are clipped with one warning per tag, NaN is 0. Integers
                are levels in shares of the range of their type: int16 is kept as it is, uint8 is silent at 128, other
                unsigned integers at half of their range. bool is 0 or 1.
            global_step: Step of this audio.
            sample_rate: Frames per second, any positive number; the header of the file holds the nearest whole one.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `snd_tensor` is no array of numbers, or `sample_rate` is no number.
            ValueError: `sample_rate` is not positive and finite.
            ShapeError: The shape is none of the above, or there is no sample; a `ValueError` and an `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        data, bfloat16 = _arrays.array(snd_tensor, "snd_tensor")
        rate = _arrays.number(sample_rate, "sample_rate")
        outcome = self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_audio(
                tag, data, bfloat16, rate, step, seconds
            ),
        )
        if outcome.remark is not None:
            self._notices.once(
                f"{outcome.remark} {tag}",
                _REMARKS[outcome.remark].format(tag=tag, dtype=data.dtype),
            )
