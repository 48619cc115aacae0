"""Logs as data frames of Dask.

>>> import tensorbolt.dask
>>> frame = tensorbolt.dask.read("runs", tags="loss")  # doctest: +SKIP
>>> frame.groupby("run", observed=True)["value"].min().compute()  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dask import dataframe

__all__ = ["read"]


def read(
    source: Any, *, npartitions: int | None = None, **options: Any
) -> "dataframe.DataFrame":
    """The scalars of a log as a Dask DataFrame. Files are listed in the call, and read by the workers when it is computed.

    Args:
        source: As in `tensorbolt.read`, except for open files, which cannot be sent to workers.
        npartitions: Partitions, at most; each has whole runs. If `None`, each has up to 64 MiB of event files, and a smaller
            log has up to 32 partitions.
        **options: Of `tensorbolt.read`; a worker reads with one thread unless `threads` says otherwise.

    Returns:
        A frame with the columns `run`, `tag` (categorical), `step`, `wall_time` and `value`, in the order of runs, tags and steps.
        The rows of each partition are numbered from 0.

    Raises:
        FileNotFoundError: There is nothing of this name; when it is computed, a file is gone or not on the worker's machine.
        ImportError: Dask is not installed, or pandas.
        TypeError: An argument is none of these.
        ValueError: An option is none of these, or `npartitions` is less than 1.
    """
    from tensorbolt.reading.engines.plan import Plan, engine

    frames: Any = engine("dask.dataframe", "dask[dataframe]", "tensorbolt.dask.read()")
    utils: Any = engine(
        "dask.dataframe.utils", "dask[dataframe]", "tensorbolt.dask.read()"
    )
    plan = Plan(source, options)
    # The categories of a partition are known when it has been read.
    meta = utils.clear_known_categories(plan.empty.to_pandas(), cols=["run", "tag"])
    parts = plan.parts(npartitions)
    if not parts:
        return frames.from_pandas(plan.empty.to_pandas(), npartitions=1)
    return frames.from_map(
        _read_part, parts, meta=meta, label="tensorbolt", enforce_metadata=False
    )


def _read_part(part: Any) -> Any:
    return part.read().to_pandas()
