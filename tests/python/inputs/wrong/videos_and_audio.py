"""Wrong videos and audio."""

import math

import numpy as np
from tests.python.inputs.wrong.table import IMAGE, META, SURROGATE, VIDEO, wrong

# Videos and audio.
for value, kind, words in (
    (None, TypeError, "vid_tensor"),
    ("abc", TypeError, "vid_tensor"),
    (object(), TypeError, "vid_tensor"),
    (VIDEO[0], ValueError, "NTCHW"),
    (IMAGE, ValueError, "NTCHW"),
    (1.0, ValueError, "NTCHW"),
    ([], ValueError, "NTCHW"),
    ([VIDEO[0], VIDEO[0][1:]], ValueError, "vid_tensor"),
    (np.full((1, 2, 3, 4, 5), "a"), TypeError, "vid_tensor"),
    (META, ValueError, "meta"),
    (VIDEO[:, :0], ValueError, "at least"),
    (np.zeros((1, 1, 5, 1, 1)), ValueError, "channels"),
    (np.zeros((1, 1, 1, 1, 65536), bool), ValueError, "65535"),
):
    wrong("add_video", "t", value, is_a=kind, says=[words])
for fps, kind in (
    (0, ValueError),
    (-1, ValueError),
    (math.nan, ValueError),
    (math.inf, ValueError),
    (1e-6, ValueError),
    ("fast", ValueError),
    (None, TypeError),
    ([1, 2], ValueError),
):
    wrong("add_video", "t", VIDEO, fps=fps, is_a=kind, says="fps")
for formats, kind in (
    (None, TypeError),
    ("", ValueError),
    ("NCHW", ValueError),
    ("NTCHX", ValueError),
    ("NTCCW", ValueError),
    ("NTCHWZ", ValueError),
    (SURROGATE, ValueError),
):
    wrong("add_video", "t", VIDEO, dataformats=formats, is_a=kind, says="dataformats")
for value, kind, words in (
    (None, TypeError, "snd_tensor"),
    ("abc", TypeError, "snd_tensor"),
    ({}, TypeError, "snd_tensor"),
    (object(), TypeError, "snd_tensor"),
    ([], ValueError, "at least one sample"),
    (np.zeros((2, 0)), ValueError, "at least one sample"),
    (0.5, ValueError, "(L,)"),
    (np.zeros((3, 3)), ValueError, "(L, 2)"),
    (np.zeros((2, 2, 2)), ValueError, "(L, 2)"),
    ([[1.0], [2.0, 3.0]], ValueError, "snd_tensor"),
    (["a"], TypeError, "number"),
    (META, ValueError, "meta"),
):
    wrong("add_audio", "t", value, is_a=kind, says=["snd_tensor", words])
for rate, kind in (
    (0, ValueError),
    (-44100, ValueError),
    (math.nan, ValueError),
    (math.inf, ValueError),
    (1e10, ValueError),
    ("high", ValueError),
    (None, TypeError),
    ([1, 2], ValueError),
):
    wrong("add_audio", "t", [0.5], sample_rate=rate, is_a=kind, says="sample_rate")
