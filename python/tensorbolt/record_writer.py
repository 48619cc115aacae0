"""`RecordWriter`, and where else than to local files records can be written: a registry of schemes."""

import contextlib
import io
import os
import re
from typing import Any

from tensorbolt import _core
from tensorbolt._closing import Closing

__all__ = [
    "REGISTERED_FACTORIES",
    "GCSRecordWriter",
    "RecordWriter",
    "S3RecordWriter",
    "directory_check",
    "make_valid_tf_name",
    "masked_crc32c",
    "open_file",
    "register_writer_factory",
]

REGISTERED_FACTORIES: dict[str, Any] = {}
"""From the scheme, such as `s3`, to an object with `open(path)` and `directory_check(path)`."""


def register_writer_factory(prefix: str, factory: Any) -> None:
    """Have paths that begin with `<prefix>:` written through a factory.

    `SummaryWriter("<prefix>://...")` then writes there, too: what is logged waits in a local temporary file, and goes
    through the factory's stream in `flush()` and `close()`, at the end of the process, and in the first call after
    every `flush_secs` seconds, always in the thread that calls.

    Args:
        prefix: The scheme, without a colon.
        factory: Has `open(path)`, which returns an object with `write(bytes)`, `flush()` and `close()`, and
            `directory_check(path)`, which makes the directory if it takes one.

    Raises:
        TypeError: `prefix` is no `str`, or the factory lacks a method.
        ValueError: `prefix` is empty or has a colon.
    """
    if not isinstance(prefix, str):
        raise TypeError(f"prefix must be a str, not {type(prefix).__name__}")
    if not prefix or ":" in prefix:
        raise ValueError(
            f"prefix must be a scheme without a colon, such as 's3', not {prefix!r}"
        )
    for method in ("open", "directory_check"):
        if not callable(getattr(factory, method, None)):
            raise TypeError(
                f"factory must have {method}(path), which {type(factory).__name__} has not"
            )
    REGISTERED_FACTORIES[prefix] = factory


def factory_of(path: Any) -> Any:
    """Return the factory that is registered for a path; `None` for a local one."""
    prefix, colon, _ = str(path).partition(":")
    return REGISTERED_FACTORIES.get(prefix) if colon else None


def directory_check(path: Any) -> None:
    """Make a directory if it is not there; what that is for a registered scheme, its factory says."""
    factory = factory_of(path)
    if factory is not None:
        factory.directory_check(str(path))
    else:
        from pathlib import Path

        Path(path).mkdir(parents=True, exist_ok=True)


def open_file(path: Any) -> Any:
    """Open a new file for bytes, through the factory of its scheme if there is one."""
    factory = factory_of(path)
    if factory is not None:
        return factory.open(str(path))
    from pathlib import Path

    return Path(path).open("wb")


def masked_crc32c(data: bytes) -> int:
    """Return the checksum that records have."""
    return _core.masked_crc32c(bytes(data))


def make_valid_tf_name(name: str) -> str:
    """Return a name as TensorFlow allows it: a dot before a first character that is not allowed, `_` for others."""
    if not re.match(r"[A-Za-z0-9.]", name):
        name = "." + name
    return "_".join(re.findall(r"[A-Za-z0-9_.\-/]+", name))


