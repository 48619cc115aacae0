"""Directories: the default one, those of sub-runs, and what is refused."""

import os
import time
from typing import Any

from tensorbolt._arguments import check_tag
from tensorbolt.record_writer import factory_of

MAX_COMPONENT = 255
"""Bytes that common file systems allow in one name."""

PROJECTOR_CONFIG = "projector_config.pbtxt"
"""The file in which the projector looks for the embeddings of a run."""

OWN_RUN = "."
"""Name of a sub-run that is the run itself."""


def resolve(log_dir: Any, comment: str | None) -> Any:
    """Return the directory as given, or `runs/<stamp>_<host><comment>` if there is none.

    Raises:
        TypeError: It is `bytes`, or the comment is no `str`.
        ValueError: It is a URL of a scheme that is not registered.
    """
    if isinstance(log_dir, (bytes, bytearray)):
        raise TypeError(
            f"log_dir must be a str or a Path, not {log_dir!r}; pass os.fsdecode(log_dir)"
        )
    if comment is not None and not isinstance(comment, str):
        raise TypeError(
            f"comment must be a str or None, not {type(comment).__name__} ({comment!r})"
        )
    if log_dir is None or log_dir == "":
        stamp = time.strftime("%b%d_%H-%M-%S")
        import socket

        return os.path.join("runs", f"{stamp}_{socket.gethostname()}{comment or ''}")  # noqa: PTH118
    if "://" in str(log_dir) and factory_of(log_dir) is None:
        raise ValueError(
            f"log_dir must be a local directory, not {str(log_dir)!r}; mount the store and pass its path, "
            "or register its scheme with tensorbolt.record_writer.register_writer_factory"
        )
    return log_dir


def check_suffix(suffix: str | None) -> str:
    """Return the end of a file name, refusing what would change the directory."""
    suffix = suffix or ""
    if not isinstance(suffix, str):
        raise TypeError(f"filename_suffix must be a str, not {type(suffix).__name__}")
    if any(character in suffix for character in "/\\\0"):
        raise ValueError(
            f"filename_suffix {suffix!r} must not contain slashes or NUL; it ends a file name"
        )
    return suffix


def sub_run(log_dir: str, main_tag: str, key: Any) -> str:
    """Return the directory in which `add_scalars` keeps the curve `key` of `main_tag`.

    Slashes of the main tag become underscores; those of the key make folders.

    Raises:
        TypeError: The key is not a `str`.
        ValueError: The directory would be outside the log directory, or no file system would take it.
    """
    _check_key(key)
    return _inside(log_dir, f"{main_tag.replace('/', '_')}_{key}", main_tag, key)


def nested_sub_run(log_dir: str, main_tag: str, key: Any) -> str:
    """Return the directory of a curve as tensorboardX names it: slashes of the main tag make folders as well.

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
            f"the keys of tag_scalar_dict must be str, not {type(key).__name__} ({key!r}); they name directories"
        )
    check_tag(key, "the key of tag_scalar_dict")


def _inside(log_dir: str, name: str, main_tag: str, key: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if "\0" in name or ".." in parts:
        raise ValueError(
            f"main_tag {main_tag!r} with key {key!r} names a directory outside the log directory; leave out '..' and NUL"
        )
    if _is_too_long(parts):
        raise ValueError(
            f"main_tag and key make a directory name of more than {MAX_COMPONENT} bytes: {name[:80]!r}...; shorten them"
        )
    return f"{log_dir.rstrip('/')}/{name}"


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
            f"{argument} must be a str or None, not {type(name).__name__} ({name!r})"
        )
    check_tag(text, argument)
    inside = text
    if "\0" not in text and os.path.isabs(text):  # noqa: PTH117
        inside = os.path.relpath(os.path.realpath(text), os.path.realpath(log_dir))
    parts = inside.replace("\\", "/").split("/")
    if "\0" in text or ".." in parts:
        raise ValueError(
            f"{argument} {text!r} names a directory outside the log directory; leave out '..' and NUL"
        )
    if _is_too_long(parts):
        raise ValueError(
            f"{argument} has a part of more than {MAX_COMPONENT} bytes: {text[:80]!r}...; shorten it"
        )
    return os.path.normpath(inside)


def _is_too_long(parts: list[str]) -> bool:
    return any(len(os.fsencode(part)) > MAX_COMPONENT for part in parts)
