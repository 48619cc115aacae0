"""The data source of Spark: batches of whole runs, and streams of what is new."""

from collections.abc import Iterator
from typing import Any

from pyspark.sql.datasource import (
    DataSource,
    DataSourceReader,
    DataSourceStreamReader,
    InputPartition,
)
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from tensorbolt.reading.engines import spark_options
from tensorbolt.reading.engines.plan import Part, Plan, with_texts
from tensorbolt.reading.engines.since import latest, since

#: What a stream does with restarts and repeated steps: it cannot take rows back.
_STREAM = {"restarts": "keep", "duplicates": "all"}


class LogDataSource(DataSource):  # type: ignore[misc]
    """The format `tensorboard`; see `tensorbolt.spark.register`."""

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "tensorboard"

    def schema(self) -> StructType:
        """Names and types of the columns."""
        return from_arrow_schema(with_texts(self._plan().empty).schema)

    def reader(self, schema: StructType) -> DataSourceReader:
        """What reads a batch."""
        self._check(schema)
        _, count = spark_options.arguments(self.options)
        return LogReader(self._plan(), count)

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: N802 - Spark's name
        """What reads a stream."""
        self._check(schema)
        given, _ = spark_options.arguments(self.options)
        for name, value in _STREAM.items():
            if given.get(name, value) != value:
                raise ValueError(
                    f"{name} must be {value!r} in a stream, which cannot take back a row, not {given[name]!r}"
                )
        return LogStreamReader(self._plan(_STREAM))

    def _plan(self, more: dict[str, str] | None = None) -> Plan:
        given, _ = spark_options.arguments(self.options)
        return Plan(spark_options.source(self.options), {**given, **(more or {})})

    def _check(self, schema: StructType) -> None:
        mine = self.schema()
        columns = [(field.name, field.dataType) for field in schema]
        if columns != [(field.name, field.dataType) for field in mine]:
            raise ValueError(
                f"the columns of a log are {mine.simpleString()}, not {schema.simpleString()}; leave the schema out and select "
                "after load()"
            )


class PartPartition(InputPartition):  # type: ignore[misc]
    """Whole runs."""

    def __init__(self, part: Part) -> None:
        super().__init__(None)
        self.part = part


class LogReader(DataSourceReader):  # type: ignore[misc]
    """Reads all that is there."""

    def __init__(self, plan: Plan, count: int | None) -> None:
        self._plan = plan
        self._count = count

    def partitions(self) -> list[InputPartition]:
        """Parts of whole runs; one without files if there is nothing."""
        parts = self._plan.parts(self._count)
        nothing = Part((), self._plan.options, 0)
        return [PartPartition(part) for part in parts or [nothing]]

    def read(self, partition: Any) -> Iterator[Any]:
        """The rows of a part, as Arrow's record batches."""
        yield from with_texts(partition.part.read()).to_batches()


class LogStreamReader(DataSourceStreamReader):  # type: ignore[misc]
    """Reads whole records between two offsets, each of which says for every file up to which byte it has been read."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[str, int] = {}

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 - Spark's name
        """Before the first byte of any file."""
        return {}

    def latestOffset(self) -> dict[str, int]:  # noqa: N802 - Spark's name
        """After the last whole record of every file."""
        self._known = latest(self._plan, self._known)
        return self._known

    def partitions(
        self, start: dict[str, int], end: dict[str, int]
    ) -> list[InputPartition]:
        """What is new between two offsets, in parts of whole runs."""
        return [PartPartition(new) for new in since(self._plan, start, end)]

    def read(self, partition: Any) -> Iterator[Any]:
        """The rows of what is new, as Arrow's record batches."""
        yield from with_texts(partition.part.read()).to_batches()

    def commit(self, end: dict[str, int]) -> None:
        """Nothing is kept for batches that Spark has finished with."""