class RecordWriter(Closing):
    """Writes framed records to a file or a stream.

    Args:
        writer: A path (`str` or `PathLike`), whose file is made new; or an object with `write`, `flush` and `close`.
        path: Another name of it, for paths.

    Raises:
        TypeError: It is neither.
        OSError: The file cannot be made.
    """

    def __init__(self, writer: Any = None, *, path: Any = None) -> None:
        target = writer if path is None else path
        if isinstance(target, (str, os.PathLike)):
            self.path: str | None = os.fspath(target)
            self._writer = open_file(target)
        elif callable(getattr(target, "write", None)):
            self.path = None
            self._writer = target
        else:
            raise TypeError(
                f"writer must be a path or an object with write, flush and close, not {type(target).__name__}"
            )
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether this or the stream below is closed."""
        return self._closed or bool(getattr(self._writer, "closed", False))

    def write(self, record: bytes) -> None:
        """Write one record, in one call of the stream.

        Raises:
            TypeError: `record` is not bytes.
            ValueError: The writer is closed.
        """
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"record must be bytes, not {type(record).__name__}; encode it first"
            )
        if self.closed:
            raise ValueError("the record writer is closed; make a new one to go on")
        self._writer.write(_core.encode_record(bytes(record)))

    def flush(self) -> None:
        """Flush the stream. A file that was opened by its path is handed to the device as well."""
        self._writer.flush()
        if self.path is not None and hasattr(self._writer, "fileno"):
            # A stream without a file below says so only here.
            with contextlib.suppress(io.UnsupportedOperation):
                os.fsync(self._writer.fileno())

    def close(self) -> None:
        """Close the stream. May be called again."""
        if not self._closed:
            self._closed = True
            self._writer.close()


class _ObjectWriter:
    """Collects what is written in memory; every flush replaces the whole object in the store."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.buffer = io.BytesIO()
        self.closed = False
        self._uploaded: int | None = None

    def bucket_and_path(self) -> tuple[str, str]:
        """Return the bucket's name, and the object's name in it."""
        bucket, _, name = re.sub(r"^[^:/]+:/+", "", self.path).partition("/")
        return bucket, name

    def write(self, val: bytes) -> None:
        """Append bytes."""
        if self.closed:
            raise ValueError(f"{self.path} is closed; make a new writer to go on")
        self.buffer.write(val)

    def flush(self) -> None:
        """Upload everything there is, unless it was uploaded before."""
        size = self.buffer.getbuffer().nbytes
        if size != self._uploaded:
            self._upload(self.buffer.getvalue())
            self._uploaded = size

    def close(self) -> None:
        """Upload, and let go of it. May be called again."""
        if not self.closed:
            self.flush()
            self.closed = True

    def _upload(self, data: bytes) -> None:
        raise NotImplementedError


class S3RecordWriter(_ObjectWriter):
    """Writes an object of Amazon S3, or of what the environment variable `S3_ENDPOINT` names, with `boto3`.

    Args:
        path: `s3://bucket/name`.

    Raises:
        ImportError: `boto3` is not installed.
    """

    def __init__(self, path: str) -> None:
        try:
            import boto3
        except ImportError as error:
            raise ImportError(
                f"writing to {path} needs boto3; install it with: pip install boto3"
            ) from error
        super().__init__(path)
        self._client = boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT"))

    def _upload(self, data: bytes) -> None:
        bucket, name = self.bucket_and_path()
        self._client.put_object(Bucket=bucket, Key=name, Body=data)


class GCSRecordWriter(_ObjectWriter):
    """Writes an object of Google Cloud Storage, with `google-cloud-storage`.

    Args:
        path: `gs://bucket/name`.

    Raises:
        ImportError: `google-cloud-storage` is not installed.
    """

    def __init__(self, path: str) -> None:
        try:
            from google.cloud import storage
        except ImportError as error:
            raise ImportError(
                f"writing to {path} needs google-cloud-storage; install it with: pip install google-cloud-storage"
            ) from error
        super().__init__(path)
        bucket, name = self.bucket_and_path()
        self.blob = storage.Client().bucket(bucket).blob(name)

    def _upload(self, data: bytes) -> None:
        # With the generation it had, the client may safely try again; 0 is an object that is not there yet.
        generation = self.blob.generation or 0
        self.blob.upload_from_string(data, if_generation_match=generation)


class _ObjectFactory:
    """Opens writers of a store that knows no directories."""

    def __init__(self, kind: type[_ObjectWriter]) -> None:
        self._kind = kind

    def open(self, path: str) -> _ObjectWriter:
        """Open an object."""
        return self._kind(path)

    def directory_check(self, path: str) -> None:
        """Do nothing: names with slashes need no directories."""


register_writer_factory("s3", _ObjectFactory(S3RecordWriter))
register_writer_factory("gs", _ObjectFactory(GCSRecordWriter))
