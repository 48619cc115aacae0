"""Scalars: single numbers, mappings of numbers, and series."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from tensorbolt import _arrays, _core
from tensorbolt._arguments import (
    INT64_MAX,
    INT64_MIN,
    check_tag,
    is_text,
    mapping_of,
    shown,
)
from tensorbolt._core import DONE
from tensorbolt._errors import ShapeError
from tensorbolt.writer._base import WriterBase
from tensorbolt.writer._deferring import Numbers


class ScalarMethods(WriterBase):
    """The methods that log scalars."""

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
            outcome = self._fast.try_scalar(tag, scalar_value, global_step, walltime)
            if outcome is DONE or self._written(outcome):
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
            self._numbers((scalar_value,), lambda _: "scalar_value"),
            global_step,
            self._wall_time(walltime),
            (new_style, double_precision),
            (display_name, summary_description),
        )

    # The method as defined here, to detect a replacement.
    _original_add_scalar = add_scalar

    def _add_any_scalar(
        self,
        tag: str,
        numbers: Numbers,
        global_step: Any,
        seconds: float | None,
        style: tuple[bool, bool],
        texts: tuple[str, str],
    ) -> None:
        new_style, double_precision = style
        if double_precision and self._rank is None:
            self._notices.once("double", _DOUBLE if new_style else _DOUBLE_ALONE)
        title, description = (
            check_tag(text or "", "display_name or summary_description")
            for text in texts
        )
        step = self._step_of(global_step, tag)
        if seconds is None:
            seconds = _core.now()

        def call(events: _core.Writer, value: float) -> _core.Outcome:
            if new_style:
                return events.add_tensor_scalar(
                    tag, value, step, seconds, bool(double_precision)
                )
            if title or description:
                return events.add_described_scalar(
                    tag, value, step, seconds, title, description
                )
            return events.add_scalar(tag, value, step, seconds)

        if self._emit_numbers(
            (tag,),
            numbers,
            lambda known: (
                self._write(lambda events: call(events, *known), scalars=True).alert
            ),
        ):
            self._report_problems()

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
        outcome = self._fast.try_scalar_mapping(values, prefix, step, walltime)
        if outcome is DONE or self._written(outcome):
            return
        self._log_any(values, step, walltime, prefix)

    def _log_any(self, values: Any, step: Any, walltime: Any, prefix: Any) -> None:
        plain = values if type(values) is dict else _as_dict(values)
        head, seconds = check_tag(prefix, "prefix"), self._wall_time(walltime)
        rows = self._rows(plain, head)
        if rows is not None:
            self._log_rows(rows, step, head, seconds)
            return
        # One step for the whole mapping: its tags are logged together.
        self._emit_numbered(
            step,
            head,
            lambda events, number: events.add_scalar_mapping(
                plain, head, number, seconds, _leaf
            ),
            scalars=True,
        )

    def _rows(
        self, values: dict[Any, Any], head: str
    ) -> "list[tuple[str, Any]] | None":
        """Return tags and values, if some are on devices that no call waits for, or come behind others that wait.

        `None` also for what is to be refused.
        """
        if not (self._deferred or self._may_have_device_values()):
            return None
        rows: list[tuple[str, Any]] = []
        if not _flatten(values, head, rows, _core.MAX_NESTING):
            return None
        if self._is_deferred(tag for tag, _ in rows):
            return rows
        return rows if any(self._framework(value) for _, value in rows) else None

    def _log_rows(
        self,
        rows: "list[tuple[str, Any]]",
        step: Any,
        head: str,
        seconds: float | None,
    ) -> None:
        tags = [tag for tag, _ in rows]
        numbers = self._numbers(
            [value for _, value in rows], lambda place: f"values[{shown(tags[place])}]"
        )
        if seconds is None:
            seconds = _core.now()
        with self._numbered(step, head) as number:

            def write(known: list[float]) -> bool:
                outcomes = [
                    self._write(
                        partial(_add_mapping, part, number, seconds), scalars=True
                    )
                    for part in _parts(tags, known)
                ]
                return any(outcome.alert for outcome in outcomes)

            alert = self._emit_numbers(tags, numbers, write)
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
        if self._emit_numbers(
            (tag,),
            [],
            lambda _: (
                self._write(
                    lambda events: events.add_scalar_series(
                        tag, points, numbers, times
                    ),
                    scalars=True,
                ).alert
            ),
            len(points),
        ):
            self._report_problems()


_DOUBLE = (
    "double_precision: scalars are stored as float64, which TensorBoard's default loader does not show; "
    "start it with --load_fast=false"
)
_DOUBLE_ALONE = "double_precision has an effect only together with new_style=True; the scalar is stored as float32"


def _as_dict(values: Any) -> dict[Any, Any]:
    mapping = mapping_of(values, "values")
    if mapping is None:
        raise TypeError(
            f"values must be a mapping of tag to number, not {type(values).__name__}"
        )
    return dict(mapping)


def _leaf(value: Any, tag: str) -> Any:
    """Return a value that the extension cannot read as a float, or a mapping as a `dict`."""
    name = f"values[{shown(tag)}]"
    nested = mapping_of(value, name)
    return _arrays.number(value, name) if nested is None else dict(nested)


def _flatten(
    values: dict[Any, Any], head: str, rows: "list[tuple[str, Any]]", depth: int
) -> bool:
    """Add the tags and values of a nested mapping to rows; false if a key is no tag, or the nesting too deep."""
    start = f"{head}/" if head and not head.endswith("/") else head
    for key, value in values.items():
        if type(key) is not str or not is_text(key):
            return False
        tag = start + key
        nested = (
            None if type(value) is float else mapping_of(value, f"values[{shown(tag)}]")
        )
        if nested is None:
            rows.append((tag, value))
        elif depth == 0 or not _flatten(dict(nested), tag, rows, depth - 1):
            return False
    return True


def _add_mapping(
    values: dict[str, float], step: int, seconds: float, events: _core.Writer
) -> _core.Outcome:
    return events.add_scalar_mapping(values, "", step, seconds, _leaf)


def _parts(tags: list[str], numbers: list[float]) -> list[dict[str, float]]:
    """Return the numbers of tags as one mapping, or several if a tag has several numbers."""
    parts: list[dict[str, float]] = [{}]
    for tag, number in zip(tags, numbers, strict=True):
        if tag in parts[-1]:
            parts.append({})
        parts[-1][tag] = number
    return parts


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
