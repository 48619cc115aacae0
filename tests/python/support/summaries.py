"""Event files with values of any plugin, as TensorFlow 2 and clu write them."""

from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util


def of_plugin(tag: str, plugin: str, array: Any, step: int) -> Event:
    event = Event(wall_time=1.7e9 + step / 7, step=step)
    value = event.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = plugin
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
    return event


def write(directory: Path, *events: Event) -> None:
    writer = EventFileWriter(str(directory))
    for event in events:
        writer.add_event(event)
    writer.close()


def raw(tag: str, tensor: TensorProto) -> Event:
    event = Event(wall_time=1.0, step=1)
    event.summary.value.add(tag=tag, tensor=tensor)
    return event
