"""Below `SummaryWriter`: files that take messages, and files that take records.

`FileWriter` writes one event file from protobuf messages, which some libraries make.
`RecordWriter` frames any bytes with a length and checksums, as in TFRecord files.

Look at Time Series: the curve was made with TensorBoard's own summaries. The terminal shows the
records.
"""

import argparse
import time
from pathlib import Path

from sklearn.datasets import load_digits
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

from tensorbolt import FileWriter, RecordWriter, SummaryWriter


def read(path: Path) -> list[bytes]:
    """Return the records of a file, by TensorBoard's own reader, which checks the checksums."""
    reader = PyRecordReader_New(str(path))
    found: list[bytes] = []
    while True:
        try:
            reader.GetNext()
        except errors.OutOfRangeError:
            return found
        found.append(reader.record())


def main() -> None:
    """Write messages and records."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/file_writers", now))
    logdir = parser.parse_args().logdir

    file = FileWriter(str(logdir / "messages"))
    for step in range(50):
        value = Summary.Value(tag="root", simple_value=step**0.5)
        file.add_summary(Summary(value=[value]), step)
    # Or with a time and all else: an event.
    last = Summary.Value(tag="root", simple_value=50**0.5)
    file.add_event(Event(step=50, wall_time=time.time(), summary=Summary(value=[last])))
    file.close()

    # A SummaryWriter has one too, for libraries that ask for it.
    with SummaryWriter(logdir / "of a writer") as writer:
        for step in range(50):
            value = Summary.Value(tag="root", simple_value=(step / 2) ** 0.5)
            writer.file_writer.add_summary(Summary(value=[value]), step)

    path = logdir / "digits.tfrecord"
    images = load_digits().images.astype("uint8")
    records = RecordWriter(str(path))
    for image in images:
        records.write(image.tobytes())
    records.close()
    same = read(path) == [image.tobytes() for image in images]
    print(f"{len(images)} images as records, {'all equal' if same else 'DIFFERENT'}")
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
