"""Copies objects of stores to local files."""

from collections.abc import Callable
from pathlib import Path

from tensorbolt.reading.segments import Place

#: Bytes that are copied at a time.
PIECE_BYTES = 4 << 20


def download(
    place: Place, path: Path, progress: Callable[[int], None] | None = None
) -> bool:
    """Copy an object to a new file, as far as it reached when it was listed; whether it reaches there still.

    Args:
        place: The object.
        path: The file.
        progress: Called repeatedly with the bytes that are copied.

    Raises:
        OSError: The store, or the disk, refuses.
    """
    with path.open("xb") as out:
        while out.tell() < place.listed:
            data = place.read(out.tell(), PIECE_BYTES)
            if not data:
                return False
            out.write(data)
            if progress is not None:
                progress(out.tell())
    return True
