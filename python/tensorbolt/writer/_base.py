"""The base of `SummaryWriter`: its options, its steps, and opening, flushing and closing its files."""

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias, TypeVar

from tensorbolt import _core, _paths
from tensorbolt._arguments import check_purge_step, check_step, check_wall_time
from tensorbolt._choices import IMAGE_COMPRESSION
from tensorbolt._closing import Closing
from tensorbolt._core import ADAPT
from tensorbolt._given_options import options_of, set_by_variables
from tensorbolt._options import DEFAULT_MAX_SPOOL
from tensorbolt._warnings import Notices, logger
from tensorbolt.file_writer import Options
from tensorbolt.interception.event_hooks import Emission
from tensorbolt.writer._deferring import DeferringWriter
from tensorbolt.writer._fast_path import NO_FAST_PATH
from tensorbolt.writer._files import new_lock

Layout: TypeAlias = dict[str, list[tuple[str, bool, list[str]]]]
"""From a category's title to its charts: title, whether it is a margin chart, tags."""

DEFAULT_MAX_QUEUE = 10
DEFAULT_FLUSH_SECS = 120
MAX_KEPT = 100_000
"""Points of one curve that `scalar_dict` keeps for `export_scalars_to_json`."""

_INFO = 20
"""`logging.INFO`."""

_Self = TypeVar("_Self", bound="WriterBase")


