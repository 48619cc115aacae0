"""Logs as a data source of Spark, for batches and streams.

>>> import tensorbolt.spark
>>> tensorbolt.spark.register(session)  # doctest: +SKIP
>>> frame = session.read.format("tensorboard").load("runs")  # doctest: +SKIP
>>> session.readStream.format("tensorboard").option("tags", "loss").load("runs")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyspark.sql

__all__ = ["register"]


def register(session: "pyspark.sql.SparkSession") -> None:
    """Let a session read logs by the name of `tensorboard`.

    The columns are `run`, `tag` (string), `step` (long), `wall_time` (timestamp, or double) and `value` (double). The path, or
    the list of paths, goes to `load`. Partitions have whole runs. Every worker has to have tensorbolt installed and to
    see the files.

    Options are strings, and mean what the arguments of `tensorbolt.read` mean:

    * `runs`, `tags`: a name, in which `*` stands for anything; `re:` and a regular expression; or a JSON list of these.
    * `steps`: `10:20`, `10:` or `:20`; the second step is excluded.
    * `duplicates`, `restarts`, `on_damage`, `wall_time`, `kinds` as they are; `checksum`: `true` or `false`; `threads`: a number.
    * `partitions`: how many there are at most. Otherwise each has up to 64 MiB, and a smaller log has up to 32.
    * `storage.NAME`: the key NAME of `storage_options`.

    A stream has each point as it was written, also when a later restart replaces it: a row that Spark has passed on cannot
    be taken back. So `restarts` can only be `keep` there, and `duplicates` only `all`, which are also the defaults. A stream
    begins with what is there. It takes whole records only, and goes on from Spark's checkpoint.

    Args:
        session: A session of PySpark 4 or later, on this machine or on a cluster.

    Raises:
        ImportError: PySpark 4 is not installed, or pyarrow.
    """
    from tensorbolt.reading.engines.plan import engine

    caller = "tensorbolt.spark.register()"
    engine("pyspark.sql.datasource", "pyspark>=4", caller)
    engine("pyarrow", "pyarrow", caller)
    from tensorbolt.reading.engines.spark_source import LogDataSource

    session.dataSource.register(LogDataSource)
