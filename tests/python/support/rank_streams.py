"""Streams of ranks, encoded by hand: what a job's ranks would have written, with any IDs and wall times."""

import struct
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from tensorbolt._core import encode_record


def _varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _field(number, wire, content):
    return _varint(number << 3 | wire) + content


def _text(number, text):
    return _field(number, 2, _varint(len(text)) + text)


def record(event, rank=None, world_size=None, rules=(), resumed=False):
    """An event of a rank, framed."""
    payload = event.SerializeToString()
    if rank is not None:
        payload += _field(1001, 0, _varint(rank))
    if world_size is not None:
        payload += _field(1002, 0, _varint(world_size))
    for pattern, kind in rules:
        rule = _text(1, pattern.encode()) + _text(2, kind.encode())
        payload += _text(1003, rule)
    if resumed:
        payload += _field(1004, 0, b"\x01")
    return encode_record(payload)


def scalars(rank, step, values, wall_time=0.0, single=False):
    """An event with numbers of some tags, framed."""
    made = []
    for tag, value in values.items():
        if single:
            made.append(Summary.Value(tag=tag, simple_value=value))
        else:
            tensor = TensorProto(dtype=2, double_val=[value])
            made.append(Summary.Value(tag=tag, tensor=tensor))
    event = Event(step=step, wall_time=wall_time, summary=Summary(value=made))
    return record(event, rank)


def version():
    """The first record of a file."""
    return record(Event(file_version="brain.Event:2", wall_time=1.0))


def start(rank, world_size, wall_time=0.0, resume=None):
    """The start of a rank."""
    session = SessionLog(status=SessionLog.START)
    event = Event(step=resume or 0, wall_time=wall_time, session_log=session)
    return record(event, rank, world_size, resumed=resume is not None)


def stop(rank, wall_time=0.0):
    """The end of a rank."""
    session = SessionLog(status=SessionLog.STOP)
    return record(Event(wall_time=wall_time, session_log=session), rank)


def rules(wall_time=0.0, **kinds):
    """Rules of reduction, from pattern to kind."""
    return record(Event(wall_time=wall_time), 0, rules=kinds.items())


class Stream:
    """A stream of a log that grows.

    Args:
        logdir: Directory of the log.
        number: Nanoseconds of its ID.
        host: Its host.
    """

    def __init__(self, logdir, number, host="node"):
        directory = Path(logdir) / "ranks"
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"{number:020}.{host}.1.stream"
        self.path.write_bytes(version())

    def add(self, *records):
        """Append records, whole."""
        with self.path.open("ab") as file:
            file.write(b"".join(records))


def damaged(records):
    """The same bytes with one changed in the middle."""
    middle = len(records) // 2
    changed = struct.pack("B", records[middle] ^ 0xFF)
    return records[:middle] + changed + records[middle + 1 :]
