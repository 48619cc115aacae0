"""Comparing images by their pixels."""

import io

import numpy as np
from PIL import Image
from tests.python.support.helpers import on_all


def pixels(value):
    """The image of an image value as an array, checked against the sizes that the value gives."""
    image = Image.open(io.BytesIO(value.image.encoded_image_string))
    assert image.format == "PNG"
    array = np.asarray(image)
    assert array.shape == (
        value.image.height,
        value.image.width,
        value.image.colorspace,
    )
    assert array.dtype == np.uint8
    return array


def parts(event):
    """The pixels of an event, and the text of all else in it."""
    rest = type(event).FromString(event.SerializeToString())
    array = [pixels(value) for value in rest.summary.value]
    for value in rest.summary.value:
        value.image.ClearField("encoded_image_string")
    return array, str(rest)


def same_images(call, only_with=("ours", "torch", "tbx")):
    """Assert that the writers write the same images, or that all of them raise."""
    results = on_all(call, only_with=only_with)
    ours = results.pop("ours")
    if all(isinstance(theirs, Exception) for theirs in results.values()):
        assert isinstance(ours, Exception), (ours, results)
        return
    if isinstance(ours, Exception):
        raise ours
    for name, theirs in results.items():
        if isinstance(theirs, Exception):
            raise theirs
        assert sorted(ours) == sorted(theirs), name
        for left, right in zip(ours["."], theirs["."], strict=True):
            (array, rest), (other, other_rest) = parts(left), parts(right)
            assert rest == other_rest, name
            for one, two in zip(array, other, strict=True):
                np.testing.assert_array_equal(one, two, err_msg=name)
