"""Scalars: one, a group, a whole mapping, a series."""

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorbolt import _arrays, _core, _paths
from tensorbolt._arguments import (
    INT64_MAX,
    INT64_MIN,
    check_step,
    check_tag,
    check_wall_time,
    mapping_of,
    shown,
)
from tensorbolt._errors import ShapeError
from tensorbolt.interception.event_hooks import events_of
from tensorbolt.writer._base import WriterBase

if TYPE_CHECKING:
    from pathlib import Path

MAX_KEPT = 100_000
"""Points of one curve that `scalar_dict` keeps for `export_scalars_to_json`."""

DONE, ALERT, ADAPT = 0, 1, 2
"""What the extension answers for a scalar: written, written but there are problems to tell, an argument is not plain."""


class ScalarMethods(WriterBase):
    """The methods that log scalars."""

    # How add_scalars names things; tensorboardX does so otherwise.
    _curve_tag: Callable[[str], str] = staticmethod(str)
    _sub_run: Callable[[str, str, Any], str] = staticmethod(_paths.sub_run)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool | str = False,
        double_precision: bool | str = False,
        display_name: str = "",
        summary_description: str = "",
    ) -> None:
        """Log one number.

        It is stored as float32, as TensorBoard shows it; beyond that range it becomes infinite.

        Args:
            tag: Name of the curve; a slash makes a group.
            scalar_value: A number, or an array, tensor or list with exactly one element.
            global_step: Step on the horizontal axis.
            walltime: Seconds since the epoch; `None` is now.
            new_style: Store a tensor with plugin data, which loads a little faster. `EventAccumulator.Scalars` does
                not see such scalars.
            double_precision: With `new_style`, store float64. TensorBoard's default loader shows no such scalar.
            display_name: Title instead of the tag. tensorboardX's position for it, the fifth, works too.
            summary_description: Markdown text for the curve. tensorboardX's position, the sixth, works too.

        Raises:
            TypeError: `scalar_value` or another argument is of the wrong type.
            ValueError: An argument is not finite where it must be, or out of range.
            ShapeError: `scalar_value` has none or several elements; a `ValueError` and an `AssertionError`.
        """
        if not (new_style or double_precision or display_name or summary_description):
            events = self._events
            if events is not None:
                try:
                    outcome = events.add_scalar(
                        tag, scalar_value, global_step, walltime
                    )
                    if outcome == ADAPT:
                        # A tensor, an array, a step of another type.
                        outcome = events.add_scalar(
                            check_tag(tag),
                            _arrays.number(scalar_value),
                            check_step(global_step),
                            check_wall_time(walltime),
                        )
                except OSError:
                    # Closed by another thread a moment ago; below is the next file.
                    outcome = ADAPT
                if outcome == DONE:
                    return
                if outcome == ALERT:
                    self._report_problems()
                    return
        if isinstance(new_style, str):
            display_name, new_style = new_style or display_name, False
        if isinstance(double_precision, str):
            summary_description, double_precision = (
                double_precision or summary_description,
                False,
            )
        self._add_any_scalar(
            check_tag(tag),
            _arrays.number(scalar_value),
            global_step,
            self._wall_time(walltime),
            (new_style, double_precision),
            (display_name, summary_description),
        )

    # What it is while nobody has replaced it.
    _original_add_scalar = add_scalar

    def _add_any_scalar(
        self,
        tag: str,
        value: float,
        global_step: Any,
        seconds: float | None,
        style: tuple[bool, bool],
        texts: tuple[str, str],
    ) -> None:
        new_style, double_precision = style
        if double_precision:
            self._notices.once("double", _DOUBLE if new_style else _DOUBLE_ALONE)
        title, description = (
            check_tag(text or "", "display_name or summary_description")
            for text in texts
        )
        step = self._step_of(global_step, tag)
        if new_style:
            alert = self._write(
                "add_tensor_scalar", tag, value, step, seconds, bool(double_precision)
            )
        elif title or description:
            alert = self._write(
                "add_described_scalar", tag, value, step, seconds, title, description
            )
        else:
            alert = self._write("add_scalar", tag, value, step, seconds) == ALERT
        if alert:
            self._report_problems()

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log numbers that share one chart: each key is a run of its own, all under the tag `main_tag`.

        Each key has a directory `<log_dir>/<main_tag>_<key>` with an event file. `log()` keeps everything in one run
        and costs less.

        Args:
            main_tag: Name of the chart.
            tag_scalar_dict: From key to number, as for `add_scalar`.
            global_step: Step on the horizontal axis.
            walltime: Seconds since the epoch; `None` is now, the same for all keys.

        Raises:
            TypeError: A key is not a `str`, or a value is not a number. Nothing is written then.
            ValueError: A key names a directory outside the log directory. Nothing is written then.
        """
        written = self._add_plain_curves(
            main_tag, tag_scalar_dict, global_step, walltime
        )
        if written:
            if written == len(tag_scalar_dict):
                return
            tag_scalar_dict = dict(list(tag_scalar_dict.items())[written:])
        main_tag = check_tag(main_tag, "main_tag")
        given = mapping_of(tag_scalar_dict, "tag_scalar_dict")
        if given is None:
            raise TypeError(
                f"tag_scalar_dict must be a mapping of key to number, not {type(tag_scalar_dict).__name__}; "
                "for a single number call add_scalar"
            )
        seconds = self._wall_time(walltime)
        seconds = time.time() if seconds is None else seconds
        numbers = {
            key: value
            if type(value) is float
            else _arrays.number(value, f"tag_scalar_dict[{shown(key)}]")
            for key, value in given.items()
        }
        tag = self._curve_tag(main_tag)
        with self._numbered(global_step, main_tag) as step:
            # A directory that cannot be made must be found before anything is written.
            curves = self._sub_runs(main_tag, numbers)
        counted = self.auto_step or self._options.step_context.step() is not None
        recorded = step if counted or global_step is not None else None
        history = self.scalar_dict
        alert = False
        for directory, writer, value in curves:
            try:
                outcome = events_of(writer).add_scalar(tag, value, step, seconds)
            except OSError:
                outcome = self._write_to(
                    directory, "add_scalar", tag, value, step, seconds
                )
            alert = alert or outcome != DONE
            points = history.setdefault(directory, [])
            points.append([seconds, recorded, value])
            if len(points) >= MAX_KEPT:
                # Here rather than by forgetting either end: the JSON is drawn as a curve.
                del points[1::2]
                self._notices.once("scalar_dict", _THINNED)
        if alert:
            self._report_problems()

    def _add_plain_curves(
        self, main_tag: Any, values: Any, global_step: Any, walltime: Any
    ) -> int:
        """Write the first values, mostly all, if all files are open and no argument needs adapting; return how many."""
        writers = self.all_writers
        if (
            self._events is None
            or type(values) is not dict
            or type(main_tag) is not str
            or type(writers) is not dict
        ):
            return 0
        folders = self._folders.get(main_tag)
        if folders is None:
            return 0
        written, alert = _core.add_curves(
            self._curve_tag(main_tag),
            values,
            global_step,
            walltime,
            folders,
            writers,
            self.scalar_dict,
            MAX_KEPT,
        )
        if alert:
            self._report_problems()
        return written

    def export_scalars_to_json(self, path: "str | Path") -> None:
        """Write what `add_scalars` has logged since the last export to a JSON file, and forget it.

        Of a curve of more than 100,000 points, every second one is left out, again and again as it grows.

        Args:
            path: The file; replaced if it is there. It maps directories to lists of `[walltime, step, value]`.

        Raises:
            OSError: The file cannot be written; nothing is forgotten then.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"path must be a str or a Path, not {type(path).__name__}")
        # Not above: `import tensorbolt` is to be quick.
        import json
        from pathlib import Path

        text = json.dumps(self.scalar_dict)
        Path(path).write_text(text, encoding="utf-8")
        self.scalar_dict = {}

    def log(
        self,
        values: Mapping[str, Any],
        step: Any = None,
        walltime: float | None = None,
        prefix: str = "",
    ) -> None:
        """Log a whole mapping of numbers in one native call.

        Args:
            values: From tag to number; mappings within mappings join their keys with `/`.
            step: Step on the horizontal axis.
            walltime: Seconds since the epoch; `None` is now.
            prefix: Put before every tag, joined with `/`.

        Raises:
            TypeError: A key is not a `str`, or a value neither a number nor a mapping. Nothing is written then.
            ValueError: A value is out of range, or the mapping contains itself. Nothing is written then.
            ShapeError: A value has none or several elements. Nothing is written then.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
            ...     writer.log({"loss": 0.5, "accuracy": {"top1": 0.7, "top5": 0.9}}, step=1, prefix="train")
        """
        plain = values if type(values) is dict else mapping_of(values, "values")
        if plain is None:
            raise TypeError(
                f"values must be a mapping of tag to number, not {type(values).__name__}"
            )
        if type(plain) is not dict:
            plain = dict(plain)
        prefix = check_tag(prefix, "prefix")
        # One step for the whole mapping: its tags are logged together.
        with self._numbered(step, prefix) as number:
            alert = self._write(
                "add_scalars", plain, prefix, number, self._wall_time(walltime), _leaf
            )
        if alert:
            self._report_problems()

    def add_scalar_series(
        self, tag: str, values: Any, steps: Any, walltimes: Any = None
    ) -> None:
        """Log many points of one curve in one native call.

        Args:
            tag: Name of the curve.
            values: N numbers, of any dtype.
            steps: N integers, strictly increasing for TensorBoard to show them all.
            walltimes: N times in seconds since the epoch; `None` is now for all.

        Raises:
            TypeError: An argument is not an array of numbers, or `steps` are not integers.
            ValueError: A time is not finite, or a step does not fit 64 bits. Nothing is written then.
            ShapeError: The lengths differ, or an array is not one-dimensional. Nothing is written then.
        """
        tag = check_tag(tag)
        points = _column(values, "values").astype(np.float64)
        numbers = _integers(_column(steps, "steps"))
        if walltimes is None:
            seconds = self._wall_time(None)
            times = np.full(points.shape, time.time() if seconds is None else seconds)
        else:
            times = _column(walltimes, "walltimes").astype(np.float64)
        if not points.shape == numbers.shape == times.shape:
            raise ShapeError(
                f"values, steps and walltimes must be equally long, not {points.size}, {numbers.size} and {times.size}"
            )
        if not np.isfinite(times).all():
            raise ValueError(
                "walltimes must be finite; leave out points without a time"
            )
        if self._write("add_scalar_series", tag, points, numbers, times):
            self._report_problems()

    def _sub_runs(
        self, main_tag: str, values: dict[str, float]
    ) -> list[tuple[str, Any, float]]:
        """Return directory, writer and value of each key, all keys checked before any file is opened."""
        writers = self.all_writers
        if writers is None or self._file_writer is None:
            self._get_file_writer()
            writers = self.all_writers or {}
        folders = self._folders.get(main_tag)
        if folders is None:
            folders = self._folders.setdefault(main_tag, {})
        for key in values:
            if key not in folders:
                folders[key] = self._sub_run(
                    self._get_file_writer().get_logdir(), main_tag, key
                )
        curves = []
        for key, value in values.items():
            folder = folders[key]
            curves.append(
                (folder, writers.get(folder) or self._writer_of(folder), value)
            )
        return curves


