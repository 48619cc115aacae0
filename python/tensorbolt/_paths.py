"""Directories of runs and sub-runs: the default, their names, and which are refused."""

import os
import time
from typing import Any

from tensorbolt._addresses import SCHEMES, is_store, local_path
from tensorbolt._arguments import check_tag, shown
from tensorbolt._core import MAX_NAME_BYTES
from tensorbolt._environment import LOG_DIR
from tensorbolt.record_writer import factory_of

MAX_PATH = 4095
"""Bytes that Linux allows in a path. The limits of macOS and Windows show when the directory is made."""

MAX_KEY = 1024
"""Bytes that object stores allow in a key."""

MAX_SUFFIX = 128
"""Bytes of a suffix that leave room for the rest of a file's name, which includes the host name."""

OWN_RUN = "."
"""Name of a sub-run that is the run itself."""


def is_made_up(log_dir: Any) -> bool:
    """Whether a directory is not given, by no variable either, so that it gets a name of its own."""
    return (log_dir is None or log_dir == "") and not os.environ.get(LOG_DIR)


def resolve(log_dir: Any, comment: str | None) -> Any:
    """Return the directory as given.

    If there is none, it is that of the variable `TENSORBOLT_LOG_DIR` with the comment, or `runs/<stamp>_<host><comment>`.

    Raises:
        TypeError: It is `bytes`, or the comment is no `str`.
        ValueError: It is a URL of a scheme that is neither known nor registered.
    """
    if isinstance(log_dir, (bytes, bytearray)):
        raise TypeError(
            f"log_dir must be a str or a Path, not {shown(log_dir)}; pass os.fsdecode(log_dir)"
        )
    if comment is not None and not isinstance(comment, str):
        raise TypeError(
            f"comment must be a str or None, not {type(comment).__name__} ({shown(comment)})"
        )
    if log_dir is None or log_dir == "":
        if _climbs(comment or ""):
            raise ValueError(
                f"comment {shown(comment)} leads out of the directory of all runs; leave out '..' and NUL, or pass log_dir"
            )
        if is_made_up(log_dir):
            stamp = time.strftime("%b%d_%H-%M-%S")
            import socket

            name = f"{stamp}_{socket.gethostname()}{comment or ''}"
            return os.path.join("runs", name)  # noqa: PTH118
        log_dir = f"{os.environ[LOG_DIR].strip()}{comment or ''}"
    if (
        "://" in str(log_dir)
        and factory_of(log_dir) is None
        and not is_store(log_dir)
        and local_path(log_dir) is log_dir
    ):
        raise ValueError(
            f"log_dir must be a local directory, or an address that begins with one of {', '.join(SCHEMES)}, not "
            f"{shown(str(log_dir))}; mount the store and pass its path, or register its scheme with tensorbolt.record_writer.register_writer_factory"
        )
    return log_dir if factory_of(log_dir) is not None else local_path(log_dir)


def check_suffix(suffix: str | None) -> str:
    """Return the end of a file name.

    Raises:
        TypeError: It is not a `str`.
        ValueError: It has a slash or NUL, or is too long.
    """
    suffix = suffix or ""
    if not isinstance(suffix, str):
        raise TypeError(f"filename_suffix must be a str, not {type(suffix).__name__}")
    if any(character in suffix for character in "/\\\0"):
        raise ValueError(
            f"filename_suffix {shown(suffix)} must not contain slashes or NUL; it ends a file name"
        )
    check_tag(suffix, "filename_suffix")
    if len(os.fsencode(suffix)) > MAX_SUFFIX:
        raise ValueError(
            f"filename_suffix must be at most {MAX_SUFFIX} bytes long, not {len(os.fsencode(suffix))}; it ends a file name"
        )
    return suffix


def sub_run(log_dir: str, main_tag: str, key: Any) -> str:
    """Return the directory in which `add_scalars` keeps the curve `key` of `main_tag`.

    Slashes of the main tag become underscores; those of the key make directories.

    Raises:
        TypeError: The key is not a `str`.
        ValueError: The directory would be outside the log directory, or no file system would take it.
    """
    _check_key(key)
    return _inside(log_dir, f"{main_tag.replace('/', '_')}_{key}", main_tag, key)


