"""Reading streams of ranks: TensorBoard's own reader splits a file into records, protobuf decodes them."""

import struct
from pathlib import Path
from typing import NamedTuple

from google.protobuf.unknown_fields import UnknownFieldSet
from tensorboard.compat.proto.event_pb2 import SessionLog
from tests.python.support.helpers import records

from tensorbolt import SummaryWriter

RANK, WORLD_SIZE, RULES, RESUMED = 1001, 1002, 1003, 1004


class Point(NamedTuple):
    """A scalar of a rank."""

    rank: int
    tag: str
    step: int
    value: float


def writer_of(log_dir, rank=0, world_size=4, **options):
    """A writer of one rank."""
    return SummaryWriter(
        log_dir, ranks="reduce", rank=rank, world_size=world_size, **options
    )


def files(directory):
    """All files below a directory, the parts of their names left out that differ."""
    found = (path.relative_to(directory) for path in directory.rglob("*.*"))
    return sorted(
        str(path.with_name("events")) if "tfevents" in path.name else str(path.parent)
        for path in found
    )


def streams(log_dir):
    """Paths of the streams of a job, or of their objects in a store, in the order of their names."""
    return sorted(Path(log_dir, "ranks").glob("*.stream*"))


def events(path):
    """Rank and event of each record behind the first, which has the version."""
    version, *others = records(path)
    assert version.file_version == "brain.Event:2"
    assert version.source_metadata.writer == "tensorbolt ranks"
    return [(extra(event)[RANK], event) for event in others]


def extra(event):
    """The fields of an event that only streams have, from number to value."""
    return {field.field_number: field.data for field in UnknownFieldSet(event)}


def points(log_dir):
    """All scalars of a job, in the order of the records."""
    return [
        Point(rank, value.tag, event.step, number(value))
        for path in streams(log_dir)
        for rank, event in events(path)
        for value in event.summary.value
    ]


def number(value):
    """The number of a value in double precision."""
    if value.HasField("simple_value"):
        return value.simple_value
    (found,) = value.tensor.double_val
    return found


def sessions(log_dir):
    """Rank and status of each beginning and end of a rank, in the order of the records."""
    return [
        (rank, SessionLog.SessionStatus.Name(event.session_log.status))
        for path in streams(log_dir)
        for rank, event in events(path)
        if event.HasField("session_log")
    ]


def rules(event):
    """Patterns and kinds of an event of `reduce_by`."""
    found = []
    for field in UnknownFieldSet(event):
        if field.field_number == RULES:
            message, rule = field.data, []
            while message:
                length = struct.unpack_from("B", message, 1)[0]
                rule.append(message[2 : 2 + length].decode())
                message = message[2 + length :]
            found.append(tuple(rule))
    return found
