"""The source of a dataset of Ray Data."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata

from tensorbolt.reading.engines.plan import Part, Plan, with_texts

#: Bytes of a table in memory for one of event files, about: 55 bytes of events are a row of 40.
_MEMORY = 0.75


class LogDatasource(Datasource):  # type: ignore[misc]
    """The scalars of a log; each read task has whole runs."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def get_name(self) -> str:
        """How Ray calls the source in its progress bars and plans."""
        return "TensorBoard"

    def estimate_inmemory_data_size(self) -> int:
        """Bytes of all rows, from the sizes of files."""
        return round(_MEMORY * sum(part.nbytes for part in self._plan.parts(1)))

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, **_: Any
    ) -> list[ReadTask]:
        """Tasks, at most `parallelism`, that each read whole runs, and stop after `per_task_row_limit` rows if it is given."""
        schema = with_texts(self._plan.empty).schema
        return [
            ReadTask(
                partial(_read, part, per_task_row_limit),
                BlockMetadata(
                    num_rows=None,
                    size_bytes=round(_MEMORY * part.nbytes),
                    input_files=[file.name for file in part.files],
                    exec_stats=None,
                ),
                schema=schema,
                per_task_row_limit=per_task_row_limit,
            )
            for part in self._plan.parts(max(parallelism, 1)) or [self._nothing()]
        ]

    def _nothing(self) -> Part:
        return Part((), self._plan.options, 0)


def _read(part: Part, row_limit: int | None) -> Iterable[Any]:
    table = with_texts(part.read())
    return [table if row_limit is None else table.slice(0, row_limit)]
