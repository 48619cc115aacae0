"""Small PNG files of screenshots."""

import io
from pathlib import Path

from PIL import Image

LIMIT = 150_000
"""Bytes of a file, at most."""


def save(screenshot: bytes, path: Path) -> int:
    """Save a screenshot with as many colours as fit into the limit; return the bytes."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        buffer = io.BytesIO()
        # Without dithering flat areas stay flat, and small; k-means keeps the steps of colour bars fine.
        palette = image.quantize(
            colours, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
        )
        palette.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LIMIT:
            path.write_bytes(buffer.getvalue())
            return buffer.tell()
    raise ValueError(
        f"{path.name} takes more than {LIMIT} bytes; make its part smaller"
    )
