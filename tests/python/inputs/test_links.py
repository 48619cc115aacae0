"""Symbolic links in the log directory are not followed out of it; the log directory itself may be one."""

import numpy as np
import pytest
from tests.python.support.helpers import scalars, tree

import tensorbolt

POINTS = np.eye(3)
# A link of this name, and the call that would go through it.
CALLS = {
    "add_scalars": ("g_k", lambda writer: writer.add_scalars("g", {"k": 1.0})),
    "add_scalars, deeper": (
        "g_k",
        lambda writer: writer.add_scalars("g", {"k/a/b": 1.0}),
    ),
    "add_hparams": (
        "r",
        lambda writer: writer.add_hparams({"a": 1}, {"m": 1.0}, run_name="r"),
    ),
    "add_hparams, deeper": (
        "r",
        lambda writer: writer.add_hparams({"a": 1}, {"m": 1.0}, run_name="r/x"),
    ),
    "add_embedding, step": (
        "00003",
        lambda writer: writer.add_embedding(POINTS, global_step=3),
    ),
    "add_embedding, tag": (
        "00000/t",
        lambda writer: writer.add_embedding(POINTS, tag="t"),
    ),
}


@pytest.fixture
def outside(tmp_path):
    """A directory that is none of the writer's business."""
    directory = tmp_path / "outside"
    directory.mkdir()
    (directory / "mine").write_text("mine")
    return directory


def link(logdir, name, target):
    place = logdir / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target, target_is_directory=True)


@pytest.mark.parametrize("target", ["outside", "outside/new", "../outside", "loop"])
@pytest.mark.parametrize("call", CALLS)
def test_a_link_out_of_the_log_directory_is_refused(tmp_path, outside, call, target):
    name, log = CALLS[call]
    logdir = tmp_path / "run"
    aims = {"outside": outside, "outside/new": outside / "new", "loop": logdir / name}
    link(logdir, name, aims.get(target, tmp_path / "run" / ".." / "outside"))
    before = tree(tmp_path)
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(ValueError, match="symbolic link"):
            log(writer)
        writer.flush()
        assert writer.stats()["errors"] == 0
        writer.add_scalar("after", 1.0)
    new = set(tree(tmp_path)) - set(before)
    assert all("tfevents" in path for path in new)
    assert tree(outside) == ["mine"]
    assert scalars(logdir) == [("after", 0, 1.0)]


@pytest.mark.parametrize("call", CALLS)
def test_a_link_within_the_log_directory_is_followed(tmp_path, call):
    name, log = CALLS[call]
    logdir = tmp_path / "run"
    (logdir / "elsewhere").mkdir(parents=True)
    link(logdir, name, logdir / "elsewhere")
    with tensorbolt.SummaryWriter(logdir) as writer:
        log(writer)
    assert tree(logdir / "elsewhere")


@pytest.mark.parametrize("call", CALLS)
def test_the_log_directory_may_be_a_link(tmp_path, outside, call):
    (tmp_path / "run").symlink_to(outside, target_is_directory=True)
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        CALLS[call][1](writer)
    assert len(tree(outside)) > 2


def test_files_that_are_links_are_replaced_not_written_through(tmp_path, outside):
    """What others share by a link stays theirs."""
    logdir = tmp_path / "run"
    directory = logdir / "00000" / "default"
    directory.mkdir(parents=True)
    for place in (logdir / "projector_config.pbtxt", directory / "tensors.tsv"):
        place.symlink_to(outside / "mine")
    (outside / "mine").write_text('embeddings { tensor_name: "theirs" }')
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(POINTS)
    assert (outside / "mine").read_text() == 'embeddings { tensor_name: "theirs" }'
    assert "theirs" in (logdir / "projector_config.pbtxt").read_text()
    assert not (directory / "tensors.tsv").is_symlink()


@pytest.mark.parametrize("comment", ["/../../x", "/..", "\0", "\\..\\x"])
def test_a_comment_does_not_lead_out_of_the_runs(tmp_path, monkeypatch, comment):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"comment .* leave out"):
        tensorbolt.SummaryWriter(comment=comment)
    assert tree(tmp_path) == []


@pytest.mark.parametrize("suffix", ["x" * 129, "日" * 43, "\ud800"])
def test_a_suffix_that_no_file_name_holds(tmp_path, suffix):
    with pytest.raises(ValueError, match="filename_suffix"):
        tensorbolt.SummaryWriter(tmp_path / "run", filename_suffix=suffix)
    assert tree(tmp_path) == []


def test_the_longest_suffix(tmp_path):
    with tensorbolt.SummaryWriter(
        tmp_path / "run", filename_suffix="x" * 128
    ) as writer:
        writer.add_scalar("s", 1.0)
    assert len(scalars(tmp_path / "run")) == 1
