"""Logs, and how they are opened."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tensorbolt import _core
from tensorbolt._wording import counted
from tensorbolt.reading import position
from tensorbolt.reading.column import times
from tensorbolt.reading.filters import Choice, chooser, step_range
from tensorbolt.reading.following import Following
from tensorbolt.reading.index import counted_kinds, damage_table, tags_table
from tensorbolt.reading.inputs import File, finder
from tensorbolt.reading.kinds import LongKinds
from tensorbolt.reading.options import (
    Selection,
    check_choices,
    wanted_kinds,
    wanted_threads,
)
from tensorbolt.reading.rank_streams import RankStreams
from tensorbolt.reading.rows import Fault
from tensorbolt.reading.run import Run, moment
from tensorbolt.reading.scalars import Scalars, scalars
from tensorbolt.reading.stores import Stores
from tensorbolt.reading.streams import Streams
from tensorbolt.reading.table import Table

#: Seconds between two looks for Ctrl-C during a read.
LOOK_SECONDS = 0.1


def read(
    source: Any,
    *,
    runs: Choice = None,
    tags: Choice = None,
    kinds: Iterable[str] | str | None = None,
    steps: tuple[int | None, int | None] | None = None,
    duplicates: str = "last",
    restarts: str = "purge",
    wall_time: str = "timestamp",
    checksum: bool = True,
    on_damage: str = "skip",
    threads: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    since: str | None = None,
    ranks: str | None = None,
) -> "Log":
    """Read logs of any writer: all points, not a sample.

    Files are found at once; what is in them is read when it is first asked for. Each kind of data becomes a table. Long values are not kept in memory until they are wanted. The interpreter is free meanwhile.

    Args:
        source: A log directory with any runs below it; an event file; a pattern such as `"runs/lr=*"`; an address such as
            `"s3://bucket/runs"` of a store that `SummaryWriter` writes to, or of any other that fsspec knows; a file that is open for reading bytes; a list of these, whose runs are named
            relative to the directory that all have in common; or a dict from name to one of these, which begins the names of its runs.
        runs: Only these runs: a name, a name with `*` for anything, a compiled regular expression that is found somewhere in the
            name, a list of these, or a function that takes a name and says whether it is wanted.
        tags: Only these tags, likewise. Those of hyperparameters are always read; `tags` chooses among their metrics.
        kinds: Only these kinds of data, of `scalars`, `histograms`, `images`, `audio`, `text`, `tensors`, `pr_curves`, `meshes`,
            `graphs`, `hparams`, `layout`.
        steps: Only steps from the first to before the second; `None` for no bound. Hyperparameters have none.
        duplicates: Of several points of a tag at one step, `"last"` or `"first"` counts, or `"all"` do; with `"error"` there may be none.
        restarts: What a run had logged before it was resumed at an earlier step is left out with `"purge"`: a step that goes back ends
            what the tag has from there on, as TensorBoard shows it, and a `SESSION_LOG` of status `START` what all tags have. With
            `"keep"` it stays.
        wall_time: `"timestamp"` for timestamps in UTC with microseconds, `"float"` for seconds since the epoch as they were written.
        checksum: Whether all bytes are compared with their checksums. Without, images are not even read, and damage inside a record
            goes unseen.
        on_damage: What is damaged is left out with `"skip"`, with all that follows in its file with `"stop"`, and an error with
            `"raise"`. `Log.damage` lists it.
        threads: Threads that read; as many as there are cores, up to 16, if `None`.
        storage_options: Keys and values for the client of an object store, as `SummaryWriter` takes them; for other addresses,
            passed on to fsspec.
        since: A token, which `Log.position` was, also in another process. What had been read then is left out and not read. A file
            that was replaced since, or is shorter, is read from its start.
        ranks: Of jobs that logged with `SummaryWriter(ranks="reduce")`: `"reduce"` computes the curves from all values of all ranks,
            also from those that came too late for the event file, in float64; `"all"` makes each rank a run, such as `rank_00017`.
            `None` reads the curves as they are in the event files. Not together with `since`, nor for `follow`.

    Returns:
        The log.

    Raises:
        FileNotFoundError: There is nothing of this name.
        ImportError: An address needs fsspec, or one of its packages, which is not installed.
        OSError: A store cannot be asked, or refuses.
        TypeError: The source, `runs`, `tags` or `since` is none of the above.
        ValueError: Another argument is none of the above.
    """
    check_choices(
        duplicates=duplicates,
        restarts=restarts,
        on_damage=on_damage,
        wall_time=wall_time,
    )
    known = {} if since is None else position.marks(since)
    selection = Selection(
        wanted_kinds(kinds),
        step_range(steps),
        bool(checksum),
        on_damage,
        wanted_threads(threads),
        chooser(tags, "tags"),
    )
    stores, wants_run = Stores(storage_options), chooser(runs, "runs")
    find = finder(source, stores, selection.threads)
    core = selection.core(restarts, duplicates)
    log = Log(core, selection, find, wants_run, wall_time, known)
    if ranks is not None:
        log._ranks = RankStreams(source, ranks, stores, wants_run, on_damage, since)
    return log


def open_log(source: Any, **options: Any) -> "Log":
    """The same as `read`, for use in a `with` statement, which closes files that it opened.

    Raises:
        FileNotFoundError: There is nothing of this name.
        ImportError: As for `read`.
        TypeError: As for `read`.
        ValueError: As for `read`.
    """
    return read(source, **options)


class Log(Streams, LongKinds):
    """The runs of a log, and tables of what they logged. Made by `tensorbolt.read`.

    Tables are made when they are first asked for, and kept until `reload`.
    """

    def __init__(
        self,
        core: _core.Log,
        selection: Selection,
        find: Callable[[], list[File]],
        wants_run: Callable[[str], bool] | None,
        time_form: str,
        since: dict[str, tuple[Any, ...]],
    ) -> None:
        self._core = core
        self._selection = selection
        self._since = since
        self._following: Following | None = None
        self._ranks: RankStreams | None = None
        self._find = find
        self._wants_run = wants_run
        self._wants_tag = selection.wants_tag
        self._kinds = selection.kinds
        self._time_form = time_form
        self._raises = selection.on_damage == "raise"
        self._made: dict[str, Any] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._is_read = False
        # Whether the last look at the files found nothing new.
        self._is_unchanged = False
        self._files = self._wanted_files()

    def _wanted_files(self) -> list[File]:
        wants = self._wants_run
        wanted: list[File] = []
        others: list[File] = []
        for file in self._find():
            is_wanted = wants is None or wants(file.run)
            (wanted if is_wanted else others).append(file)
        self._others = others
        return wanted

    def _read(self, report: Callable[[int], object] | None = None) -> _core.Log:
        if not self._is_read:
            self._core.resume(position.resumed(self._files, self._since))
            self._core.set_files(position.named(self._files))
            self._core.read(report, LOOK_SECONDS)
            if self._ranks is not None:
                self._ranks.add_to(self._core)
            self._is_read = True
        return self._core

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def reload(self) -> bool:
        """Read what has been written since: new files, and what is new in those that have grown.

        A file that was replaced, or has become shorter, is read from its start; what was read of a file that is gone is
        forgotten. Tables that were taken before do not change.

        Returns:
            Whether anything changed.

        Raises:
            FileNotFoundError: The log itself is gone.
            ValueError: There is damage, and it is to be an error.
        """
        self._end_following()
        if not self._is_read:
            self._read()
            return bool(self._files)
        before, self._files = self._files, self._wanted_files()
        # A file that was found may have been gone when it was read, and the core has forgotten it.
        if not self._is_unchanged or before != self._files:
            self._core.set_files(position.named(self._files))
        # An interrupt may come when new points are there already.
        changed = True
        try:
            changed = self._core.read(None, LOOK_SECONDS)
            changed |= self._ranks is not None and self._ranks.add_to(self._core)
            changed |= position.names(before) != position.names(self._files)
        finally:
            self._is_unchanged = not changed
            if changed:
                self._made.clear()
                self._faults.clear()
        return changed

    @property
    def position(self) -> str:
        """How far the log was read, as a token for `read(..., since=token)`, in this process or a later one.

        All tags, kinds and steps of a run count once it was read, also those that `tags`, `kinds` and `steps` left out, and what a
        later read with the token chooses may differ. A run that `runs` left out counts as far as `since` counted it. While the log
        is followed, what `follow` has given out counts. Nothing is read for it. A token names the files by their absolute paths
        or addresses, and how far each was read; its form may change.
        """
        files = self._files
        if self._following is not None:
            marks, files = self._following.marks, self._following.files
        elif self._is_read:
            marks = self._core.positions()
        else:
            marks = position.resumed(files, self._since)
        marks = marks + position.resumed(self._others, self._since)
        return position.token(marks, [*files, *self._others])

    def _end_following(self) -> None:
        if self._following is not None:
            self._following.end()
        self._following = None

    def follow(self, interval: float = 1.0) -> Iterator[Scalars]:
        """Wait for new points, and give them out as they come, until the caller breaks off.

        It goes on from `position`: what a log that was not read yet has comes first. All points are given out, each once, in the
        order of their file: restarts and repeated steps are the caller's, for a point may replace one of an earlier table. A file that
        was replaced, or has become shorter, is given out from its start; one that is gone is forgotten. A look at a log without
        anything new asks for the size of each file and reads none. `reload`, `close` and another call of `follow` end the iterator.

        Args:
            interval: Seconds between two looks at the files, more than 0.

        Returns:
            An iterator of tables like `scalars`, none of them empty.

        Raises:
            ValueError: `interval` is not more than 0, the log was read without scalars or with `ranks`, or there is damage and it is to be an error.
        """
        self._wanted("scalars")
        if self._ranks is not None:
            raise ValueError("a log that was read with ranks cannot be followed")
        if not 0 < interval < float("inf"):
            raise ValueError(f"interval must be above 0 seconds, not {interval!r}")
        known = position.marks(self.position)
        self._end_following()
        core = self._selection.core("keep", "all")
        self._following = Following(
            core, self._wanted_files, self._files, known, self._time_form
        )
        return self._following.tables(float(interval))

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order of their names."""
        runs: list[Run] = self._once("runs", self._make_runs)
        return list(runs)

    def _make_runs(self) -> list[Run]:
        directories = {
            file.run: Path(os.path.dirname(file.place))  # noqa: PTH120 - a third of the time of `.parent`
            for file in self._files
            if isinstance(file.place, (str, os.PathLike))
        }
        return [
            Run(
                name,
                directories.get(name),
                tuple(files),
                moment(first),
                moment(last),
                events,
                nbytes,
                tuple(versions),
            )
            for name, files, first, last, events, nbytes, versions in self._read().runs()
        ]

    @property
    def tags(self) -> Table:
        """What there is of each tag, in the order of runs and tags.

        Columns: `run`, `tag`, `kind`, `plugin` (text), `count`, `first_step`, `last_step` (int64), `first_time`, `last_time` (as
        `wall_time`), `nbytes` (int64, of all values in the files), `display_name`, `description` (text).
        """
        table: Table = self._once("tags", self._make_tags)
        return table

    def _make_tags(self) -> Table:
        wants = self._wants_tag
        rows = self._read().tags()
        return tags_table(
            [row for row in rows if wants is None or wants(row[1])], self._times
        )

    @property
    def damage(self) -> Table:
        """The places of files that could not be read; no rows when all is well.

        Columns: `run`, `file`, `reason` (text), `offset`, `length` (int64, bytes). A file that ends inside a record is listed too: its
        run is still being written, or was killed. Values that are no message of their kind are listed once their table was made.
        """
        table: Table = self._once("damage", self._make_damage)
        return table

    def _make_damage(self) -> Table:
        rows = self._read().damage()
        rows += [fault for faults in self._faults.values() for fault in faults]
        return damage_table(rows)

    @property
    def scalars(self) -> Scalars:
        """All scalars, whatever their form and type, one row a point.

        Columns: `run`, `tag` (text, categorical), `step` (int64), `wall_time`, `value` (float64; exact, unless it was an integer beyond
        2**53).

        Raises:
            ValueError: The log was read without scalars, or with `duplicates="error"` and there are some.
        """
        self._wanted("scalars")
        return self._all_scalars()

    def _all_scalars(self) -> Scalars:
        table: Scalars = self._once("scalars", self._make_scalars)
        return table

    def _make_scalars(self) -> Scalars:
        parts = self._read().scalars()
        return scalars(parts, times(parts[6], self._time_form))

    def _times(self, seconds: Any) -> Any:
        return times(np.asarray(seconds, np.float64), self._time_form)

    def offsets(self) -> dict[str, int]:
        """The offset in each file after its last whole record, by the file's name."""
        read = {mark[1]: mark[3] for mark in self._read().positions()}
        return {file.name: read.get(file.name, file.start) for file in self._files}

    def close(self) -> None:
        """Forget what was read. Files are not open between two reads."""
        self._end_following()
        self._core.set_files([])
        self._files, self._others = [], []
        self._made.clear()

    def __enter__(self) -> "Log":
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Runs."""
        return len({file.run for file in self._files})

    def __repr__(self) -> str:
        runs, files = len(self), len(self._files)
        what = f"<Log: {counted(runs, 'run')}, {counted(files, 'file')}"
        if not self._is_read:
            return what + "; not read yet>"
        core = self._core.runs()
        events = sum(run[4] for run in core)
        nbytes = sum(run[5] for run in core)
        return (
            f"{what}, {events:,} events, {nbytes:,} bytes\n"
            f" tags: {counted_kinds(self.tags)}\n"
            f" damage: {len(self.damage) or 'none'}>"
        )
