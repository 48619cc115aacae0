"""WAV files: their header, and their samples as arrays."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Codes of formats: whole numbers, floats, and the one whose real code follows later in its header.
_INTEGERS, _FLOATS, _EXTENSIBLE = 1, 3, 0xFFFE
#: Length of the data where a program wrote it without knowing: the rest of the file.
_UNKNOWN = 0xFFFFFFFF
#: Bits of a sample up to which it is unsigned, as the format's rules have it.
_BYTE = 8


@dataclass(frozen=True)
class Wav:
    """What the header says.

    Attributes:
        rate: Frames per second.
        channels: Samples of a frame.
        code: Number of the format, 1 for whole numbers, 3 for floats.
        bits: Bits of a sample.
        frame_bytes: Bytes of a frame.
        start: First byte of the samples.
        nbytes: Bytes of the samples, as the header says.
    """

    rate: int
    channels: int
    code: int
    bits: int
    frame_bytes: int
    start: int
    nbytes: int

    @property
    def frames(self) -> int:
        """Frames, as the header says."""
        return self.nbytes // self.frame_bytes


def header(data: bytes) -> Wav | None:
    """The header of a WAV file; `None` if it is none, or is damaged."""
    form = b""
    for name, start, length in _chunks(data):
        if name == b"fmt ":
            form = data[start : start + length]
        elif name == b"data":
            return _header(form, start, length, len(data))
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and length of each part."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, length
        # Parts begin at even places.
        at += 8 + length + length % 2


def _header(form: bytes, start: int, length: int, end: int) -> Wav | None:
    if len(form) < 16:  # noqa: PLR2004 - what every format has
        return None
    code, channels, rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", form)
    if code == _EXTENSIBLE and len(form) >= 26:  # noqa: PLR2004 - up to the real code
        (code,) = struct.unpack_from("<H", form, 24)
    if not channels or not rate or not frame_bytes:
        return None
    nbytes = end - start if length == _UNKNOWN else length
    return Wav(rate, channels, code, bits, frame_bytes, start, nbytes)


def samples(data: bytes) -> tuple[NDArray[np.floating], int]:
    """The samples of a WAV file, and frames per second.

    Returns:
        An array of shape `[frames, channels]`: whole numbers in shares of the range of their type, from -1 to below 1, floats as they
        are; float32, and float64 where samples have more bits than that holds.

    Raises:
        ValueError: The bytes are no WAV file, end before its last frame, or have another format than whole numbers or floats.
    """
    wav = header(data)
    if wav is None:
        raise ValueError("the bytes are no WAV file; .bytes has them as they are")
    width = wav.frame_bytes // wav.channels
    known = {_INTEGERS: (1, 2, 3, 4), _FLOATS: (4, 8)}.get(wav.code, ())
    if width not in known or width * wav.channels != wav.frame_bytes:
        raise ValueError(
            f"a WAV file of format {wav.code} with {wav.bits} bits cannot be decoded, only whole numbers of 8 to 32 bits and floats; "
            ".bytes has it as it is"
        )
    there = (len(data) - wav.start) // wav.frame_bytes
    if there < wav.frames:
        raise ValueError(
            f"the WAV file ends after {there} of {wav.frames} frames; .bytes has it as it is"
        )
    raw = data[wav.start : wav.start + wav.frames * wav.frame_bytes]
    levels = _floats(raw, width) if wav.code == _FLOATS else _levels(raw, width)
    return levels.reshape(wav.frames, wav.channels), wav.rate


def _floats(raw: bytes, width: int) -> NDArray[np.floating]:
    return np.frombuffer(raw, f"<f{width}").astype(f"f{width}")


def _levels(raw: bytes, width: int) -> NDArray[np.floating]:
    if width == 1:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    if width != 3:  # noqa: PLR2004 - numpy has no integers of 3 bytes
        whole = np.frombuffer(raw, f"<i{width}")
    else:
        # Above an empty lowest byte.
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        whole = wide.view("<i4").reshape(-1) >> 8
    dtype = np.float64 if width == 4 else np.float32  # noqa: PLR2004
    levels: NDArray[np.floating] = whole.astype(dtype) / dtype(2 ** (8 * width - 1))
    return levels