def nested_sub_run(log_dir: str, main_tag: str, key: Any) -> str:
    """Return the directory of a curve as tensorboardX names it: slashes of the main tag make directories as well.

    Raises:
        TypeError: The key is not a `str`.
        ValueError: The directory would be outside the log directory, or no file system would take it.
    """
    _check_key(key)
    parts = (part.strip("/") for part in (main_tag, key))
    return _inside(log_dir, "/".join(filter(None, parts)), main_tag, key)


def _check_key(key: Any) -> None:
    if not isinstance(key, str):
        raise TypeError(
            f"the keys of tag_scalar_dict must be str, not {type(key).__name__} ({shown(key)}); they name directories"
        )
    check_tag(key, "the key of tag_scalar_dict")


def _inside(log_dir: str, name: str, main_tag: str, key: str) -> str:
    if _climbs(name):
        raise ValueError(
            f"main_tag {shown(main_tag)} with key {shown(key)} names a directory outside the log directory; "
            "leave out '..' and NUL"
        )
    directory = f"{log_dir.rstrip('/')}/{name}"
    _check_place(log_dir, directory, "main_tag and key")
    return directory


def run_name(log_dir: str, name: Any, argument: str) -> str:
    """Return the name of a sub-run, which is its directory relative to the log directory, in normal form.

    An absolute path within the log directory is turned into such a name.

    Raises:
        TypeError: The name is not a `str` or a path.
        ValueError: The directory would be outside the log directory, or no file system would take it.
    """
    text = os.fspath(name) if isinstance(name, os.PathLike) else name
    if not isinstance(text, str):
        raise TypeError(
            f"{argument} must be a str or None, not {type(name).__name__} ({shown(name)})"
        )
    check_tag(text, argument)
    inside = text
    if "\0" not in text and os.path.isabs(text):  # noqa: PTH117
        inside = os.path.relpath(text, log_dir)
        if _climbs(inside):
            # It may be another name of the same directory.
            inside = os.path.relpath(os.path.realpath(text), os.path.realpath(log_dir))
    if _climbs(inside):
        raise ValueError(
            f"{argument} {shown(text)} names a directory outside the log directory; leave out '..' and NUL"
        )
    inside = os.path.normpath(inside)
    _check_place(log_dir, f"{log_dir.rstrip('/')}/{inside}", argument)
    return inside


def _climbs(name: str) -> bool:
    return "\0" in name or ".." in name.replace("\\", "/").split("/")


def _check_place(log_dir: str, directory: str, argument: str) -> None:
    """Refuse a directory that no file system would take.

    This does not access the store, which may stall. The core refuses links out of the log directory when it makes the file.
    """
    name = directory[len(log_dir) :]
    part = max(name.split("/"), key=lambda part: len(os.fsencode(part)))
    if len(os.fsencode(part)) > MAX_NAME_BYTES:
        raise ValueError(
            f"{argument} must name no directory of more than {MAX_NAME_BYTES} bytes, such as {shown(part)}; shorten it"
        )
    if is_store(log_dir):
        key = directory.partition("://")[2].partition("/")[2]
        if len(os.fsencode(key)) + 1 + MAX_NAME_BYTES > MAX_KEY:
            raise ValueError(
                f"{argument} must leave room for a file's name in a key of {MAX_KEY} bytes, but is "
                f"{len(os.fsencode(name))} bytes long: {shown(name)}; shorten it"
            )
        return
    if factory_of(log_dir) is not None:
        return
    if len(os.fsencode(os.path.abspath(directory))) + 1 + MAX_NAME_BYTES > MAX_PATH:  # noqa: PTH100
        raise ValueError(
            f"{argument} must leave room for a file's name in a path of {MAX_PATH} bytes, "
            f"but is {len(os.fsencode(name))} bytes long: {shown(name)}; shorten it"
        )
