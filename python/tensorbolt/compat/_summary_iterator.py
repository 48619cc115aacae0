"""Stands in for `tensorflow.compat.v1.train.summary_iterator`."""

import os
import warnings
from collections.abc import Iterator
from typing import Any

from tensorbolt.compat._messages import any_kind
from tensorbolt.reading.inputs import File, finder
from tensorbolt.reading.options import EVERYTHING
from tensorbolt.reading.stores import Stores
from tensorbolt.reading.streams import GAP, records


def summary_iterator(path: str | os.PathLike[str]) -> Iterator[Any]:
    """All events of a file as messages `Event`, in their order; without TensorFlow.

    Damaged places are passed over, where TensorFlow's function ends with an error; a `RuntimeWarning` names the first of each file. The
    messages are those of tensorboard, or of tensorboardX where it is not installed. `tensorbolt.read(path).events()` needs neither.

    Args:
        path: An event file, or its address; of a directory all event files below it, run by run.

    Returns:
        An iterator of messages.

    Raises:
        FileNotFoundError: There is nothing at `path`.
        ImportError: No protobuf package is installed.
    """
    return _messages(any_kind("Event"), finder(path, Stores(None))())


def _messages(kind: Any, files: list[File]) -> Iterator[Any]:
    for file in files:
        has_warned = False
        for record, read in records(file, None, EVERYTHING):
            if len(record) != GAP:
                payload = record[2]
                # A record begins with its length and the length's checksum.
                whole = read(record[0] + 12, record[1]) if payload is None else payload
                yield kind.FromString(whole)
            elif record[3] and not has_warned:
                has_warned = True
                warnings.warn(
                    f"{file.name}, byte {record[0]}: {record[2]}; it was left out, and reading goes on behind it",
                    RuntimeWarning,
                    stacklevel=2,
                )
