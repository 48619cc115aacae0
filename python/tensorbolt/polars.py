"""Logs as lazy frames of Polars.

>>> import tensorbolt.polars
>>> frame = tensorbolt.polars.scan("runs")  # doctest: +SKIP
>>> frame.filter(tag="loss").group_by("run").last().collect()  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

__all__ = ["scan"]


def scan(source: Any, **options: Any) -> "polars.LazyFrame":
    """The scalars of a log as a lazy frame; the log is read when the frame is collected, once each time.

    Conditions on `run`, `tag` and `step` reach the reader: files of runs that are not wanted are not opened, and points
    of other tags and steps are not decoded. Columns that a query does not use are not made. Runs are read in parts of 64 MiB,
    and after `head` only as many as are needed.

    Args:
        source: As in `tensorbolt.read`.
        **options: Of `tensorbolt.read`.

    Returns:
        A frame with the columns `run`, `tag` (categorical), `step` (int64), `wall_time` (microseconds in UTC, or float64)
        and `value` (float64), in the order of runs, tags and steps.

    Raises:
        FileNotFoundError: There is nothing of this name; when the frame is collected, too.
        ImportError: Polars is not installed.
        TypeError: An argument is none of these.
        ValueError: An option is none of these.
    """
    from tensorbolt.reading.engines.plan import engine

    engine("polars", "polars>=1", "tensorbolt.polars.scan()")
    from tensorbolt.reading.engines.polars_source import scan as scan_plan

    return scan_plan(source, options)
