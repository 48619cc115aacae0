"""Both of TensorBoard's loaders list sounds and clips and serve their files."""

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
            writer.add_audio("sound/mono", rng.uniform(-1, 1, 800), step, 8000)
            writer.add_audio("sound/stereo", rng.uniform(-1, 1, (2, 500)), step)
            writer.add_video("clip", rng.random((2, 4, 3, 8, 8)), step)
    return parent


@pytest.mark.parametrize("load_fast", ["true", "false"], ids=["fast", "slow"])
def test_both_loaders_list_and_serve_all(serve, log, load_fast):
    board = serve(log, load_fast)
    sounds = {("run", "sound/mono"): STEPS, ("run", "sound/stereo"): STEPS}
    board.wait_until(lambda: board.steps("audio", "audio") == sounds)
    assert board.steps("audio", "audio") == sounds
    board.wait_until(
        lambda: board.steps("images", "images") == {("run", "clip"): STEPS}
    )
    assert board.steps("images", "images") == {("run", "clip"): STEPS}
    entries = board.json("plugin/audio/audio", run="run", tag="sound/stereo", sample=0)
    for entry in entries:
        assert entry["contentType"] == "audio/wav"
        body = board.bytes(f"plugin/audio/individualAudio?{entry['query']}&x")
        samples, rate = soundfile.read(io.BytesIO(body))
        assert (samples.shape, rate) == ((500, 2), 44100)
    (entry, *_) = board.json("plugin/images/images", run="run", tag="clip", sample=0)
    picture = Image.open(
        io.BytesIO(board.bytes(f"plugin/images/individualImage?{entry['query']}&x"))
    )
    assert (picture.format, picture.size, picture.n_frames) == ("GIF", (16, 8), 4)
    assert board.complaints() == []
