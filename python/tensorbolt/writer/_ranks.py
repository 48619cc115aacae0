"""How scalars of several ranks become one curve."""

from collections.abc import Mapping
from typing import Any

from tensorbolt._arguments import check_tag, mapping_of, shown
from tensorbolt.writer._base import WriterBase

REDUCTIONS = "mean", "sum", "min", "max", "last"
"""Names of what a tag can be reduced by."""


class RankMethods(WriterBase):
    """The method that says what tags are reduced by."""

    def reduce_by(self, rules: Mapping[str, str]) -> None:
        """Say what the scalars of all ranks become, with `ranks="reduce"`; without rules their mean.

        The curve of a tag is what its rule says; the curves `ranks/min/TAG`, `ranks/max/TAG`, `ranks/std/TAG`,
        `ranks/p50/TAG` and `ranks/max_rank/TAG` are there for every tag. The rules of rank 0 count, so all ranks may
        make this call. A writer without `ranks="reduce"` checks the rules and does nothing.

        Args:
            rules: From a tag, or a pattern of tags as `fnmatch` has them (`*`, `?`, `[seq]`, `[!seq]`), to `"mean"`,
                `"sum"`, `"min"`, `"max"`, or `"last"`, the value with the latest wall time. A tag itself comes before a
                pattern; of several patterns, and of several calls, the last one that fits counts.

        Raises:
            TypeError: `rules` is no mapping, or a key or a value is no text.
            ValueError: A value is none of these names, or a key is empty or no valid Unicode text.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> with SummaryWriter(tempfile.mkdtemp(), ranks="reduce") as writer:
            ...     writer.reduce_by({"tokens": "sum", "memory*": "max"})
            ...     writer.log({"loss": 0.5, "tokens": 4096, "memory/peak": 3.2}, step=1)
        """
        checked = _checked(rules)
        if self._rank is not None and self._rank.rank == 0 and checked:
            self._emit(lambda events: events.add_rank_rules(checked), scalars=True)


def _checked(rules: Any) -> list[tuple[str, str]]:
    given = mapping_of(rules, "rules")
    if given is None:
        raise TypeError(
            f"rules must be a mapping of tag to reduction, not {type(rules).__name__}; pass, for example, "
            '{"tokens": "sum"}'
        )
    return [(_pattern(tag), _reduction(tag, kind)) for tag, kind in given.items()]


def _pattern(tag: Any) -> str:
    pattern = check_tag(tag, "rules: a key")
    if not pattern:
        raise ValueError(
            'rules: a key must be a tag or a pattern, not an empty text; "*" fits all tags'
        )
    return pattern


def _reduction(tag: Any, kind: Any) -> str:
    name = f"rules[{shown(tag)}]"
    known = ", ".join(f'"{one}"' for one in REDUCTIONS)
    if not isinstance(kind, str):
        raise TypeError(f"{name} must be one of {known}, not {shown(kind)}")
    if kind not in REDUCTIONS:
        raise ValueError(f"{name} must be one of {known}, not {shown(kind)}")
    return str(kind)
