"""Tables of what a log has, and of what is damaged."""

from collections.abc import Callable, Sequence
from typing import Any

from tensorbolt.reading.column import Column, integers, repeated, texts
from tensorbolt.reading.options import KINDS
from tensorbolt.reading.rows import Fault
from tensorbolt.reading.table import Table


def tags_table(
    rows: Sequence[tuple[Any, ...]], times: Callable[[Any], Column]
) -> Table:
    """The table of tags, of what the core says of each."""
    runs, tags, kinds, plugins, counts, steps, walls, nbytes, names = (
        zip(*rows, strict=True) if rows else ((),) * 9
    )
    return Table(
        {
            "run": repeated(list(runs)),
            "tag": repeated(list(tags)),
            "kind": repeated(list(kinds)),
            "plugin": repeated(list(plugins)),
            "count": integers(counts),
            "first_step": integers([first for first, _ in steps]),
            "last_step": integers([last for _, last in steps]),
            "first_time": times([first for first, _ in walls]),
            "last_time": times([last for _, last in walls]),
            "nbytes": integers(nbytes),
            "display_name": texts([name for name, _ in names]),
            "description": texts([text for _, text in names]),
        }
    )


def damage_table(rows: Sequence[Fault]) -> Table:
    """The table of damaged places."""
    runs, files, offsets, lengths, reasons = (
        zip(*rows, strict=True) if rows else ((),) * 5
    )
    return Table(
        {
            "run": repeated(list(runs)),
            "file": repeated(list(files)),
            "offset": integers(offsets),
            "length": integers(lengths),
            "reason": texts(reasons),
        }
    )


def counted_kinds(tags: Table) -> str:
    """How many tags of each kind a table of tags has, for people."""
    kinds = tags["kind"].tolist()
    counts = {kind: kinds.count(kind) for kind in KINDS if kind in kinds}
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "none"
