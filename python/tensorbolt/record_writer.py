"""`RecordWriter`, and the registry of schemes such as `s3://` that records can be written to."""

import errno
import io
import os
import re
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import is_store
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

UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
"""What a system call says that the store of a file, or its kind of file, does not have."""
REGISTERED_FACTORIES: dict[str, Any] = {}
"""From the scheme, such as `s3`, to an object with `open(path)` and `directory_check(path)`."""


def register_writer_factory(prefix: str, factory: Any) -> None:
    """Register a factory that opens paths which begin with `<prefix>:`.

    `SummaryWriter("<prefix>://...")` uses it, too, instead of uploading by itself. Logged records wait in a local temporary file. They go through the
    factory's stream in `flush()` and `close()`, at the end of the process, and in the first call after every
    `flush_secs` seconds, always in the thread that calls.

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


def own_factory_of(path: Any) -> Any:
    """Return the factory that someone registered for a path; `None` for a local one, and for what the extension uploads."""
    factory = factory_of(path)
    return None if isinstance(factory, _ObjectFactory) else factory


def directory_check(path: Any) -> None:
    """Make a directory if it is missing, through the factory of its scheme if there is one."""
    factory = factory_of(path)
    if factory is not None:
        factory.directory_check(str(path))
    elif not is_store(path):
        from pathlib import Path

        Path(path).mkdir(parents=True, exist_ok=True)


def open_file(path: Any) -> Any:
    """Open a new file for bytes, through the factory of its scheme if there is one."""
    factory = factory_of(path)
    if factory is not None:
        return factory.open(str(path))
    # As elsewhere here: only programs that use it import it.
    from tensorbolt._kept_file import KeptFile

    return io.BufferedWriter(KeptFile(path))


def masked_crc32c(data: bytes) -> int:
    """Return the masked CRC-32C that records carry."""
    return _core.masked_crc32c(bytes(data))


def make_valid_tf_name(name: str) -> str:
    """Return a name that TensorFlow allows: a dot goes before a first character that is not allowed, `_` replaces others."""
    if not re.match(r"[A-Za-z0-9.]", name):
        name = "." + name
    return "_".join(re.findall(r"[A-Za-z0-9_.\-/]+", name))


class RecordWriter(Closing):
    """Writes framed records to a file or a stream.

    Args:
        writer: A path (`str` or `PathLike`), whose file is created; or an object with `write`, `flush` and `close`.
        path: Another name of `writer`, for paths.

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
        """Whether this writer or its stream is closed."""
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
        """Flush the stream. A file that was opened by its path is synced to the device as well."""
        self._writer.flush()
        if self.path is not None and hasattr(self._writer, "fileno"):
            # Only `fileno()` shows that a stream has no file, and some stores cannot sync.
            try:
                os.fsync(self._writer.fileno())
            except io.UnsupportedOperation:
                pass
            except OSError as error:
                if error.errno not in UNSUPPORTED:
                    raise

    def close(self) -> None:
        """Close the stream. May be called again."""
        if not self._closed:
            self._closed = True
            self._writer.close()


class _ObjectWriter:
    """Collects bytes in memory; each flush replaces the whole object in the store."""

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
        """Upload all bytes, unless nothing was added since the last upload."""
        size = self.buffer.getbuffer().nbytes
        if size != self._uploaded:
            self._upload(self.buffer.getvalue())
            self._uploaded = size

    def close(self) -> None:
        """Upload and close. May be called again."""
        if not self.closed:
            self.flush()
            self.closed = True

    def _upload(self, data: bytes) -> None:
        raise NotImplementedError


class S3RecordWriter(_ObjectWriter):
    """Writes an object of Amazon S3, or of the server that the environment variable `S3_ENDPOINT` names, with `boto3`.

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
        # The generation lets the client retry safely; 0 means that the object does not exist yet.
        generation = self.blob.generation or 0
        self.blob.upload_from_string(data, if_generation_match=generation)


class _ObjectFactory:
    """Opens writers of a store that has no directories."""

    def __init__(self, kind: type[_ObjectWriter]) -> None:
        self._kind = kind

    def open(self, path: str) -> _ObjectWriter:
        """Open an object."""
        return self._kind(path)

    def directory_check(self, path: str) -> None:
        """Do nothing: object names with slashes need no directories."""


register_writer_factory("s3", _ObjectFactory(S3RecordWriter))
register_writer_factory("gs", _ObjectFactory(GCSRecordWriter))
