"""Logs as datasets of Ray Data.

>>> import tensorbolt.ray
>>> dataset = tensorbolt.ray.read("runs", tags="loss")  # doctest: +SKIP
>>> dataset.groupby("run").min("value").take_all()  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ray.data

__all__ = ["read"]


def read(
    source: Any,
    *,
    concurrency: int | None = None,
    override_num_blocks: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
    **options: Any,
) -> "ray.data.Dataset":
    """The scalars of a log as a Ray Dataset. Files are listed in the call, and read by tasks when rows are asked for.

    Args:
        source: As in `tensorbolt.read`, except for open files, which cannot be sent to workers.
        concurrency: Read tasks that run at the same time, at most; as many as Ray likes if `None`.
        override_num_blocks: Read tasks; each has whole runs, so there are no more than runs. As many as Ray likes if `None`.
        ray_remote_args: Of the read tasks, as in `ray.remote`.
        **options: Of `tensorbolt.read`; a task reads with one thread unless `threads` says otherwise.

    Returns:
        A dataset with the columns `run`, `tag` (text), `step` (int64), `wall_time` (microseconds in UTC, or float64) and `value`
        (float64). Within a block rows are in the order of runs, tags and steps.

    Raises:
        FileNotFoundError: There is nothing of this name.
        ImportError: Ray Data is not installed, or pyarrow.
        TypeError: An argument is none of these.
        ValueError: An option is none of these.
    """
    from tensorbolt.reading.engines.plan import Plan, engine

    data: Any = engine("ray.data", "ray[data]", "tensorbolt.ray.read()")
    plan = Plan(source, options)
    plan.files()
    from tensorbolt.reading.engines.ray_source import LogDatasource

    return data.read_datasource(
        LogDatasource(plan),
        concurrency=concurrency,
        override_num_blocks=override_num_blocks,
        ray_remote_args=ray_remote_args,
    )
