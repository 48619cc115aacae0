"""Facts that the package states and the extension owns: both state the same."""

import inspect

import pytest

import tensorbolt
from tensorbolt import _core
from tensorbolt._options import Options
from tensorbolt.interception import record_hooks


@pytest.mark.parametrize("kind", [tensorbolt.SummaryWriter, Options])
def test_signatures_show_the_defaults_of_the_core(kind):
    parameters = inspect.signature(kind).parameters
    assert parameters["max_buffer"].default == _core.DEFAULT_MAX_BUFFER
    assert parameters["stall_timeout"].default == _core.DEFAULT_STALL_TIMEOUT


def test_both_refusals_of_on_full_have_the_same_sentence(logdir):
    with pytest.raises(ValueError, match="on_full") as of_the_core:
        tensorbolt.SummaryWriter(logdir, on_full="wait")
    with pytest.raises(TypeError, match="on_full") as of_the_package:
        tensorbolt.SummaryWriter(logdir, on_full=1)
    sentence = str(of_the_package.value).replace("1", '"wait"')
    assert str(of_the_core.value) == sentence


@pytest.mark.parametrize("tag", ["loss", "a/b", "50%", "back\\slash", "ünï"])
def test_the_private_name_of_an_embedding_directory_is_the_real_one(logdir, tag):
    with tensorbolt.SummaryWriter(logdir) as writer:
        name, directory = _core.embedding_address(tag, 3)
        assert name == f"{tag}:00003"
        assert directory == f"00003/{writer._encode(tag)}"


def test_replaced_record_writers_get_records_without_the_frame_of_the_core():
    empty = _core.encode_record(b"")
    assert record_hooks._HEAD.size + record_hooks._CHECKSUM == len(empty)
    assert record_hooks._HEAD.unpack_from(_core.encode_record(b"abc"))[0] == len(b"abc")
