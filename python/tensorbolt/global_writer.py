"""`GlobalSummaryWriter`: several processes write one event file and share the count of its steps."""

import functools
import inspect
import logging
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tensorbolt import _addresses, _core, _paths
from tensorbolt._closing import Closing
from tensorbolt._given_options import options_of, set_by_variables
from tensorbolt.file_writer import FileWriter
from tensorbolt.record_writer import factory_of
from tensorbolt.writer import SummaryWriter

__all__ = ["GlobalSummaryWriter"]

logger = logging.getLogger("tensorbolt")

_METHODS_WITH_OTHER_FILES = frozenset({"add_scalars", "add_hparams", "add_embedding"})
"""Methods that also write other files, in which the steps counted in the shared file are unknown."""

_NOT_OURS = "auto_step", "resume"
"""Options of `SummaryWriter` that a writer which counts the steps of all processes has not."""

_singleton: "dict[str, GlobalSummaryWriter]" = {}


class _SharingWriter(SummaryWriter):
    """A `SummaryWriter` whose main file is made once; copies of it in any process append to the same one."""

    _shared_file: str | None = None

    @staticmethod
    def _options_of(given: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out variables that are meant for writers which can do that."""
        found = options_of(given)
        for name, value in ("ranks", "reduce"), ("device_values", "async"):
            if found.get(name) == value:
                del found[name]
        return {name: found[name] for name in found if name not in _NOT_OURS}

    def _choose_device_values(self, choice: Any) -> None:
        super()._choose_device_values(choice)
        if choice == "async":
            raise ValueError(
                'GlobalSummaryWriter counts steps in the order of calls of all processes, so device_values must not be "async"; '
                "leave it out, or make a SummaryWriter in each process"
            )
        self._asynchronous = frozenset()

    def _rank_plan(self, ranks: Any, rank: Any, world_size: Any) -> Any:
        plan = super()._rank_plan(ranks, rank, world_size)
        if plan is not None and plan.reduces:
            raise ValueError(
                'GlobalSummaryWriter writes one file for all processes and counts their steps, so ranks must not be "reduce"; '
                "leave it out, or make a SummaryWriter in each rank"
            )
        return plan

    def _begin(self, *, retry_open: bool) -> None:
        # The file is there before other processes are, or each would make one.
        self._lazy = False
        super()._begin(retry_open=retry_open)

    def _open(
        self,
        directory: Any,
        purge_step: int | None = None,
        root: str | None = None,
        events: "_core.Writer | None" = None,
    ) -> FileWriter:
        if not self._write_to_disk or directory != self.log_dir:
            return super()._open(directory, purge_step, root, events)
        if self._shared_file is None:
            writer = super()._open(directory, purge_step, root)
            writer.close()
            # Absolute: a worker may have another working directory.
            self._shared_file = os.path.abspath(writer.event_writer._file_name)  # noqa: PTH100
        return self._file_kinds[0](
            directory,
            self.max_queue,
            self.flush_secs,
            self.filename_suffix,
            options=self._options,
            events=_core.Writer.join(
                self._options.session, self._shared_file, self._retry_open
            ),
        )


class GlobalSummaryWriter(Closing):
    """Writes the events of several processes into one file, and counts their steps.

    Forked processes inherit the writer, and spawned ones get it by pickle. There is no `global_step`: the steps of each
    kind and tag count up from 0 over all processes, and are in order in the file. A call returns when the operating
    system has its event; images are compressed in the background. A `with Pool()` ends with `Pool.terminate()`, which
    kills workers, so call `flush()` in the workers after images.

    It has all `add_*` methods of `SummaryWriter` that write one file only, without their `global_step`.

    Processes must be on one machine, or on a file system with locks.

    Args:
        logdir: Directory of the run, made if missing; `None` is `runs/<date>_<host><comment>`.
        comment: End of the default directory's name.
        purge_step: Hide what the run had logged from this step on, after a crash and restart.
        max_queue: Kept for compatibility, not used.
        flush_secs: Kept for compatibility, not used.
        filename_suffix: End of the event file's name.
        write_to_disk: `False` checks all arguments and writes nothing at all.
        log_dir: Another name of `logdir`.
        coalesce_process: Kept for compatibility, not used, as in tensorboardX.
        options: Further options of `SummaryWriter`, such as `on_error`. Variables set what is not given, as there.

    Raises:
        TypeError: An argument is of the wrong type, or unknown.
        ValueError: An option has no such value.
        OSError: The directory or the file cannot be made.

    Example:
        >>> import multiprocessing, tempfile
        >>> from tensorbolt import GlobalSummaryWriter
        >>> writer = GlobalSummaryWriter(tempfile.mkdtemp())
        >>> worker = multiprocessing.Process(target=writer.add_scalar, args=("loss", 0.5))
        >>> worker.start()
        >>> worker.join()
        >>> writer.add_scalar("loss", 0.25)
        >>> writer.close()
    """

    _kind = _SharingWriter
    _options_of = staticmethod(options_of)
    smw: SummaryWriter
    """The writer in this process. An event that is given a step other than 0 here keeps it."""

    @set_by_variables
    def __init__(
        self,
        logdir: Any = None,
        comment: str | None = "",
        purge_step: int | None = None,
        max_queue: int | None = 10,
        flush_secs: float | None = 120,
        filename_suffix: str | None = "",
        write_to_disk: bool = True,
        log_dir: Any = None,
        coalesce_process: bool = True,  # noqa: ARG002 - as in tensorboardX
        **options: Any,
    ) -> None:
        if options.pop("auto_step", False):
            raise TypeError(
                "auto_step is not an option of GlobalSummaryWriter, which always counts; leave it out"
            )
        if options.pop("resume", None) not in (None, False):
            raise TypeError(
                "resume is not an option of GlobalSummaryWriter, which counts steps from 0; leave it out"
            )
        given = logdir if logdir is not None else log_dir
        directory = _paths.resolve(given, comment)
        if factory_of(directory) is not None or _addresses.is_store(directory):
            raise ValueError(
                f"logdir must be a local directory, not {directory!r}: only there can processes share a file"
            )
        self.smw = self._kind(
            given,
            comment,
            purge_step,
            max_queue,
            flush_secs,
            filename_suffix,
            write_to_disk,
            **options,
        )

    def add_scalar(
        self, tag: str, scalar_value: Any, walltime: float | None = None
    ) -> None:
        """Log one number at the tag's next step.

        Args:
            tag: Name of the curve.
            scalar_value: A number, or an array, tensor or list with exactly one element.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: An argument is of the wrong type.
            ShapeError: `scalar_value` has none or several elements; a `ValueError` and an `AssertionError`.
        """
        self.smw.add_scalar(tag, scalar_value, None, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log an image at the tag's next step.

        Args:
            tag: Name of the series.
            img_tensor: As for `SummaryWriter.add_image`.
            walltime: Seconds since the epoch; `None` is now.
            dataformats: As for `SummaryWriter.add_image`.

        Raises:
            TypeError: `img_tensor` is no array of numbers.
            ShapeError: Its shape does not fit `dataformats`; a `ValueError` and an `AssertionError`.
        """
        self.smw.add_image(tag, img_tensor, None, walltime, dataformats)

    def add_text(
        self, tag: str, text_string: str, walltime: float | None = None
    ) -> None:
        """Log a Markdown text at the tag's next step.

        Args:
            tag: Name of the series.
            text_string: Markdown; `str`, or `bytes` in UTF-8.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `text_string` is neither `str` nor `bytes`.
            ValueError: It is not valid Unicode text.
        """
        self.smw.add_text(tag, text_string, None, walltime)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., None]:
            """Declare the methods that `_take_over` adds."""

    @staticmethod
    def getSummaryWriter() -> "GlobalSummaryWriter":  # noqa: N802 - tensorboardX's name
        """Return the writer of this program, made with defaults at the first call."""
        writer = _singleton.get("writer")
        if writer is None:
            writer = _singleton.setdefault("writer", GlobalSummaryWriter())
        logger.info("the global writer logs to %s", writer.file_writer.get_logdir())
        return writer

    @property
    def file_writer(self) -> FileWriter:
        """The `FileWriter` of the log directory; after `close()`, one that appends to the same file."""
        return self.smw._get_file_writer()

    def get_logdir(self) -> Any:
        """Return the log directory as it was given."""
        return self.smw.get_logdir()

    def flush(self) -> None:
        """Wait until everything that this process has logged, images included, is handed to the operating system."""
        self.smw.flush()

    def close(self) -> None:
        """Flush, and close the file in this process. A later `add_*` opens it again. May be called again."""
        self.smw.flush()
        self.smw.close()


def _without_step(function: Callable[..., None]) -> Callable[..., None]:
    """Return a method of `GlobalSummaryWriter` that calls `function` of its writer without a step."""
    signature = inspect.signature(function)
    place = list(signature.parameters).index("global_step") - 1

    @functools.wraps(function)
    def method(self: GlobalSummaryWriter, *arguments: Any, **keywords: Any) -> None:
        if "global_step" in keywords:
            raise TypeError(
                f"{function.__name__} of GlobalSummaryWriter has no global_step, it counts; leave it out"
            )
        if len(arguments) > place:
            arguments = (*arguments[:place], None, *arguments[place:])
        function(self.smw, *arguments, **keywords)

    kept = [p for p in signature.parameters.values() if p.name != "global_step"]
    method.__dict__["__signature__"] = signature.replace(parameters=kept)
    return method


def _take_over() -> None:
    for name, function in inspect.getmembers(SummaryWriter, inspect.isfunction):
        if (
            name.startswith("add_")
            and name not in _METHODS_WITH_OTHER_FILES
            and name not in vars(GlobalSummaryWriter)
            and "global_step" in inspect.signature(function).parameters
        ):
            setattr(GlobalSummaryWriter, name, _without_step(function))


_take_over()