_THINNED = (
    f"scalar_dict keeps at most {MAX_KEPT:,} points of a curve for export_scalars_to_json, so every second one of those "
    "so far was left out of it; the event files have them all. Export now and then to keep them"
)
_DOUBLE = (
    "double_precision: scalars are stored as float64, which TensorBoard's default loader does not show; "
    "start it with --load_fast=false"
)
_DOUBLE_ALONE = "double_precision has an effect only together with new_style=True; the scalar is stored as float32"


def _leaf(value: Any, tag: str) -> Any:
    """Return what the extension cannot read by itself as a float, or a mapping as a `dict`."""
    name = f"values[{shown(tag)}]"
    nested = mapping_of(value, name)
    return _arrays.number(value, name) if nested is None else dict(nested)


def _column(value: Any, name: str) -> "np.ndarray[Any, Any]":
    data = _arrays.plain(value, name)
    if data.ndim != 1:
        raise ShapeError(
            f"{name} must be one-dimensional, but its shape is {data.shape}; pass .ravel()"
        )
    return data


def _integers(steps: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    if steps.dtype.kind not in "iu":
        if steps.size and not (
            np.isfinite(steps).all() and (steps == np.trunc(steps)).all()
        ):
            raise TypeError(
                f"steps must be integers, not {steps.dtype} with fractions; round them first"
            )
        if steps.size and (np.abs(steps.astype(np.float64)) >= 2.0**63).any():
            raise ValueError("steps must fit 64 bits")
    elif steps.size and not (
        int(steps.min()) >= INT64_MIN and int(steps.max()) <= INT64_MAX
    ):
        raise ValueError("steps must fit 64 bits")
    return steps.astype(np.int64)
