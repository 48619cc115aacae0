"""Audio: mono and stereo, floats and integers, any sampling rate.

The example makes all its audio: a scale of plucked strings, a tone that moves from left to right, and a
chord. Floats are from -1 to 1; integers are logged as they are.

Look at Audio, and listen.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tensorbolt import SummaryWriter

RATE = 22_050
"""Samples per second."""


def pluck(pitch: float, seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """Return the audio of a plucked string (samples,), after Karplus and Strong (1983).

    Noise runs round in a loop that averages neighbours: it mellows to a tone.
    """
    loop = np.random.default_rng(seed).uniform(-1, 1, round(RATE / pitch))
    rounds = []
    for _ in range(int(np.ceil(seconds * RATE / len(loop)))):
        rounds.append(loop)
        loop = 0.498 * (loop + np.roll(loop, 1))
    return np.concatenate(rounds)[: round(seconds * RATE)]


def main() -> None:
    """Log audio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/audio", now))
    logdir = parser.parse_args().logdir

    with SummaryWriter(logdir) as writer:
        major = 220 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        scale = np.concatenate([pluck(pitch, 0.4) for pitch in major])
        writer.add_audio("strings/scale", scale, sample_rate=RATE)

        # A chord at each step: TensorBoard has a slider.
        for step, notes in enumerate(([0, 2, 4], [3, 5, 7], [4, 6, 1], [0, 2, 4])):
            chord = sum(pluck(major[note], 1.5, seed=note) for note in notes) / 3
            writer.add_audio("strings/chord", chord, step, sample_rate=RATE)

        # Two columns: left and right. int16 is what a WAV file holds.
        seconds = np.arange(2 * RATE) / RATE
        tone = np.sin(2 * np.pi * 330 * seconds)
        angle = np.pi / 2 * seconds / seconds[-1]
        stereo = np.stack([np.cos(angle), np.sin(angle)], axis=1) * tone[:, None]
        samples = (stereo * 32_767).astype(np.int16)
        writer.add_audio("tone/left to right", samples, sample_rate=RATE)
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
