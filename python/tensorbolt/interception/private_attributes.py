"""Private attributes of the reference writers that other code uses.

This package does not write to them, so a subclass may put anything in their place.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tensorbolt import _core


class Computed:
    """An attribute that is computed unless it has been set.

    Args:
        compute: Called with the object.
    """

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        """Return the computed value; on the class, the descriptor."""
        return self if owner is None else self._compute(owner)


class Renamed:
    """Another name of an attribute, to read and to set.

    Args:
        name: The attribute that is read and set.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        """Return the attribute; on the class, the descriptor."""
        return self if owner is None else getattr(owner, self._name)

    def __set__(self, owner: Any, value: Any) -> None:
        """Set the attribute `name`."""
        setattr(owner, self._name, value)


def _defaults(owner: Any) -> dict[str, Any]:
    """Step and wall time of the `use_metadata` block in force; empty outside of one."""
    context = owner._options.step_context
    return (
        {"global_step": context.step(), "walltime": context.wall_time()}
        if context
        else {}
    )


def _projector_config(owner: Any) -> Any:
    """The `ProjectorConfig` message with the embeddings of this writer; there is none before the first."""
    # Imported here: few programs read this attribute.
    from pathlib import Path

    names = {_core.embedding_address(tag, step)[0] for tag, step in owner._embedded}
    writer = owner._get_file_writer()
    remote = getattr(writer.event_writer, "_remote", None)
    directory = writer.get_logdir() if remote is None else remote.directory
    file = Path(directory, _core.PROJECTOR_CONFIG)
    owner.flush()
    if not names or not file.exists():
        raise AttributeError("there is no _projector_config before add_embedding")
    try:
        from google.protobuf import text_format
        from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
    except ImportError as error:
        raise AttributeError(f"_projector_config: {error}") from error
    config = text_format.Parse(file.read_text("utf-8"), ProjectorConfig())
    mine = [entry for entry in config.embeddings if entry.tensor_name in names]
    del config.embeddings[:]
    config.embeddings.extend(mine)
    return config


class SummaryWriterAttributes:
    """Private attributes of a `SummaryWriter`."""

    _max_queue = Renamed("max_queue")
    _flush_secs = Renamed("flush_secs")
    _filename_suffix = Renamed("filename_suffix")
    _default_metadata = Computed(_defaults)
    _projector_config = Computed(_projector_config)

    @staticmethod
    def _encode(rawstr: str) -> str:
        """Return the name of the directory of an embedding's tag."""
        for character in "%/\\":
            rawstr = rawstr.replace(character, f"%{ord(character):02x}")
        return rawstr

    def _check_caffe2_blob(self, item: Any) -> bool:
        """Whether a value is the name of a blob of Caffe2, which torch no longer supports."""
        return isinstance(item, str)


class FileWriterAttributes:
    """Private attributes of a `FileWriter`."""

    _default_metadata = Computed(_defaults)


class EventFileWriterAttributes:
    """Private attributes of an `EventFileWriter`."""

    @Computed
    def _file_name(self: Any) -> str:
        """The path of the file; of one in an object store, the address of its first object."""
        remote = getattr(self, "_remote", None)
        return str(self._events.path if remote is None else remote.address)

    @Computed
    def _closed(self: Any) -> bool:
        """Whether it is closed."""
        return bool(self._events.closed)

    @Computed
    def _ev_writer(self: Any) -> SimpleNamespace:
        """A stand-in for the object that tensorboardX has here."""
        path = self._file_name
        return SimpleNamespace(
            _file_name=path,
            _py_recordio_writer=SimpleNamespace(path=path),
            write_event=self.add_event,
            flush=self.flush,
            close=self.close,
        )

    @Computed
    def _general_file_writer(self: Any) -> SimpleNamespace:
        """A stand-in for the object that TensorBoard has here."""
        return SimpleNamespace(
            filename=self._file_name, flush=self.flush, close=self.close
        )

    @Computed
    def _async_writer(self: Any) -> SimpleNamespace:
        """The same; frameworks look for the innermost writer in it."""
        file = self._general_file_writer
        return SimpleNamespace(
            _writer=SimpleNamespace(_writer=file), flush=self.flush, close=self.close
        )
