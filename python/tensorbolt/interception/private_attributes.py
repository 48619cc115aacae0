"""Private attributes of the incumbents' writers that other people's code reaches for.

They are not ours to write, so a subclass may put anything in their place.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tensorbolt._paths import PROJECTOR_CONFIG


class Computed:
    """An attribute that is computed while nobody has set it.

    Args:
        compute: Called with the object.
    """

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        """Compute it; of the class, the descriptor itself."""
        return self if owner is None else self._compute(owner)


class Renamed:
    """Another name of an attribute, for reading and setting.

    Args:
        name: The attribute.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        """Return it; of the class, the descriptor itself."""
        return self if owner is None else getattr(owner, self._name)

    def __set__(self, owner: Any, value: Any) -> None:
        """Set it."""
        setattr(owner, self._name, value)


def _defaults(owner: Any) -> dict[str, Any]:
    """What the `use_metadata` block in force says; empty outside of one."""
    context = owner._options.step_context
    return (
        {"global_step": context.step(), "walltime": context.wall_time()}
        if context
        else {}
    )


def _projector_config(owner: Any) -> Any:
    """The `ProjectorConfig` message with the embeddings of this writer; there is none before the first."""
    # Imported here: only where somebody asks for it.
    from pathlib import Path

    names = {f"{tag}:{str(step).zfill(5)}" for tag, step in owner._embedded}
    file = Path(owner._get_file_writer().get_logdir(), PROJECTOR_CONFIG)
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
    """Those of a `SummaryWriter`."""

    _max_queue = Renamed("max_queue")
    _flush_secs = Renamed("flush_secs")
    _filename_suffix = Renamed("filename_suffix")
    _default_metadata = Computed(_defaults)
    _projector_config = Computed(_projector_config)

    @staticmethod
    def _encode(rawstr: str) -> str:
        """Return the name of a tag's folder, of an embedding."""
        for character in "%/\\":
            rawstr = rawstr.replace(character, f"%{ord(character):02x}")
        return rawstr

    def _check_caffe2_blob(self, item: Any) -> bool:
        """Whether a value is the name of a blob of Caffe2, which torch has given up."""
        return isinstance(item, str)


class FileWriterAttributes:
    """Those of a `FileWriter`."""

    _default_metadata = Computed(_defaults)


class EventFileWriterAttributes:
    """Those of an `EventFileWriter`."""

    @Computed
    def _file_name(self: Any) -> str:
        """The path of the file."""
        return str(self._events.path)

    @Computed
    def _closed(self: Any) -> bool:
        """Whether it is closed."""
        return bool(self._events.closed)

    @Computed
    def _ev_writer(self: Any) -> SimpleNamespace:
        """What tensorboardX has in this place."""
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
        """What TensorBoard has in this place."""
        return SimpleNamespace(
            filename=self._file_name, flush=self.flush, close=self.close
        )

    @Computed
    def _async_writer(self: Any) -> SimpleNamespace:
        """The same; frameworks look for the file at the bottom of it."""
        file = self._general_file_writer
        return SimpleNamespace(
            _writer=SimpleNamespace(_writer=file), flush=self.flush, close=self.close
        )
