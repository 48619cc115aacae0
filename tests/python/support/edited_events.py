"""What `tensorbolt edit` makes of an event, field by field in Python: slow, and simple to check.

`tensorbolt.reading.edits` must make the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tensorbolt.reading import event_fields as wire
from tensorbolt.reading.edits import Counts, Edits
from tensorbolt.reading.event_fields import Field, fields

#: Tags of settings, which have no place among the steps; those of hparams begin so.
CONFIG_TAG = "custom_scalars__config__"
CONFIG_PREFIX = "_hparams_/"
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def is_config(tag: str) -> bool:
    """Whether a tag holds settings, such as hyperparameters, and no data of a step."""
    return tag == CONFIG_TAG or tag.startswith(CONFIG_PREFIX)


def is_header(payload: bytes) -> bool:
    """Whether an event names the version of the format."""
    return any(one.number == wire.FILE_VERSION for one in fields(payload))


class Restarts:
    """Where the steps of a run, or of one of its tags, go back: places in the sequence of values, and steps."""

    def __init__(self) -> None:
        self._place = 0
        self._last: dict[str, int] = {}
        # Of all tags, under None.
        self._marks: dict[str | None, list[tuple[int, int]]] = {None: []}

    def observe(self, payload: bytes) -> None:
        """Take the next event."""
        event = Parsed(payload)
        if event.is_start:
            self._marks[None].append((self._place, event.step))
        for tag, _ in event.values():
            if not is_config(tag):
                if event.step <= self._last.get(tag, _LOWEST - 1):
                    marks = self._marks.setdefault(tag, [])
                    marks.append((self._place, event.step))
                self._last[tag] = event.step
            self._place += 1

    def finish(self) -> "Replaced":
        """What the marks leave out."""
        return Replaced(self._marks)


class Replaced:
    """Answers, for the values of a run in their order, whether a later one takes their place."""

    def __init__(self, marks: dict[str | None, list[tuple[int, int]]]) -> None:
        self._place = 0
        # The lowest step from each mark on; the next mark is the last of the list.
        self._ahead: dict[str | None, list[tuple[int, int]]] = {}
        for tag, found in marks.items():
            lowest, ahead = _HIGHEST + 1, []
            for place, step in reversed(found):
                lowest = min(lowest, step)
                ahead.append((place, lowest))
            self._ahead[tag] = ahead

    def next(self, tag: str, step: int) -> bool:
        """Take the next value, and say whether it is replaced later."""
        place = self._place
        self._place += 1
        if is_config(tag):
            return False
        found = False
        for key in (tag, None):
            ahead = self._ahead.get(key, [])
            # A start before a value stands at its place; the mark of a tag is the value itself.
            while ahead and ahead[-1][0] <= place:
                ahead.pop()
            found |= bool(ahead) and step >= ahead[-1][1]
        return found


class Parsed:
    """The fields of an event that edits look at."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.fields = list(fields(payload))
        self.step = 0
        self.is_start = False
        for one in self.fields:
            if one.number == wire.STEP and one.wire == wire.VARINT:
                self.step = wire.signed(payload, one.content)
            elif one.number == wire.SESSION_LOG and one.wire == wire.BYTES:
                session = payload[one.content : one.end]
                self.is_start |= any(
                    part.number == wire.STATUS
                    and wire.signed(session, part.content) == wire.START
                    for part in fields(session)
                    if part.wire == wire.VARINT
                )

    def values(self) -> Iterator[tuple[str, bytes]]:
        """Tag and bytes of each value of the summary."""
        for one in self.fields:
            if one.number == wire.SUMMARY and one.wire == wire.BYTES:
                yield from values(self.payload[one.content : one.end])


def values(summary: bytes) -> Iterator[tuple[str, bytes]]:
    """Tag and bytes of each value of a summary."""
    for one in fields(summary):
        if one.number == wire.VALUE and one.wire == wire.BYTES:
            value = summary[one.content : one.end]
            yield text(value, wire.TAG), value


def text(message: bytes, number: int) -> str:
    """The text of a field, or nothing; bytes that are no UTF-8 stay recognisable."""
    found = ""
    for one in fields(message):
        if one.number == number and one.wire == wire.BYTES:
            found = message[one.content : one.end].decode(errors="surrogateescape")
    return found


