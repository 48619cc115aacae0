"""Whether audio, videos, curves, meshes and embeddings are those that were logged."""

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
from benches.python.check import Points, WrongAnswerError, one_tag, same

THRESHOLDS = 127
LOUDEST = 2**15


def audio(points: Points, tag: str, samples: Any, steps: int) -> None:
    """Check audio: each sample, up to the two ways of scaling that there are."""
    one_tag(points, tag, steps)
    with wave.open(
        io.BytesIO(points[tag][-1].value.audio.encoded_audio_string)
    ) as file:
        found = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    _close(tag, found, samples.ravel() * LOUDEST, tolerance=2)


def video(points: Points, tag: str, frames: Any, steps: int) -> None:
    """Check a video: its frames, and on average each pixel."""
    from PIL import Image

    one_tag(points, tag, steps)
    file = Image.open(io.BytesIO(points[tag][-1].value.image.encoded_image_string))
    same(f"frames of {tag}", getattr(file, "n_frames", 1), len(frames))
    for index, frame in enumerate(frames):
        file.seek(index)
        error = np.abs(np.asarray(file.convert("RGB"), int) - frame).mean()
        if error > 16:
            raise WrongAnswerError(
                f"{tag}: frame {index} differs by {error} on average"
            )


def curve(points: Points, tag: str, labels: Any, scores: Any, steps: int) -> None:
    """Check a precision-recall curve: true and false positives of each threshold."""
    from tensorboard.util.tensor_util import make_ndarray

    one_tag(points, tag, steps)
    found = make_ndarray(points[tag][-1].value.tensor)
    same(f"shape of {tag}", found.shape, (6, THRESHOLDS))
    buckets = (scores * (THRESHOLDS - 1)).astype(int)
    for row, share in enumerate((labels, 1 - labels)):
        counts = np.bincount(buckets, share, THRESHOLDS)[::-1].cumsum()[::-1]
        _close(tag, found[row], counts, tolerance=0)


def mesh(points: Points, parts: Any, steps: int) -> None:
    """Check vertices, colours and faces; how their tags end is the writer's choice."""
    from tensorboard.util.tensor_util import make_ndarray

    same("tags", len(points), len(parts))
    for tag in points:
        same(f"points of {tag}", len(points[tag]), steps)
    found = sorted(make_ndarray(points[tag][-1].value.tensor).sum() for tag in points)
    sums = sorted(part.astype(np.float32).sum() for part in parts)
    if not np.allclose(found, sums, rtol=1e-5):
        raise WrongAnswerError(f"mesh: sums {found} were read, {sums} were logged")


def embedding(directory: Path, matrix: Any, labels: list[str], steps: int) -> None:
    """Check the files of the projector: numbers to the last bit, and labels."""
    files = sorted(directory.rglob("tensors.tsv"))
    same("files", len(files), steps)
    found = np.loadtxt(files[-1], np.float32, delimiter="\t")
    if not np.array_equal(found, matrix):
        raise WrongAnswerError("tensors.tsv: other numbers were read")
    rows = files[-1].with_name("metadata.tsv").read_text().splitlines()
    same("labels", rows, labels)
    if "tensors.tsv" not in (directory / "projector_config.pbtxt").read_text():
        raise WrongAnswerError("projector_config.pbtxt does not name the file")


def _close(what: str, found: Any, wanted: Any, tolerance: float) -> None:
    same(f"size of {what}", found.size, wanted.size)
    worst = float(np.abs(found.astype(float) - wanted).max())
    if worst > tolerance:
        raise WrongAnswerError(f"{what}: a value differs by {worst}")
