"""Histograms of arrays and tensors."""

import operator
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from tensorbolt import _arrays, _core
from tensorbolt._arguments import INT64_MAX, check_tag, mapping_of, opened, shown
from tensorbolt._core import DONE, Outcome, Writer
from tensorbolt._errors import ShapeError
from tensorbolt.writer._histogram_arrays import ArrayMethods, Job, check_not_empty


class HistogramMethods(ArrayMethods):
    """The methods that log histograms."""

    _default_bins: Any = None

    @property
    def default_bins(self) -> Any:
        """The buckets of `bins="tensorflow"`: 1549 edges that grow by a tenth from 1e-12 to 1e20, mirrored.

        Assign a number of equal buckets or a list of edges to change them for this writer.
        """
        if self._default_bins is None:
            self._default_bins = list(_default_edges())
        return self._default_bins

    @default_bins.setter
    def default_bins(self, bins: Any) -> None:
        self._default_bins = bins

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: str | int | Sequence[float] | Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log the distribution of an array's elements.

        The call bins the elements exactly as `numpy.histogram` does on float64 values, without such a copy; the array may
        change afterwards. NaN and infinite elements are left out of counts and statistics, with one warning per tag;
        nothing is raised for them.

        Args:
            tag: Name of the series; a slash makes a group.
            values: At least one number: an array or tensor of any shape and dtype, or a list.
            global_step: Step of this histogram.
            bins: `"tensorflow"` for `default_bins`; a number of equal buckets; one of numpy's rules (`"auto"`, `"fd"`,
                `"doane"`, `"scott"`, `"stone"`, `"rice"`, `"sturges"`, `"sqrt"`); or a list of edges that never fall.
            walltime: Seconds since the epoch; `None` is now.
            max_bins: If there are more buckets, every `n_buckets // max_bins` neighbours are joined.

        Raises:
            TypeError: `values` are no numbers, or `bins` is none of the above.
            ValueError: `values` is empty, or `bins` or `max_bins` has no such value.
        """
        # A `bins` of another type may have a comparison of its own.
        if (
            type(bins) is str
            and bins == "tensorflow"
            and self._default_bins is None
            and max_bins is None
        ):
            outcome = self._fast.try_histogram(tag, values, global_step, walltime)
            if outcome is DONE:
                return
            if self._written(outcome):
                self._warn_of_skipped([tag], outcome)
                return
        self._add_any_histogram(tag, values, global_step, bins, walltime, max_bins)

    def _add_any_histogram(
        self,
        tag: Any,
        values: Any,
        global_step: Any,
        bins: Any,
        walltime: Any,
        max_bins: Any,
    ) -> None:
        tag = check_tag(tag)
        if max_bins is None and isinstance(bins, str) and bins == "tensorflow":
            seconds = self._wall_time(walltime)
            given = [(tag, values, "values")]
            if self._defer_histograms(given, global_step, seconds, tag):
                return
        self._wait_for([tag])
        data, bfloat16 = _arrays.array(values, "values")
        edges = self._edges(bins, data, bfloat16)
        if max_bins is not None:
            try:
                max_bins = operator.index(opened(max_bins, "max_bins"))
            except TypeError:
                raise TypeError(
                    f"max_bins must be an integer or None, not {shown(max_bins)}"
                ) from None
            if not 1 <= max_bins <= INT64_MAX:
                raise ValueError(
                    f"max_bins must be from 1 to 2**63 - 1, or None, not {shown(max_bins)}"
                )
        seconds = self._wall_time(walltime)
        check_not_empty(data, "values")
        outcome = self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_histogram(
                tag, data, bfloat16, edges, max_bins, step, seconds
            ),
        )
        self._warn_of_skipped([tag], outcome)

    def add_histograms(
        self,
        arrays: Mapping[str, Any],
        step: Any = None,
        walltime: float | None = None,
        prefix: str = "",
    ) -> None:
        """Log the histograms of a whole mapping of arrays in one native call, on several cores.

        Args:
            arrays: From tag to array, as for `add_histogram`; binned over `default_bins`.
            step: Step of these histograms.
            walltime: Seconds since the epoch; `None` is now.
            prefix: Put before every tag, joined with `/`.

        Raises:
            TypeError: `arrays` is not a mapping of `str` to numbers. Nothing is written then.
            ValueError: An array is empty. Nothing is written then.
        """
        given = mapping_of(arrays, "arrays")
        if given is None:
            raise TypeError(
                f"arrays must be a mapping of tag to array, not {type(arrays).__name__}"
            )
        head = check_tag(prefix, "prefix")
        head = f"{head}/" if head and not head.endswith("/") else head
        named = [
            (
                head + check_tag(name, "a key of arrays"),
                values,
                f"arrays[{shown(name)}]",
            )
            for name, values in given.items()
        ]
        self._log_arrays(named, step, self._wall_time(walltime), head)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,  # noqa: A002 - the reference writers' names, which callers pass by keyword
        max: float,  # noqa: A002
        num: float,
        sum: float,  # noqa: A002
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that was counted elsewhere.

        Args:
            tag: Name of the series.
            min: Smallest value.
            max: Largest value.
            num: Number of values.
            sum: Sum of values.
            sum_squares: Sum of squared values.
            bucket_limits: Right edge of each bucket: numpy's edges without the first.
            bucket_counts: Count of each bucket.
            global_step: Step of this histogram.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: An argument is not a number, or not an array of numbers.
            ValueError: There are not as many limits as counts.
        """
        named = {
            "min": min,
            "max": max,
            "num": num,
            "sum": sum,
            "sum_squares": sum_squares,
        }
        smallest, largest, count, total, squares = (
            _arrays.number(value, name) for name, value in named.items()
        )
        statistics = smallest, largest, count, total, squares
        limits = _doubles(bucket_limits, "bucket_limits")
        counts = _doubles(bucket_counts, "bucket_counts")
        if limits.size != counts.size:
            raise ValueError(
                f"bucket_limits and bucket_counts must be equally long, not {limits.size} and {counts.size}: "
                "pass the right edge of each bucket, without the first left edge"
            )
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        step = self._step_of(global_step, tag)
        self._emit(
            lambda events: events.add_histogram_raw(
                tag, statistics, limits, counts, step, seconds
            )
        )

    def _log_histograms(
        self,
        jobs: "list[Job]",
        step: Any,
        seconds: float | None,
        counter: str,
    ) -> None:
        """Log checked arrays at one step; with `auto_step` it is the next number of `counter`."""
        tags = [tag for tag, _, _ in jobs]
        if self._own_default_bins() is None:
            outcome = self._emit_numbered(
                step,
                counter,
                lambda events, number: events.add_histograms(
                    jobs, None, number, seconds
                ),
            )
            self._warn_of_skipped(tags, outcome)
            return
        # Edges may depend on the data; computing them may raise, so it comes before all writing.
        edges = [self._edges("tensorflow", *job[1:]) for job in jobs]
        with self._numbered(step, counter) as number:
            outcomes = [
                self._write(partial(_add_histogram, job, of_job, number, seconds))
                for job, of_job in zip(jobs, edges, strict=True)
            ]
        for tag, outcome in zip(tags, outcomes, strict=True):
            if outcome.alert:
                self._report_problems()
            self._warn_of_skipped([tag], outcome)

    def _own_default_bins(self) -> Any:
        """Return `default_bins` if they were changed, in place or by assignment."""
        bins = self._default_bins
        if bins is None or (isinstance(bins, list) and bins == _default_edges()):
            return None
        return bins

    def _edges(
        self, bins: Any, data: "np.ndarray[Any, Any]", bfloat16: bool
    ) -> "np.ndarray[Any, Any] | None":
        """Return the edges of the buckets, or `None` for the default."""
        if isinstance(bins, str) and bins == "tensorflow":
            bins = self._own_default_bins()
            if bins is None:
                return None
        if bins is None:
            raise TypeError(
                'bins must be "tensorflow", a number, the name of a rule or a list of edges, not None'
            )
        if not (isinstance(bins, str) or np.ndim(bins) == 0):
            edges = _doubles(bins, "bins")
            if edges.size < 2:  # noqa: PLR2004 - a bucket has two
                raise ValueError(f"bins must have at least two edges, not {edges.size}")
            return edges
        plain = (
            _arrays.widened(_arrays.Array(data, bfloat16)).astype(np.float64).ravel()
        )
        # numpy refuses a range that is not finite, and a step without a histogram would be a gap.
        return np.histogram_bin_edges(plain[np.isfinite(plain)], bins)


def _add_histogram(
    job: "Job",
    edges: "np.ndarray[Any, Any] | None",
    step: int,
    seconds: float | None,
    events: Writer,
) -> Outcome:
    return events.add_histogram(*job, edges, None, step, seconds)


def _doubles(values: Any, name: str) -> "np.ndarray[Any, Any]":
    data = _arrays.plain(values, name)
    if data.ndim != 1:
        raise ShapeError(
            f"{name} must be one-dimensional, but its shape is {data.shape}"
        )
    return np.ascontiguousarray(data, np.float64)


@cache
def _default_edges() -> list[float]:
    edges = _core.default_edges()
    # torch's zero is an int.
    edges[len(edges) // 2] = 0
    return edges
