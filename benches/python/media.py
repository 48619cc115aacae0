"""The rows of audio, videos, curves, meshes and embeddings."""

from typing import Any

import numpy as np
from benches.python import check, check_media
from benches.python.contenders import OURS, TENSORBOARDX, all_of
from benches.python.scenario import Scenario

RATE = 44_100
POINTS = 10_000


def media() -> list[Scenario]:
    """Return the scenarios of this file, in the order of the table."""
    return [_audio(), _video(), _pr_curve(), _mesh(), _embedding()]


def _audio() -> Scenario:
    def act(writer: Any, samples: Any, steps: Any) -> None:
        for step in steps:
            writer.add_audio("audio", samples, step, RATE)

    def chord(_: int) -> Any:
        time = np.arange(2 * RATE) / RATE
        tones = [np.sin(2 * np.pi * pitch * time) for pitch in (220, 277.18, 329.63)]
        return np.mean(tones, axis=0).astype(np.float32)

    def verify(points: check.Points, samples: Any, steps: int) -> None:
        check_media.audio(points, "audio", samples, steps)

    what = "`add_audio` of 2 seconds at 44.1 kHz"
    # The shape that tensorboardX takes; the other writers squeeze it.
    return Scenario("audio", what, 5, lambda n: chord(n)[:, None], all_of(act), verify)


def _video() -> Scenario:
    def act(writer: Any, video: Any, steps: Any) -> None:
        for step in steps:
            writer.add_video("video", video, step)

    def waves(_: int) -> Any:
        time, rows, columns = np.ogrid[:30, :64, :64]
        phases = (0, 2, 4)
        shades = [np.sin(time / 5 + rows / 9 + columns / 7 + shift) for shift in phases]
        return ((np.stack(shades, axis=1)[None] + 1) * 127.5).astype(np.uint8)

    def verify(points: check.Points, video: Any, steps: int) -> None:
        check_media.video(points, "video", video[0].transpose(0, 2, 3, 1), steps)

    what = "`add_video` of 1x30x3x64x64 uint8"
    # torch's writer writes nothing with the moviepy of today.
    acts = dict.fromkeys((OURS.name, TENSORBOARDX.name), act)
    return Scenario("video", what, 2, waves, acts, verify)


def _pr_curve() -> Scenario:
    def act(writer: Any, data: Any, steps: Any) -> None:
        for step in steps:
            writer.add_pr_curve("curve", *data, step)

    def data(_: int) -> Any:
        random = np.random.default_rng(1)
        return random.integers(0, 2, POINTS), random.random(POINTS)

    def verify(points: check.Points, data: Any, steps: int) -> None:
        labels, scores = data
        check_media.curve(points, "curve", labels, scores, steps)

    what = "`add_pr_curve` of 10,000 predictions"
    return Scenario("pr_curve", what, 50, data, all_of(act), verify)


def _mesh() -> Scenario:
    def act(writer: Any, parts: Any, steps: Any) -> None:
        for step in steps:
            writer.add_mesh("mesh", *parts, global_step=step)

    def parts(_: int) -> Any:
        random = np.random.default_rng(1)
        return (
            random.random((1, POINTS, 3), np.float32),
            random.integers(0, 256, (1, POINTS, 3), np.uint8),
            random.integers(0, POINTS, (1, POINTS, 3), np.int32),
        )

    def verify(points: check.Points, parts: Any, steps: int) -> None:
        check_media.mesh(points, parts, steps)

    what = "`add_mesh` of 10,000 vertices, colours and faces"
    return Scenario("mesh", what, 5, parts, all_of(act), verify)


def _embedding() -> Scenario:
    def act(writer: Any, data: Any, steps: Any) -> None:
        for step in steps:
            writer.add_embedding(*data, global_step=step)

    def data(_: int) -> Any:
        matrix = np.random.default_rng(1).standard_normal((POINTS, 128))
        return matrix.astype(np.float32), [str(row % 10) for row in range(POINTS)]

    def verify(directory: Any, data: Any, steps: int) -> None:
        matrix, labels = data
        check_media.embedding(directory, matrix, labels, steps)

    what = "`add_embedding` of 10,000 x 128 float32 with labels"
    return Scenario(
        "embedding",
        what,
        1,
        data,
        all_of(act),
        verify,
        read=lambda directory: directory,
    )
