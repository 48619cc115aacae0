"""Serves logs to TensorBoard: the arguments of the native data provider, checked."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tensorbolt import _core
from tensorbolt._addresses import is_store, local_path, without_login
from tensorbolt._store_settings import environment

#: Points of each tag that are kept, and that TensorBoard is asked to draw, by the name of the plugin. Pictures and sounds
#: stay where they are until the page asks for them, so that many cost little.
SAMPLES: Mapping[str, int | None] = {
    "scalars": 10_000,
    "histograms": 500,
    "images": 10_000,
    "audio": 10_000,
    "text": 1000,
    "pr_curves": 1000,
    "mesh": 1000,
}
#: Seconds between two looks at the files, TensorBoard's own.
INTERVAL = 5.0
#: Asked of TensorBoard for all points of a tag; it takes 0 for none.
ALL_POINTS = 2**31 - 1


@dataclass(frozen=True)
class Options:
    """How logs are served.

    Attributes:
        interval: Seconds between two looks at the files; `None` for one look.
        samples: From plugin to the points of each tag that are kept at least; `None` for all.
        checksum: Whether all bytes are compared with their checksums.
        threads: That read; 0 for as many as the machine has cores, at most 8.
        memory: Bytes that points may take; `None` for a quarter of the machine's.
        storage_options: For the clients of object stores.
        groups: Regular expressions. Runs in whose names one finds the same texts in its brackets are shown together as well,
            as runs of their own: mean, least and greatest value at each step.
        index: Directory that remembers what was read, for the next server of the same logs; `"off"` is none, and `None` is
            `$XDG_CACHE_HOME/tensorbolt/index` or `~/.cache/tensorbolt/index`.
    """

    interval: float | None = INTERVAL
    samples: Mapping[str, int | None] = field(default_factory=lambda: SAMPLES)
    checksum: bool = True
    threads: int = 0
    memory: int | None = None
    storage_options: Mapping[str, str] = field(default_factory=dict)
    groups: Sequence[str] = ()
    index: str | None = None


def provider(logs: Iterable[tuple[str, str]], options: Options) -> _core.DataProvider:
    """The provider of some logs, which does nothing yet.

    Args:
        logs: Names and places, as `named` gives them.
        options: How to serve them.

    Raises:
        ValueError: A store has no such address or option, or a group is no regular expression with brackets.
    """
    return _core.DataProvider(
        list(logs),
        options.interval,
        list(options.samples.items()),
        options.checksum,
        options.threads,
        options.memory,
        list(options.storage_options.items()),
        environment(options.storage_options),
        list(options.groups),
        options.index,
    )


def named(places: Sequence[str]) -> list[tuple[str, str]]:
    """Names and absolute places of logs. A single one has the name "", so that its runs keep theirs.

    Args:
        places: Directories and addresses in object stores, each alone or as `NAME=PLACE`. Without a name it is the last part.

    Raises:
        ValueError: Two logs have the same name, there is no directory, or an address has a scheme that is not known.
    """
    logs: dict[str, str] = {}
    for text in places:
        name, place = _split(text)
        if not place:
            raise ValueError(f"{text!r} names no directory; pass NAME=LOGDIR")
        if is_remote(place):
            raise ValueError(
                f"{without_login(place)!r} is neither a local directory nor in a store that tensorbolt knows: copy the log, or pass"
                " --data tensorboard to `tensorbolt view`"
            )
        where = _absolute(place)
        if len(places) == 1 and name is None:
            return [("", where)]
        name = name if name is not None else where.rstrip("/").rpartition("/")[2]
        if name in logs:
            raise ValueError(
                f"two logs have the name {name!r}: pass NAME={place} with another name"
            )
        logs[name] = where
    return list(logs.items())


def is_remote(place: str) -> bool:
    """Whether a place is an address that only TensorBoard itself may know how to read."""
    is_local = place.lower().startswith("file://")
    return "://" in place and not is_local and not is_store(place)


def _split(text: str) -> tuple[str | None, str]:
    """A name and a place; a directory may have an equals sign in its name."""
    name, equals, place = text.partition("=")
    if not equals or "/" in name or os.path.sep in name or Path(text).exists():
        return None, text
    return name, place


def _absolute(place: str) -> str:
    if is_store(place):
        return place
    path = Path(local_path(place)).expanduser()
    # A run's file stands for its run.
    path = path.parent if path.is_file() else path
    return os.path.abspath(path)  # noqa: PTH100 - links stay


def samples(text: str) -> dict[str, int | None]:
    """Points to keep of each tag, from plugin=N pairs, separated by commas; `all` and 0 are all of them.

    Raises:
        ValueError: It is no list of such pairs.
    """
    found: dict[str, int | None] = {}
    for pair in filter(None, text.split(",")):
        plugin, _, number = pair.partition("=")
        if not plugin or not (number == "all" or number.isdecimal()):
            raise ValueError(
                f"{pair!r} is not PLUGIN=N, such as scalars=5000 or images=all"
            )
        found[plugin] = None if number == "all" else int(number) or None
    return found


def flag(kept: Mapping[str, int | None]) -> str:
    """The flag with which TensorBoard asks for as many points as are kept."""
    pairs = (f"{plugin}={ALL_POINTS if number is None else number}" for plugin, number in kept.items())  # fmt: skip
    return f"--samples_per_plugin={','.join(pairs)}"
