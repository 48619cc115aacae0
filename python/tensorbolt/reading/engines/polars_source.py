"""The generator behind a lazy frame of Polars."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars
from polars.io.plugins import register_io_source

from tensorbolt.reading.engines.plan import Part, Plan
from tensorbolt.reading.engines.polars_predicate import Wanted, wanted
from tensorbolt.reading.filters import chooser, step_range


def scan(source: Any, options: Mapping[str, Any]) -> Any:
    """A lazy frame; see `tensorbolt.polars.scan`."""
    plan = Plan(source, options, threads=None, other_processes=False)
    plan.files()

    def batches(
        columns: list[str] | None,
        predicate: Any,
        row_count: int | None,
        batch_size: int | None,
    ) -> Iterator[Any]:
        left = row_count
        names = columns or plan.empty.column_names
        asked = predicate.meta.root_names() if predicate is not None else []
        # What is not asked for is not made into a frame.
        needed = list(dict.fromkeys([*names, *asked]))
        for part in _parts(plan, wanted(predicate)):
            frame = polars.DataFrame(part.read().select(needed))
            if predicate is not None:
                frame = frame.filter(predicate)
            frame = frame.select(names)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield from frame.iter_slices(batch_size or max(frame.height, 1))
            if left == 0:
                return

    schema = plan.empty.to_polars().schema
    return register_io_source(batches, schema=schema)


def _parts(plan: Plan, only: Wanted) -> list[Part]:
    return plan.parts(options=_narrowed(plan.options, only), wants_run=only.run)


def _narrowed(options: Mapping[str, Any], only: Wanted) -> dict[str, Any]:
    """The options with which only what the condition wants is decoded."""
    first, last = step_range(options.get("steps"))
    steps = (max(first, only.first_step), min(last, only.last_step) + 1)
    wants_tag = chooser(options.get("tags"), "tags")

    def both(tag: str) -> bool:
        return (wants_tag is None or wants_tag(tag)) and only.tag(tag)

    return {"tags": both, "steps": steps}