class WriterBase(DeferringWriter, Closing):
    """Constructor, steps and flushing; the constructor is documented at `SummaryWriter`."""

    # What variables of the environment set of the options that are not given.
    _options_of = staticmethod(options_of)
    # The thread that logs what the machine does, and the start of its steps.
    _system_metrics: _core.SystemMetrics | None = None
    _system_began: float | None = None
    # Whether this process logs what all processes of its node share.
    _logs_node = True
    # The run of hyperparameters whose file is open.
    _open_session: str | None = None
    # What to forward to Comet with.
    _comet_config: dict[str, Any] | None = None

    @set_by_variables
    def __init__(
        self,
        log_dir: Any = None,
        comment: str | None = "",
        purge_step: int | None = None,
        max_queue: int | None = DEFAULT_MAX_QUEUE,
        flush_secs: float | None = DEFAULT_FLUSH_SECS,
        filename_suffix: str | None = "",
        write_to_disk: bool = True,
        logdir: Any = None,
        comet_config: dict[str, Any] | None = None,
        *,
        on_error: str = "warn",
        max_buffer: int = 256 * 2**20,
        on_full: str = "block",
        stall_timeout: float = 10.0,
        fsync: bool = False,
        image_compression: str = "fast",
        auto_step: bool = False,
        hparams_run: str | None = None,
        storage_options: dict[str, Any] | None = None,
        max_spool: int = DEFAULT_MAX_SPOOL,
        ranks: str | None = None,
        rank: int | None = None,
        world_size: int | None = None,
        lazy: bool = False,
        resume: bool | int | None = None,
        device_values: str | None = None,
    ) -> None:
        if image_compression not in IMAGE_COMPRESSION:
            raise ValueError(
                f"image_compression must be one of {IMAGE_COMPRESSION}, not {image_compression!r}"
            )
        self._choose_device_values(device_values)
        given = logdir if logdir is not None else log_dir
        plan = self._rank_plan(ranks, rank, world_size)
        self.log_dir = _paths.resolve(given, comment)
        if plan is not None:
            is_default = _paths.is_made_up(given)
            self.log_dir = plan.directory(self.log_dir, is_default=is_default)
            if plan.reduces and write_to_disk:
                self._rank = plan.place
            write_to_disk, lazy = write_to_disk and plan.writes, lazy or plan.is_lazy
            self._logs_node = plan.logs_node
        self._lazy = bool(lazy)
        self.purge_step = None if purge_step is None else check_purge_step(purge_step)
        self.max_queue = DEFAULT_MAX_QUEUE if max_queue is None else max_queue
        self.flush_secs = DEFAULT_FLUSH_SECS if flush_secs is None else flush_secs
        self.filename_suffix = _paths.check_suffix(filename_suffix)
        self.image_compression = image_compression
        self.auto_step = bool(auto_step)
        self.hparams_run = (
            _paths.run_name(str(self.log_dir), hparams_run, "hparams_run")
            if hparams_run not in (None, "")
            else None
        )
        self._write_to_disk = bool(write_to_disk)
        config = self._checked_comet_config(comet_config)
        if config is not None:
            self._comet_config = config
        self._options_given: dict[str, Any] = {
            "on_error": on_error,
            "max_buffer": max_buffer,
            "on_full": on_full,
            "stall_timeout": stall_timeout,
            "fsync": fsync,
            "storage_options": storage_options,
            "max_spool": max_spool,
        }
        self._history: dict[str, list[list[Any]]] = {}
        self._next_steps: dict[str, int] = {}
        # Checksums of the hyperparameters of each named run.
        self._hparams_of: dict[str, int] = {}
        # The custom scalar charts so far.
        self._layout: Layout = {}
        self._maker = os.getpid()
        if resume is not None:
            # Imported here: most programs need none of it.
            from tensorbolt._resume import resumed

            self._resumed = resumed(
                resume,
                self.log_dir,
                purge_step=self.purge_step,
                auto_step=self.auto_step,
                reduces=self._rank is not None,
                options=self._options_given if self._write_to_disk else None,
            )
        self._begin(retry_open=False)

    def _first_number(self) -> int:
        """Return where `auto_step` begins to count."""
        resumed = self._resumed
        return 0 if resumed is None or resumed.step is None else resumed.step

    def _rank_plan(self, ranks: Any, rank: Any, world_size: Any) -> Any:
        """Return the `RankPlan` of the options; `None` if all ranks do the same."""
        if (ranks, rank, world_size) == (None, None, None):
            return None
        # Imported here: most programs need none of it.
        from tensorbolt.ranks._choice import plan

        return plan(ranks, rank, world_size)

    def _checked_comet_config(self, config: Any) -> dict[str, Any] | None:
        """Return the configuration to forward with; `None` where nothing is forwarded."""
        raise NotImplementedError

    def _begin(self, *, retry_open: bool) -> None:
        """Set up what cannot be copied or pickled, and open the main file."""
        self._files_lock = new_lock()
        self._fast = self._fast_groups = NO_FAST_PATH
        self._groups = _core.ScalarGroups(MAX_KEPT)
        _open_writers[id(self)] = self
        self._notices = Notices()
        is_written = self._write_to_disk or self._rank is not None
        self._options = Options(**self._options_given, write_to_disk=is_written)
        if is_written and not self._write_to_disk:
            self._unwritten = Options(write_to_disk=False)
        self._options.step_context.on_change(self._select_path)
        self._retry_open = retry_open
        if not self._lazy:
            self._get_file_writer()
        # From here on, a directory that cannot be made is a failure of the store, which must not end the run.
        self._retry_open = True

    @classmethod
    def _our_class(cls) -> type[Any]:
        """Return the first class of this package that the writer's class is or extends."""
        return next(
            kind for kind in cls.__mro__ if kind.__module__.startswith("tensorbolt.")
        )

    # --- writing

    def _emit(self, call: Emission, *, scalars: bool = False) -> _core.Outcome:
        """Write to the main file as `_write` does, and report problems."""
        outcome = self._write(call, scalars=scalars)
        if outcome.alert:
            self._report_problems()
        return outcome

    def _emit_numbered(
        self,
        global_step: Any,
        tag: str,
        call: Callable[[_core.Writer, int], _core.Outcome],
        *,
        scalars: bool = False,
    ) -> _core.Outcome:
        """Write to the main file at a step, see `_numbered`, and report problems.

        A call that is refused uses up no number; one whose problems are raised does.
        """
        with self._numbered(global_step, tag) as step:
            outcome = self._write(lambda events: call(events, step), scalars=scalars)
        if outcome.alert:
            self._report_problems()
        return outcome

    def _written(self, outcome: _core.Outcome) -> bool:
        """Report the problems of a fast call, if any; false if it has written nothing."""
        if outcome.alert:
            self._report_problems()
        return outcome is not ADAPT

    # --- steps and problems

    def _step_of(self, global_step: Any, tag: str) -> int:
        """Return the step to write: the one given, that of `use_metadata`, or with `auto_step` the tag's next.

        For calls that cannot fail any more; others use `_numbered`.
        """
        if global_step is not None:
            return check_step(global_step)
        with self._numbered(None, tag) as step:
            return step

    def _numbered(self, global_step: Any, tag: str) -> AbstractContextManager[int]:
        """Return a context manager with the step to write; a block that raises uses up no number.

        The block holds the lock of the numbers, so that those of one tag are in order even if several threads log it.
        """
        if global_step is None:
            global_step = self._options.step_context.step()
        if global_step is None and self.auto_step:
            return self._next_number(tag)
        return nullcontext(check_step(global_step))

    @contextmanager
    def _next_number(self, tag: str) -> Iterator[int]:
        with self._files_lock:
            step = self._next_steps.get(tag, self._first_number())
            yield step
            self._next_steps[tag] = step + 1

    def _wall_time(self, walltime: Any) -> float | None:
        """Return the time to write: the one given, or that of `use_metadata`; `None` is now."""
        seconds = check_wall_time(walltime)
        return self._options.step_context.wall_time() if seconds is None else seconds

    def use_metadata(
        self: _Self, *, global_step: Any = None, walltime: float | None = None
    ) -> AbstractContextManager[_Self]:
        """Set a default step and wall time for all methods within a `with` block.

        The defaults hold for sub-runs and for `file_writer` too, in all threads. Blocks may be nested; the innermost
        counts.

        Args:
            global_step: Step of calls that give none.
            walltime: Seconds since the epoch, for calls that give none.

        Returns:
            A context manager; entering it returns the writer.

        Raises:
            ValueError: Neither is given, or one is out of range.
            TypeError: One of them is not a number.
        """
        return self._options.step_context.use(self, global_step, walltime)

    def _report_problems(self) -> None:
        """Report failures in the background; see `on_error`."""
        self._options.report_problems()

    # --- life

    def flush(self, *, remote: bool = False) -> None:
        """Wait until everything that was logged before is handed to the operating system (with `fsync`, to the device).

        Values that a device is still computing are waited for as well.

        If the store fails, or makes no progress for `stall_timeout` seconds, this warns and returns; the background
        retries the writing. A log in an object store is uploaded soon after.

        Args:
            remote: Wait until all is in the object store, while it makes progress; no effect on a local log.
        """
        self._finish_deferred()
        if self.all_writers is not None:
            for writer in list(self.all_writers.values()):
                writer.flush()
        if remote:
            self._options.wait_for_store()

    def close(self) -> None:
        """Flush and close all files. A later `add_*` begins a new file in the same directory. May be called again."""
        self._finish_deferred()
        with self._files_lock:
            writers, self.all_writers = self.all_writers, None
            rank_file, self._rank_file = self._rank_file, None
            main, self.file_writer = self._file_writer, None
            metrics, self._system_metrics = self._system_metrics, None
            if writers is not None:
                self._groups.forget()
        for notice in () if metrics is None else metrics.stop():
            self._notices.once(notice, f"tensorbolt: system_metrics: {notice}")
        failure = self._close_files(list((writers or {}).values()), main, rank_file)
        # Without the module there is nothing that shows such lines.
        if writers and "logging" in sys.modules and logger().isEnabledFor(_INFO):
            counts = ("events", "bytes", "dropped", "errors")
            stats = self.stats()
            numbers = ", ".join(f"{stats[name]} {name}" for name in counts)
            logger().info("closed %s: %s so far", self.log_dir, numbers)
        if failure is not None:
            raise failure

    def get_logdir(self) -> Any:
        """Return the log directory as it was given."""
        return self.log_dir

    def stats(self) -> dict[str, Any]:
        """Return counts of events, bytes and failures so far, sub-runs included.

        Returns:
            `events`: events logged; `bytes`: bytes handed to the operating system; `pending_bytes`: bytes waiting in
            memory; `dropped`: events dropped; `errors`: failures, retries included; `last_error`: text of the latest
            failure, or `None`; `blocked_seconds`: how long calls have waited because `max_buffer` was full. Of a log in
            an object store also `uploaded_bytes`: bytes sent; `upload_requests`: requests; `upload_lag_seconds`: age of
            the oldest event that is not in the store; `spooled_bytes`: bytes that wait on the local disk.
        """
        return self._options.stats()

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: directory, counts, and the command to view the log."""
        from tensorbolt.writer._notebook_card import card

        return card(self)

    # --- names of tensorboardX

    @property
    def logdir(self) -> Any:
        """The log directory as it was given; the same as `log_dir`."""
        return self.log_dir

    @logdir.setter
    def logdir(self, directory: Any) -> None:
        self.log_dir = directory

    # --- copies, which open a file of their own

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        mine = (
            "_files_lock",
            "_notices",
            "_options",
            "_system_metrics",
            "_system_began",
            "_deferred",
            "_fast",
            "_fast_groups",
            "_groups",
            "_file_writer",
            "_rank_file",
            "_unwritten",
            "all_writers",
            "_directories",
        )
        return {
            name: value for name, value in self.__dict__.items() if name not in mine
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open a new file in the same directory."""
        self.__dict__.update(state)
        self._maker = None
        self._begin(retry_open=True)


_open_writers: "weakref.WeakValueDictionary[int, WriterBase]" = (
    weakref.WeakValueDictionary()
)


def _renew_locks() -> None:
    """Replace the locks in a forked child: a thread of the parent may have held one at the fork."""
    WriterBase._files_lock = new_lock()
    for writer in list(_open_writers.values()):
        writer._files_lock = new_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
