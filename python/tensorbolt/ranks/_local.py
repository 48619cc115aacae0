"""The directory of this machine through which the processes of a node find the stream that they share."""

import os
import stat
import sys
import tempfile
from pathlib import Path


def local_directory() -> Path | None:
    """Return the directory, which belongs to this user alone; `None` if there can be none, so that processes share nothing."""
    # On Windows each user has their own temporary directory, with rights that modes do not show.
    if sys.platform == "win32":
        path = Path(tempfile.gettempdir()) / "tensorbolt-ranks"
        try:
            path.mkdir(exist_ok=True)
        except OSError:
            return None
        return path
    path = Path(tempfile.gettempdir()) / f"tensorbolt-ranks-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError:
        return None
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return path if is_private and found.st_uid == os.getuid() else None