@dataclass
class RunEditor:
    """Changes the events of one run, which are given in their order.

    Attributes:
        edits: What to change.
        replaced: What restarts leave out, if that is asked for.
    """

    edits: Edits
    replaced: Replaced | None = None
    counts: Counts = field(default_factory=Counts)
    _origin: dict[str, str] = field(default_factory=dict)
    _points: dict[str, int] = field(default_factory=dict)
    # Metadata of values that are left out; the first value of the tag that stays gets it, if it has none.
    _metadata: dict[str, bytes] = field(default_factory=dict)
    _described: set[str] = field(default_factory=set)

    def edit(self, payload: bytes) -> bytes | None:
        """The event as it is to be: the same bytes if nothing changes, or `None` if nothing is left.

        Raises:
            ValueError: Two tags would have the same name, or a step would not fit 64 bits.
        """
        self.counts.events += 1
        if not self.edits.any:
            self.counts.values += sum(1 for _ in Parsed(payload).values())
            return payload
        event = Parsed(payload)
        pieces: list[bytes] = []
        moves, removed, left = event.is_start, False, False
        for one in event.fields:
            piece = payload[one.start : one.end]
            content = payload[one.content : one.end]
            if one.number == wire.SUMMARY and one.wire == wire.BYTES:
                made, of_steps = self._summary(content, event.step)
                moves |= of_steps
                if made is not content:
                    removed |= not made
                    piece = wire.bytes_field(wire.SUMMARY, made) if made else b""
            elif one.number == wire.TAGGED_RUN_METADATA and one.wire == wire.BYTES:
                moves = True
                tag = self._new_name(text(content, wire.RUN_METADATA_TAG))
                if tag is None:
                    removed, piece = True, b""
                elif tag != text(content, wire.RUN_METADATA_TAG):
                    named = _with_text(content, wire.RUN_METADATA_TAG, tag)
                    piece = wire.bytes_field(wire.TAGGED_RUN_METADATA, named)
            # Time and step alone are no event.
            left |= one.number > wire.STEP and bool(piece)
            pieces.append(piece)
        if removed and not left:
            self.counts.events_left_out += 1
            return None
        made = b"".join(self._shifted(event, pieces) if moves else pieces)
        return payload if made == payload else made

    def _summary(self, summary: bytes, step: int) -> tuple[bytes, bool]:
        """The summary as it is to be, and whether something in it belongs to the step."""
        pieces: list[bytes] = []
        changed = of_steps = False
        for one in fields(summary):
            piece = summary[one.start : one.end]
            if one.number != wire.VALUE or one.wire != wire.BYTES:
                pieces.append(piece)
                continue
            value = summary[one.content : one.end]
            made = self._value(value, step)
            self.counts.values += 1
            if made is None:
                self.counts.values_left_out += 1
                changed = True
                continue
            of_steps |= not is_config(text(value, wire.TAG))
            if made is not value:
                piece, changed = wire.bytes_field(wire.VALUE, made), True
            pieces.append(piece)
        return (b"".join(pieces), of_steps) if changed else (summary, of_steps)

    def _value(self, value: bytes, step: int) -> bytes | None:
        tag = text(value, wire.TAG)
        replaced = self.replaced is not None and self.replaced.next(tag, step)
        name = self._new_name(tag)
        if name is None:
            return None
        metadata = _field(value, wire.METADATA)
        if not is_config(tag) and (replaced or not self._stays(tag, step)):
            if metadata is not None:
                kept = value[metadata.start : metadata.end]
                self._metadata.setdefault(tag, kept)
            return None
        if metadata is None and tag in self._metadata and tag not in self._described:
            value += self._metadata[tag]
        self._described.add(tag)
        if name == tag:
            return value
        self.counts.values_renamed += 1
        return _with_text(value, wire.TAG, name)

    def _new_name(self, tag: str) -> str | None:
        edits = self.edits
        if edits.drop is not None and edits.drop(tag):
            return None
        name = tag if edits.rename is None else edits.rename(tag)
        before = self._origin.setdefault(name, tag)
        if before != tag:
            raise ValueError(
                f"the tags {before!r} and {tag!r} would both be {name!r}, and their points one curve; "
                "drop one of them, or rename it otherwise"
            )
        return name

    def _stays(self, tag: str, step: int) -> bool:
        edits = self.edits
        if edits.from_step is not None and step < edits.from_step:
            return False
        if edits.to_step is not None and step >= edits.to_step:
            return False
        if edits.keep_every > 1:
            number = self._points.get(tag, 0)
            self._points[tag] = number + 1
            if number % edits.keep_every:
                return False
        kept = (edits.kept or {}).get(tag)
        return kept is None or step in kept

    def _shifted(self, event: Parsed, pieces: list[bytes]) -> list[bytes]:
        if not self.edits.shift_step:
            return pieces
        step = event.step + self.edits.shift_step
        if not _LOWEST <= step <= _HIGHEST:
            raise ValueError(f"step {event.step} would become {step}, beyond 64 bits")
        rest = [
            piece
            for one, piece in zip(event.fields, pieces, strict=True)
            if one.number != wire.STEP
        ]
        time = 1 if event.fields and event.fields[0].number < wire.STEP else 0
        return [*rest[:time], wire.number_field(wire.STEP, step), *rest[time:]]


def _field(message: bytes, number: int) -> Field | None:
    return next((one for one in fields(message) if one.number == number), None)


def _with_text(message: bytes, number: int, value: str) -> bytes:
    """The message with another text in a field; all else stays."""
    made = wire.bytes_field(number, value.encode(errors="surrogateescape"))
    pieces, is_there = [], False
    for one in fields(message):
        if one.number != number:
            pieces.append(message[one.start : one.end])
        elif not is_there:
            pieces.append(made)
            is_there = True
    return b"".join(pieces if is_there else [made, *pieces])
