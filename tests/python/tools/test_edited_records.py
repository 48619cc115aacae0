"""The records that `tensorbolt edit` makes are those of an editor in Python that looks at every field."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tests.python.support import edited_events

from tensorbolt import _core
from tensorbolt.reading.edits import Edits, RunEditor, substitution

TAGS = ["a", "b", "ab", "_hparams_/x", "custom_scalars__config__", "é", ""]
STEPS = st.one_of(st.integers(-3, 6), st.sampled_from([-(2**63), 2**63 - 1]))


@st.composite
def events(draw):
    """The bytes of an event, some with fields that nothing knows, some of them malformed."""
    event = Event(wall_time=draw(st.sampled_from([0.0, 1.5])), step=draw(STEPS))
    kind = draw(st.sampled_from(["values", "values", "values", "start", "run", "head"]))
    if kind == "start":
        event.session_log.status = draw(st.sampled_from([SessionLog.START, 2]))
    elif kind == "run":
        event.tagged_run_metadata.tag = draw(st.sampled_from(TAGS))
    elif kind == "head":
        event.file_version = "brain.Event:2"
    else:
        event.summary.SetInParent()
        for tag in draw(st.lists(st.sampled_from(TAGS), max_size=3)):
            value = event.summary.value.add(tag=tag, simple_value=draw(st.floats(0, 1)))
            if draw(st.booleans()):
                value.metadata.display_name = draw(st.sampled_from(["", "A"]))
    payload = event.SerializeToString()
    # An unknown field of each type, a key of another length, a tag that is no UTF-8, an end that is missing.
    extra = draw(
        st.sampled_from(
            [
                b"",
                b"\x9a\x06\x03new",
                b"\x98\x06\x07",
                b"\x10\x05",
                b"\x90\x00\x04",
                b"\x2a\x07\x0a\x05\x0a\x01\xff\x48\x01",
                b"\x2a\x00",
                b"\x02\x00",
                b"\xff" * 9 + b"\x7d\x00\x00\x00\x00",
                b"\x0b",
                b"\x9a\x06\x7f",
                b"\x80",
            ]
        )
    )
    place = draw(st.sampled_from([0, len(payload)]))
    return payload[:place] + extra + payload[place:]


EDITS = st.builds(
    Edits,
    rename=st.sampled_from(
        [None, substitution("s/b/c/"), substitution("s/^/x/"), substitution("s/a//")]
    ),
    drop=st.sampled_from([None, lambda tag: tag == "a", lambda tag: "h" in tag]),
    from_step=st.one_of(st.none(), st.sampled_from([0, 2, 10**30])),
    to_step=st.one_of(st.none(), st.sampled_from([4, -(10**30), 10**30])),
    shift_step=st.sampled_from([0, 0, 3, -1, 2**63]),
    purge=st.booleans(),
    keep_every=st.sampled_from([1, 1, 2, 10**30]),
    kept=st.sampled_from([None, {"a": [1, 2], "é": {-1}, "b": [2**63 - 1]}]),
)


def expected(payloads, edits, skips_headers):
    """The records, counts, and whether something changed; or the error's text."""
    try:
        replaced = None
        if edits.purge:
            restarts = edited_events.Restarts()
            for payload in payloads:
                restarts.observe(payload)
            replaced = restarts.finish()
        editor = edited_events.RunEditor(edits, replaced)
        made = []
        for payload in payloads:
            if skips_headers and edited_events.is_header(payload):
                made.append(None)
            else:
                made.append(editor.edit(payload))
    except ValueError as error:
        return str(error)
    records = b"".join(_core.encode_record(one) for one in made if one is not None)
    return records, editor.counts, made != payloads


def found(payloads, edits, skips_headers, chunk):
    """The same of the editor that is tested, which gets so many bytes at a time."""
    data = b"".join(map(_core.encode_record, payloads))
    try:
        restarts = _core.Restarts() if edits.purge else None
        if restarts:
            assert restarts.observe(data)[0] == len(data)
        editor = RunEditor(edits, restarts)
        made, differs, at, size = b"", False, 0, chunk
        while at < len(data):
            part = data[at : at + size]
            taken, needed, changed = editor.edit(part, skips_headers=skips_headers)
            made += part[:taken] if changed is None else changed
            differs |= changed is not None
            assert taken or needed > len(part)
            at, size = at + taken, max(chunk, needed)
    except ValueError as error:
        return str(error)
    return made, editor.counts, differs


@settings(max_examples=400, deadline=None)
@given(st.lists(events(), max_size=8), EDITS, st.booleans(), st.sampled_from([1, 1000]))
def test_records_are_those_of_the_editor_in_python(
    payloads, edits, skips_headers, chunk
):
    assert found(payloads, edits, skips_headers, chunk) == expected(
        payloads, edits, skips_headers
    )


@given(st.lists(st.binary(max_size=40), max_size=3), EDITS)
def test_bytes_that_are_no_events_are_the_same_error(payloads, edits):
    assert found(payloads, edits, False, 100) == expected(payloads, edits, False)


def test_the_error_of_a_function_that_renames_is_not_lost():
    def rename(tag):
        raise KeyError(tag)

    event = Event(step=1)
    event.summary.value.add(tag="loss", simple_value=1.0)
    editor = RunEditor(Edits(rename=rename))
    with pytest.raises(KeyError, match="loss"):
        editor.edit(_core.encode_record(event.SerializeToString()))


def test_a_shift_that_no_step_survives_is_refused():
    with pytest.raises(ValueError, match="shift_step must be between"):
        RunEditor(Edits(shift_step=2**64))
