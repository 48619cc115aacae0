"""Messages that people compare with stored ones: where our writers do better, the functions of `summary` do not."""

import importlib
import io

import numpy as np
import pytest
import torch
from PIL import Image
from tests.python.support.helpers import python

MODULES = {
    "torch": ("tensorbolt.compat.torch", "torch.utils.tensorboard"),
    "tbx": ("tensorbolt.compat.tensorboardx", "tensorboardX"),
}
both = pytest.mark.parametrize("kind", MODULES)
tbx = pytest.mark.parametrize("kind", ["tbx"])


def pair(kind, call):
    """What both return for the same call."""
    return [
        call(importlib.import_module(f"{package}.summary")) for package in MODULES[kind]
    ]


def ramp(*shape, dtype=np.float64):
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


IMAGES = {
    "bytes": lambda s: s.image("a", ramp(3, 32, 32, dtype=np.uint8), dataformats="CHW"),
    "grey": lambda s: s.image("a", ramp(1, 8, 8), dataformats="CHW"),
    "batch": lambda s: s.image("a", ramp(2, 3, 8, 8), dataformats="NCHW"),
    "alpha": lambda s: s.image("a", ramp(4, 8, 8) / 256, dataformats="CHW"),
    "no channel": lambda s: s.image("a", ramp(8, 8), dataformats="HW"),
    "boxes": lambda s: s.image_boxes("a", ramp(3, 32, 32), np.array([[10, 10, 40, 40]])),
}  # fmt: skip


@both
@pytest.mark.parametrize("call", IMAGES.values(), ids=IMAGES)
def test_images_byte_for_byte(kind, call):
    ours, theirs = pair(kind, call)
    assert ours == theirs


@both
def test_the_image_alone(kind):
    ours, theirs = pair(kind, lambda s: s.make_image(ramp(4, 6, 3, dtype=np.uint8)))
    assert ours == theirs


@tbx
def test_clips_of_tensorboardx_begin_again_at_0(kind):
    ours, theirs = pair(kind, lambda s: s.video("a", ramp(4, 3, 1, 8, 8)))
    frames = []
    for summary in (ours, theirs):
        with Image.open(io.BytesIO(summary.value[0].image.encoded_image_string)) as gif:
            frames.append([])
            for place in range(gif.n_frames):
                gif.seek(place)
                frames[-1].append(np.asarray(gif.convert("L")))
    assert np.array_equal(*frames)


@both
@pytest.mark.filterwarnings("ignore:audio 'a' has levels")
def test_audio_has_no_metadata(kind):
    ours, theirs = pair(kind, lambda s: s.audio("a", ramp(42)))
    assert ours == theirs


TENSORS = [
    torch.tensor(values, dtype=dtype)
    for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.uint8, torch.bool, torch.complex64, torch.complex128,
    )
    for values in ([[1, 0], [1, 1]], 1)
]  # fmt: skip


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_tensors(tensor):
    ours, theirs = pair("torch", lambda s: s.tensor_proto("a", tensor))
    assert ours == theirs


def test_numbers_of_16_bits_are_what_the_module_reads():
    from tensorbolt.compat.torch.summary import int_to_half, tensor_proto

    for dtype in (torch.float16, torch.bfloat16):
        message = tensor_proto("a", torch.tensor([1.5, -2, 3], dtype=dtype)).value[0]
        assert [int_to_half(i) for i in message.tensor.half_val] == [1.5, -2, 3]


@both
@pytest.mark.parametrize("thresholds", [1, 5, 1000])
def test_a_raw_curve_tells_the_thresholds_it_is_told(kind, thresholds):
    rows = np.linspace(0, 1, 30).reshape(6, 5)
    ours, theirs = pair(kind, lambda s: s.pr_curve_raw("a", *rows, thresholds))
    assert ours == theirs


@both
@pytest.mark.parametrize("config", [None, {"material": {"cls": "PointsMaterial"}}])
def test_meshes(kind, config):
    points = ramp(1, 4, 3)
    rest = (points.astype(int), np.array([[[0, 1, 2]]]), config)
    ours, theirs = pair(kind, lambda s: s.mesh("a", points, *rest))
    assert ours == theirs


@both
def test_the_default_bins_have_no_name(kind):
    for call in (
        lambda s: s.histogram("a", [1, 3], "tensorflow"),
        lambda s: s.make_histogram(np.ones(2), "tensorflow"),
    ):
        with pytest.raises(ValueError, match="pass default_bins of a writer"):
            pair(kind, call)


def test_what_is_no_array():
    for name in ("torch._convert_np", "tensorboardx.x2num"):
        module = importlib.import_module(f"tensorbolt.compat.{name}")
        for kind in (TypeError, NotImplementedError):
            with pytest.raises(kind, match="x must be"):
                module.make_np({"pytorch": 1.0})


def test_without_protobuf_they_are_those_of_the_writers():
    python(
        """
        import sys
        sys.modules.update(dict.fromkeys(("tensorboard", "tensorboardX", "google.protobuf", "PIL")))
        import numpy as np
        from tensorbolt.compat.torch import summary
        from tensorbolt.compat.tensorboardx import summary as tbx
        for module in (summary, tbx):
            points = np.zeros((1, 3, 3))
            for message in (
                module.image("a", np.zeros((3, 2, 2)), dataformats="CHW"),
                module.make_image(np.zeros((2, 2, 3), np.uint8)),
                module.audio("a", np.zeros(4)),
                module.pr_curve_raw("a", *np.zeros((6, 127))),
                module.mesh("a", points, None, None, None),
            ):
                assert len(message.SerializeToString()) > 20
        assert summary.tensor_proto("a", np.ones(2, np.float16)).SerializeToString()
        """
    )
