"""Both of TensorBoard's loaders list audio and videos and serve their files."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

import tensorbolt

pytestmark = pytest.mark.timeout(600)

STEPS = [1, 2, 3]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    parent = tmp_path_factory.mktemp("audio-video")
    rng = np.random.default_rng(0)
    with tensorbolt.SummaryWriter(parent / "run") as writer:
        for step in STEPS:
            writer.add_audio("audio/mono", rng.uniform(-1, 1, 800), step, 8000)
            writer.add_audio("audio/stereo", rng.uniform(-1, 1, (2, 500)), step)
            writer.add_video("video", rng.random((2, 4, 3, 8, 8)), step)
    return parent


@pytest.mark.parametrize("load_fast", ["true", "false"], ids=["fast", "slow"])
def test_both_loaders_list_and_serve_all(serve, log, load_fast):
    board = serve(log, load_fast)
    audio = {("run", "audio/mono"): STEPS, ("run", "audio/stereo"): STEPS}
    board.wait_until(lambda: board.steps("audio", "audio") == audio)
    assert board.steps("audio", "audio") == audio
    board.wait_until(
        lambda: board.steps("images", "images") == {("run", "video"): STEPS}
    )
    assert board.steps("images", "images") == {("run", "video"): STEPS}
    entries = board.json("plugin/audio/audio", run="run", tag="audio/stereo", sample=0)
    for entry in entries:
        assert entry["contentType"] == "audio/wav"
        body = board.bytes(f"plugin/audio/individualAudio?{entry['query']}&x")
        samples, rate = soundfile.read(io.BytesIO(body))
        assert (samples.shape, rate) == ((500, 2), 44100)
    (entry, *_) = board.json("plugin/images/images", run="run", tag="video", sample=0)
    image = Image.open(
        io.BytesIO(board.bytes(f"plugin/images/individualImage?{entry['query']}&x"))
    )
    assert (image.format, image.size, image.n_frames) == ("GIF", (16, 8), 4)
    assert board.complaints() == []
