"""`add_scalars`, whose numbers share one chart."""

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from tensorbolt import _core
from tensorbolt._arguments import check_tag, mapping_of, shown
from tensorbolt._core import DONE
from tensorbolt.interception.event_hooks import events_of
from tensorbolt.writer._base import MAX_KEPT, WriterBase

if TYPE_CHECKING:
    from pathlib import Path

Points: TypeAlias = dict[str, list[list[Any]]]
"""From directory to `[walltime, step, value]` of each point."""


class ScalarGroupMethods(WriterBase):
    """The methods that log scalars as runs of their own, and export them."""

    @property
    def scalar_dict(self) -> Any:
        """Points that `add_scalars` has logged since the last export: from directory to `[walltime, step, value]`."""
        self._finish_deferred()
        self._collect_points()
        return self._history

    @scalar_dict.setter
    def scalar_dict(self, history: Points) -> None:
        if "_groups" in self.__dict__:
            self._groups.take_points()
        self._history = history

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log numbers that share one chart: each key is a run of its own, all under the tag `main_tag`.

        Each key has a directory `<log_dir>/<main_tag>_<key>` with an event file. `log()` keeps everything in one run
        and costs less. With `ranks="reduce"`, each key is a tag `<main_tag>/<key>` instead, for the reduced curves are one
        run.

        Args:
            main_tag: Name of the chart.
            tag_scalar_dict: From key to number, as for `add_scalar`.
            global_step: Step on the horizontal axis.
            walltime: Seconds since the epoch; `None` is now, the same for all keys.

        Raises:
            TypeError: A key is not a `str`, or a value is not a number. Nothing is written then.
            ValueError: A key names a directory outside the log directory. Nothing is written then.
        """
        outcome = self._fast_groups.try_scalars(
            main_tag, tag_scalar_dict, global_step, walltime, self.all_writers
        )
        if outcome is DONE or self._written(outcome):
            return
        main_tag = check_tag(main_tag, "main_tag")
        given = mapping_of(tag_scalar_dict, "tag_scalar_dict")
        if given is None:
            raise TypeError(
                f"tag_scalar_dict must be a mapping of key to number, not {type(tag_scalar_dict).__name__}; "
                "for a single number call add_scalar"
            )
        seconds = self._wall_time(walltime)
        seconds = time.time() if seconds is None else seconds
        keys = list(given)
        numbers = self._numbers(
            list(given.values()),
            lambda place: f"tag_scalar_dict[{shown(keys[place])}]",
        )
        with self._numbered(global_step, main_tag) as step:
            # Raises for a directory that cannot be made before anything is written.
            directories = self._sub_runs(main_tag, keys)
        counted = self.auto_step or self._options.step_context.step() is not None
        recorded = step if counted or global_step is not None else None
        tag = self._naming.curve_tag(main_tag)

        def write(known: list[float]) -> bool:
            alert = False
            if self._rank is not None:
                values = dict(zip(keys, known, strict=True))
                alert = self._write_tags(tag, values, step, seconds).alert
            for directory, value in zip(directories, known, strict=True):
                if self._rank is None:
                    alert |= self._write_point(
                        directory, tag, value, step, seconds
                    ).alert
                points = self._history.setdefault(directory, [])
                self._keep(points, [seconds, recorded, value])
            return alert

        self._collect_points()
        group = "add_scalars", main_tag
        alert = self._emit_numbers((group,), numbers, write, len(keys))
        if self._rank is None:
            self._remember(main_tag, tag, keys, directories)
        if alert:
            self._report_problems()

    def export_scalars_to_json(self, path: "str | Path") -> None:
        """Write the points that `add_scalars` has logged since the last export to a JSON file, and forget them.

        Of a curve of more than 100,000 points, every second one is left out, again and again as it grows.

        Args:
            path: The file; replaced if it exists. It maps directories to lists of `[walltime, step, value]`.

        Raises:
            OSError: The file cannot be written; nothing is forgotten then.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"path must be a str or a Path, not {type(path).__name__}")
        # Imported here, so that `import tensorbolt` is quick.
        import json
        from pathlib import Path

        text = json.dumps(self.scalar_dict)
        Path(path).write_text(text, encoding="utf-8")
        self.scalar_dict = {}

    def _sub_runs(self, main_tag: str, keys: list[str]) -> list[str]:
        """Return the directory of each key, all keys checked before any file is opened."""
        main = self._get_file_writer()
        directories = self._directories.setdefault(main_tag, {})
        for key in keys:
            if key not in directories:
                directories[key] = self._naming.sub_run(
                    main.get_logdir(), main_tag, key
                )
        found = [directories[key] for key in keys]
        if self._rank is None:
            self._open_sub_runs(found)
        return found

    def _write_tags(
        self, tag: str, values: dict[str, float], step: int, seconds: float
    ) -> _core.Outcome:
        """Write a tag for each key: what is reduced over ranks is one run."""
        return self._write(
            lambda events: events.add_scalar_mapping(
                values, tag, step, seconds, lambda value, _: value
            ),
            scalars=True,
        )

    def _write_point(
        self, directory: str, tag: str, value: float, step: int, seconds: float
    ) -> _core.Outcome:
        return self._write(
            lambda events: events.add_scalar(tag, value, step, seconds), directory
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of the base class, with the points of fast calls."""
        self._finish_deferred()
        self._collect_points()
        return super().__getstate__()

    def _collect_points(self) -> None:
        """Add the points that fast calls have logged."""
        for directory, points in self._groups.take_points():
            kept = self._history.setdefault(directory, [])
            for point in points:
                self._keep(kept, point)

    def _keep(self, points: list[Any], point: Any) -> None:
        points.append(point)
        if len(points) >= MAX_KEPT:
            # Thins the whole curve and keeps both ends, because the JSON is drawn as a curve.
            del points[1::2]
            self._notices.once("scalar_dict", _THINNED)

    def _remember(
        self, main_tag: str, tag: str, keys: list[Any], directories: list[str]
    ) -> None:
        """Let the next call with these keys be fast, if their files are written by the extension alone."""
        files = self.all_writers
        if type(files) is not dict or self._fast_groups is not self._groups:
            return
        self._groups.remember(
            main_tag,
            tag,
            [
                (key, directory, file, events)
                for key, directory in zip(keys, directories, strict=True)
                if type(key) is str
                and (file := files.get(directory)) is not None
                and type(events := events_of(file)) is _core.Writer
            ],
        )


_THINNED = (
    f"scalar_dict keeps at most {MAX_KEPT:,} points of a curve for export_scalars_to_json, so it has dropped every second "
    "one so far; the event files have all points. Call export_scalars_to_json now and then to keep them"
)
