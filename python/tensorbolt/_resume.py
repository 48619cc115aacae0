"""The option `resume` of a writer: a run that goes on in a directory which has a log of it."""

import json
import operator
from pathlib import Path
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import is_store, without_login
from tensorbolt._arguments import INT64_MAX, INT64_MIN, shown
from tensorbolt._store_settings import spool_root, store_log
from tensorbolt._warnings import report
from tensorbolt.interception import record_hooks
from tensorbolt.record_writer import own_factory_of

LONGEST_LISTING = 10.0
"""Seconds that a store may take to list a log."""
_MARK = "tfevents"


def check_resume(resume: Any) -> bool | int | None:
    """Return the option: `None` for a new run, `True`, or a step.

    Raises:
        TypeError: It is none of these.
        ValueError: The step does not fit 64 bits.
    """
    if resume is None or resume is False:
        return None
    if resume is True:
        return True
    try:
        step = operator.index(resume)
    except TypeError:
        raise TypeError(
            f"resume must be True, a step or None, not {shown(resume)}"
        ) from None
    if not INT64_MIN <= step <= INT64_MAX:
        raise ValueError(
            f"resume must be a step of 64 bits, but {shown(step)} does not fit"
        )
    return step


class Resumed:
    """What the files of one writer do to go on with older ones, directory by directory.

    Args:
        resume: `True` or a step, as `check_resume` returns it.

    Attributes:
        step: The step that was given, or `None`.
    """

    def __init__(self, resume: bool | int) -> None:
        self.step: int | None = None if resume is True else int(resume)
        # Only the first file of a directory replaces older points: a later one would hide the points of the first.
        self._directories: dict[str, _core.Resume] = {}
        self._last_names: dict[str, str] = {}
        self._replaces = True

    def first_step(self) -> int | None:
        """Return the step from which on older points are replaced; `None` if it is not known, or once a file has begun."""
        begins = self._replaces and not self._directories
        return self.step if begins else None

    def of(self, directory: Any) -> _core.Resume:
        """Return what a new file in a directory has to do."""
        directory = str(directory).rstrip("/")
        found = self._directories.get(directory)
        if found is None:
            last = self._last_names.get(directory)
            if record_hooks.opener() is not None:
                # Its files are not made where they are listed.
                last = _last_name(directory)
            found = _core.Resume(self.step, last, self._replaces)
            self._directories[directory] = found
        return found

    def list_store(self, address: str, storage_options: Any, at_most: float) -> None:
        """Look which names there are in an object store, so that those of new files sort behind them.

        A store that cannot be asked is reported; names then follow the clock.

        Args:
            address: Of the log.
            storage_options: Of the writer.
            at_most: Seconds that it may take.
        """
        if not is_store(address):
            return
        log = store_log(address, storage_options)
        try:
            names = log.names(min(at_most, LONGEST_LISTING))
        except FileNotFoundError:
            names = []
        except OSError as error:
            report(
                f"tensorbolt: resume cannot list {without_login(address)} ({error}); new files are named by the clock of "
                "this machine. If it is behind the one of the earlier run, TensorBoard may not show them"
            )
            names = []
        for run, name in [*names, *_waiting(log.url)]:
            directory = address.rstrip("/") + ("" if run == "." else f"/{run}")
            last = self._last_names.get(directory, "")
            self._last_names[directory] = max(last, name.rpartition("/")[2])

    def __getstate__(self) -> dict[str, Any]:
        """Copies go on behind the older files as well, but replace nothing once the first writer has begun."""
        return {
            "step": self.step,
            "_last_names": self._last_names,
            "_replaces": self._replaces and not self._directories,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """See `__getstate__`."""
        self.__dict__.update(state)
        self._directories = {}


def resumed(
    resume: Any,
    log_dir: Any,
    *,
    purge_step: int | None,
    auto_step: bool,
    reduces: bool,
    options: dict[str, Any] | None,
) -> Resumed | None:
    """Return what the option `resume` of a writer asks for; `None` for a new run.

    Args:
        resume: The option.
        log_dir: Directory or address of the run.
        purge_step: Of the writer.
        auto_step: Of the writer.
        reduces: Whether the writer has `ranks="reduce"`.
        options: Of the writer, for a store; `None` if it writes nothing.

    Raises:
        TypeError: `resume` is neither `True` nor a step.
        ValueError: It does not go together with another option, or with the directory.
    """
    checked = check_resume(resume)
    if checked is None:
        return None
    if purge_step is not None:
        raise ValueError(
            f"purge_step {purge_step} and resume {shown(resume)} exclude each other; pass resume alone"
        )
    if checked is True and auto_step:
        raise ValueError(
            "resume=True takes the first step that is logged, but auto_step counts them from 0, and nothing says what the "
            "checkpoint counts as done; pass the step of the checkpoint as resume, from which auto_step then counts"
        )
    if checked is True and reduces:
        raise ValueError(
            'resume=True takes the first step that a writer logs, but with ranks="reduce" all ranks must begin at the same '
            "step, or a point could be made of values from before and after the restart; pass the step of the checkpoint "
            "as resume, the same on all ranks"
        )
    if own_factory_of(log_dir) is not None:
        raise ValueError(
            f"resume needs a directory or an object store that can be listed, but {shown(str(log_dir))} has a scheme that "
            "register_writer_factory added; pass purge_step instead"
        )
    found = Resumed(checked)
    if options is not None:
        found.list_store(
            str(log_dir), options["storage_options"], options["stall_timeout"]
        )
    return found


def _last_name(directory: str) -> str | None:
    try:
        names = [path.name for path in Path(directory).iterdir()]
    except OSError:
        return None
    return max((name for name in names if _MARK in name), default=None)


def _waiting(url: str) -> list[tuple[str, str]]:
    """Return run and name of files of a log that wait on this machine for their upload."""
    found = []
    for description in spool_root().glob("*/address.json"):
        try:
            its = json.loads(description.read_text(encoding="utf-8"))["url"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if its == url:
            log: Path = description.parent / "log"
            files = (path for path in log.rglob(f"*{_MARK}*") if path.is_file())
            found += [(str(path.parent.relative_to(log)), path.name) for path in files]
    return found
