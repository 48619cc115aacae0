"""Options of TensorBoard that say how it reads a log: those that our server takes over, and those that it cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tensorbolt.reading import serving

LOADERS = frozenset(
    {
        "db",
        "detect_file_replacement",
        "extra_data_server_flags",
        "generic_data",
        "grpc_creds_type",
        "grpc_data_provider",
        "inspect",
        "load_fast",
        "max_reload_threads",
        "purge_orphaned_data",
        "reload_multifile",
        "reload_multifile_inactive_secs",
        "reload_task",
    }
)
"""Options that have a meaning for TensorBoard's own loaders only."""


@dataclass(frozen=True)
class Asked:
    """What options of TensorBoard ask of the one who reads the log.

    Attributes:
        loaders: Options as they were given, that only TensorBoard's own loaders understand.
        places: Logs of `--logdir_spec`, as `serving.named` takes them.
        samples: Points to keep of each tag, by the name of the plugin; `None` for all.
        interval: Seconds between two looks; `None` if that was not asked, infinity for one look.
        rest: All that is TensorBoard's own business.
    """

    loaders: tuple[str, ...]
    places: tuple[str, ...]
    samples: Mapping[str, int | None]
    interval: float | None
    rest: tuple[str, ...]


def asked(words: Sequence[str]) -> Asked:
    """Sort options of TensorBoard, each as `--name=value` or `--name`.

    Raises:
        ValueError: The value of one that is taken over is none; the message names it.
    """
    loaders, rest, places = [], [], []
    samples: dict[str, int | None] = {}
    interval: float | None = None
    for word in words:
        name, _, value = word.lstrip("-").partition("=")
        if name in LOADERS:
            loaders.append(word)
        elif name == "logdir_spec":
            places += [_place(part) for part in value.split(",") if part]
        elif name == "samples_per_plugin":
            samples.update(serving.samples(value))
        elif name == "reload_interval":
            interval = _seconds(word, value)
        else:
            rest.append(word)
    return Asked(tuple(loaders), tuple(places), samples, interval, tuple(rest))


def _seconds(word: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        raise ValueError(f"{word!r} is no number of seconds") from None
    # TensorBoard looks once if it is not above 0.
    return seconds if seconds > 0 else float("inf")


def _place(part: str) -> str:
    """NAME:PLACE of TensorBoard as NAME=PLACE. A colon before a slash belongs to a name, as TensorBoard reads it."""
    name, colon, place = part.partition(":")
    return f"{name}={place}" if colon and "/" not in name and not place.startswith("//") else part  # fmt: skip
