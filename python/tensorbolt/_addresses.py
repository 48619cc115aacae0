"""Addresses of logs: local directories, `file://`, and object stores."""

import os
import re
from typing import Any

SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "adl", "http", "https")  # fmt: skip
"""Schemes of the object stores that the extension uploads to."""


def is_store(directory: Any) -> bool:
    """Whether a log directory is an address of an object store that the extension uploads to."""
    scheme, found, _ = _text(directory).partition("://")
    return bool(found) and scheme.lower() in SCHEMES


def without_login(address: str) -> str:
    """Return an address without user and password."""
    # Not compiled here: that would take as long as the import of a module.
    return re.sub(r"(://)[^/@]*@", r"\1", address)


def local_path(directory: Any) -> Any:
    """Return the local path of a `file://` address, and anything else as it is.

    Raises:
        ValueError: The address names a host, or is not absolute.
    """
    text = _text(directory)
    if text[:7].lower() != "file://":
        return directory
    host, slash, path = text[7:].partition("/")
    if host not in ("", "localhost") or not slash:
        raise ValueError(
            f"log_dir {text!r} names the host {host!r}; an address of a local directory has three slashes, such as "
            "'file:///home/me/runs'"
        )
    # Imported here, so that `import tensorbolt` is quick.
    from urllib.parse import unquote

    return "/" + unquote(path)


def _text(directory: Any) -> str:
    return os.fspath(directory) if isinstance(directory, str) else str(directory)
