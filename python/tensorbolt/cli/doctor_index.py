"""Where `tensorbolt view` remembers what it has read. That it cannot is no problem of a program that logs."""

import tempfile
from collections.abc import Iterator

from tensorbolt import _core
from tensorbolt._wording import plain
from tensorbolt.cli.doctor_checks import Check

_LOST = "so tensorbolt view reads long logs again at each start"
_REMEDY = "set XDG_CACHE_HOME, or have view use another directory with --index"


def index() -> Iterator[Check]:
    """Look at the directory of the indexes, which is made when there is something to remember."""
    root = _core.usual_index()
    if root is None:
        yield Check("index", "ok", f"this user has no cache, {_LOST}", _REMEDY)
        return
    there = next(place for place in (root, *root.parents) if place.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".tensorbolt-", dir=there):
            packs = list(root.glob("*/*.pack"))
            size = sum(pack.stat().st_size for pack in packs) / 1e6
    except OSError as error:
        text = f"{plain(root)} cannot be written ({error.strerror or error}), {_LOST}"
        yield Check("index", "ok", text, _REMEDY)
        return
    logs = len({pack.parent for pack in packs})
    text = f"tensorbolt view remembers below {plain(root)} what it has read of long logs: {size:,.1f} MB of {logs:,} now"
    yield Check("index", "ok", f"{text}; it can be written")
