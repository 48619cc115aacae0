"""Changes to the events of a run: names of tags, steps, and what is left out."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tensorbolt import _core

#: Of a substitution: what to find, what to put there, and flags.
_PARTS = 3
#: Beyond all steps.
_WRAP = 1 << 64


@dataclass(frozen=True)
class Edits:
    """What to change.

    Attributes:
        rename: From a tag to its new name.
        drop: Whether a tag is left out.
        from_step: The first step that stays.
        to_step: The first step that does not stay any more.
        shift_step: What is added to the steps, after the choice of steps.
        purge: Whether to leave out what a restart, or a later point of the same tag at the same or an earlier step, replaces.
        keep_every: Of the points of each tag that are left, the first one stays, and each that is this many further.
        kept: Steps of the points that stay, of tags of which not all do; chosen last.
    """

    rename: Callable[[str], str] | None = None
    drop: Callable[[str], bool] | None = None
    from_step: int | None = None
    to_step: int | None = None
    shift_step: int = 0
    purge: bool = False
    keep_every: int = 1
    kept: Mapping[str, Collection[int]] | None = None

    @property
    def any(self) -> bool:
        """Whether an event can change."""
        return self != Edits()


@dataclass
class Counts:
    """What became of events and values."""

    events: int = 0
    events_left_out: int = 0
    values: int = 0
    values_left_out: int = 0
    values_renamed: int = 0

    def add(self, other: "Counts") -> None:
        """Add those of another run."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


class RunEditor:
    """Changes the records of one run, which are given in their order.

    Args:
        edits: What to change.
        restarts: Has seen all records of the run, if `edits.purge` is asked for.

    Raises:
        ValueError: `edits.shift_step` is beyond 65 bits.
    """

    def __init__(self, edits: Edits, restarts: _core.Restarts | None = None) -> None:
        if abs(edits.shift_step) >= _WRAP:
            raise ValueError(
                f"shift_step must be between -2**64 and 2**64, not {edits.shift_step}"
            )
        changes_names = edits.rename is not None or edits.drop is not None
        self._core = _core.RunEditor(
            _namer(edits) if changes_names else None,
            (_bound(edits.from_step), _bound(edits.to_step)),
            edits.shift_step,
            min(edits.keep_every, _WRAP - 1),
            {_encoded(tag): list(steps) for tag, steps in (edits.kept or {}).items()},
            restarts,
            not edits.any,
        )

    @property
    def counts(self) -> Counts:
        """What became of events and values."""
        return Counts(*self._core.counts())

    def edit(
        self, records: bytes, *, skips_headers: bool = False
    ) -> tuple[int, int, bytes | None]:
        """Take whole records, and leave out their headers if that is asked for.

        Returns:
            How many bytes were taken; how many the record after them needs; and the records as they are to be, or `None` if
            none of them changes.

        Raises:
            ValueError: Two tags would have the same name, a step would not fit 64 bits, or a record holds no message.
        """
        return self._core.edit(records, skips_headers)


def _namer(edits: Edits) -> Callable[[bytes], bytes | None]:
    """A function from a tag to its new name, or to `None` if it is left out; bytes that are no UTF-8 stay as they are."""
    origin: dict[str, str] = {}

    def new_name(encoded: bytes) -> bytes | None:
        tag = encoded.decode(errors="surrogateescape")
        if edits.drop is not None and edits.drop(tag):
            return None
        name = tag if edits.rename is None else edits.rename(tag)
        before = origin.setdefault(name, tag)
        if before != tag:
            raise ValueError(
                f"the tags {before!r} and {tag!r} would both be {name!r}, and their points one curve; "
                "drop one of them, or rename it otherwise"
            )
        return _encoded(name)

    return new_name


def _encoded(tag: str) -> bytes:
    return tag.encode(errors="surrogateescape")


def _bound(step: int | None) -> int | None:
    """The bound, or one just as far beyond all steps."""
    return None if step is None else max(-_WRAP, min(step, _WRAP))


def substitution(expression: str) -> Callable[[str], str]:
    """A function that replaces text as sed's command `s` does: `s,^old/,new/,`, with `g` for all places, `i` for any case.

    Raises:
        ValueError: It is no such expression.
    """
    if expression[:1] != "s" or expression[1:2].isalnum() or not expression[1:]:
        raise ValueError(f"{expression!r} is not of the form s,PATTERN,REPLACEMENT,")
    parts = re.split(rf"(?<!\\){re.escape(expression[1])}", expression[2:])
    if len(parts) != _PARTS or set(parts[2]) - set("gi"):
        raise ValueError(
            f"{expression!r} is not of the form s,PATTERN,REPLACEMENT, with g or i after the last separator"
        )
    separator = expression[1]
    pattern, replacement = (
        part.replace("\\" + separator, separator) for part in parts[:2]
    )
    try:
        compiled = re.compile(pattern, re.IGNORECASE if "i" in parts[2] else 0)
        # A group that does not exist is an error now, not at the first tag.
        re.compile(pattern + "|").sub(replacement, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"{expression!r}: {error}") from error
    count = 0 if "g" in parts[2] else 1
    return lambda tag: compiled.sub(replacement, tag, count=count)
