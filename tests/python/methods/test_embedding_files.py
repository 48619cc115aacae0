"""The files of an embedding: when they come, who shares the config, and what happens where they cannot be written."""

import logging
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorboardX
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tests.python.files.test_full_disk import disk, fill, wait_until  # noqa: F401
from tests.python.support.embeddings import config, files, names
from tests.python.support.helpers import python, together, tree
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

MAT = np.arange(6.0).reshape(3, 2)


def test_small_ones_are_there_when_the_call_returns(logdir):
    """Programs read them right after the call, or remove the directory, as both others allow."""
    writer = tensorbolt.SummaryWriter(logdir)
    for step in range(20):
        mat = np.full((2000, 20), step, np.float32)
        image = np.zeros((2000, 1, 2, 2), np.uint8)
        writer.add_embedding(mat, ["label"] * 2000, image, global_step=step)
        found = files(logdir)
        assert len(found) == step + 1
        assert (found[f"default:{step:05}"].points == step).all()
        assert sorted(os.listdir(Path(logdir, f"{step:05}", "default"))) == [
            "metadata.tsv",
            "sprite.png",
            "tensors.tsv",
        ]
    shutil.rmtree(logdir)
    assert not Path(logdir).exists()
    writer.close()


def test_flush_is_a_barrier(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    for step in range(5):
        writer.add_embedding(np.ones((1000, 50)), global_step=step)
    writer.flush()
    assert len(files(logdir)) == 5
    assert writer.stats()["pending_bytes"] == 0
    assert writer.stats()["events"] == 0
    assert writer.stats()["bytes"] > 5 * 1000 * 50 * 4
    writer.close()


def test_the_array_may_be_changed_at_once(logdir):
    mat, image = np.ones((20_000, 20), np.float32), np.full((20_000, 1, 1, 1), 9, np.uint8)  # fmt: skip
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(mat, label_img=image)
        mat[:], image[:] = 0, 0
    found = files(logdir)["default:00000"]
    assert (found.points == 1).all()
    assert found.sprite.max() == 9


def test_nothing_is_lost_at_exit(logdir):
    python(
        """
        import sys, numpy, tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        writer.add_embedding(numpy.ones((20_000, 20)))
        """,
        logdir,
    )
    assert files(logdir)["default:00000"].points.shape == (20_000, 20)


def test_after_close_and_in_copies(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    writer.add_embedding(MAT, tag="closed")
    copy = pickle.loads(pickle.dumps(writer))
    copy.add_embedding(MAT, tag="copy")
    copy.close()
    writer.close()
    assert sorted(names(logdir)) == ["closed:00000", "copy:00000"]


def test_the_directory_stays_where_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = tensorbolt.SummaryWriter("run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    writer.add_embedding(MAT)
    writer.close()
    assert tree(tmp_path / "elsewhere") == []
    assert names(tmp_path / "run") == ["default:00000"]


def test_in_a_forked_child(logdir):
    python(
        """
        import os, sys, numpy, tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        writer.add_embedding(numpy.ones((50_000, 20)), tag="parent")
        child = os.fork()
        writer.add_embedding(numpy.ones((50_000, 20)), tag="after" if child else "child")
        writer.close()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
        logdir,
    )
    assert sorted(names(logdir)) == ["after:00000", "child:00000", "parent:00000"]


# --- the config


def test_no_entry_of_another_thread_or_writer_is_lost(logdir):
    """Difference D23: torch's second writer erases the entries of the first."""
    writers = [tensorbolt.SummaryWriter(logdir) for _ in range(2)]

    def log(number):
        for step in range(10):
            writers[number % 2].add_embedding(MAT, global_step=step, tag=f"t{number}")

    together(8, log)
    for writer in writers:
        writer.close()
    assert len(names(logdir)) == len(set(names(logdir))) == 80


def test_no_entry_of_another_process_is_lost(logdir):
    code = """if True:
        import sys, numpy, tensorbolt
        with tensorbolt.SummaryWriter(sys.argv[1]) as writer:
            for step in range(20):
                writer.add_embedding(numpy.ones((2, 2)), global_step=step, tag=sys.argv[2])
    """
    root = str(Path(tensorbolt.__file__).parents[1])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, logdir, tag],
            env={**os.environ, "PYTHONPATH": root},
        )
        for tag in "abc"
    ]
    assert [process.wait(100) for process in processes] == [0, 0, 0]
    assert len(names(logdir)) == len(set(names(logdir))) == 60


@pytest.mark.parametrize(
    "theirs", [torch_tensorboard.SummaryWriter, tensorboardX.SummaryWriter]
)
def test_entries_of_a_reference_writer_stay(logdir, theirs):
    other = theirs(logdir)
    for step in (0, 1, 1):
        other.add_embedding(MAT, ["a", "b", "c"], global_step=step, tag="x y")
    other.close()
    before = config(logdir)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(MAT, global_step=1, tag="x y")
        writer.add_embedding(MAT, tag="ours")
    found = {entry.tensor_name: entry for entry in config(logdir).embeddings}
    assert list(found) == names(logdir) == ["x y:00000", "x y:00001", "ours:00000"]
    assert found["x y:00000"] == before.embeddings[0]
    assert not found["x y:00001"].metadata_path


def test_any_name_is_escaped(logdir):
    """Difference D23: a quote in a tag makes tensorboardX's whole config unreadable."""
    tags = ['"', "\\", "a\nb", "\t\r\x01\x7f", "'", "é😀", "#", "}", "x\u2028"]
    with tensorbolt.SummaryWriter(logdir) as writer:
        for tag in [*tags, *tags]:
            writer.add_embedding(MAT, tag=tag)
    assert names(logdir) == [f"{tag}:00000" for tag in tags]
    assert [found.points.shape for found in files(logdir).values()] == [(3, 2)] * len(tags)  # fmt: skip


def test_what_a_user_added_stays(logdir):
    Path(logdir).mkdir()
    added = ProjectorConfig(model_checkpoint_path="model.ckpt")
    added.embeddings.add(
        tensor_name="mine", bookmarks_path="b.json", tensor_shape=[1, 2]
    )
    added.embeddings.add(tensor_name="default:00000", bookmarks_path="marks.json")
    Path(logdir, "projector_config.pbtxt").write_text(
        "# by hand\n" + text_format.MessageToString(added)
    )
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(MAT)
    assert Path(logdir, "projector_config.pbtxt").read_text().startswith("# by hand\n")
    found = config(logdir)
    assert found.model_checkpoint_path == "model.ckpt"
    assert found.embeddings[0] == added.embeddings[0]
    assert found.embeddings[1].bookmarks_path == "marks.json"
    assert found.embeddings[1].tensor_path == "00000/default/tensors.tsv"


@pytest.mark.parametrize("broken", [b'embeddings {\ntensor_name: "a"b"\n}\n', b"\xff"])
def test_a_config_that_cannot_be_read_is_kept(logdir, broken):
    Path(logdir).mkdir()
    Path(logdir, "projector_config.pbtxt").write_bytes(broken)
    with (
        pytest.warns(RuntimeWarning, match=r"kept as projector_config\.pbtxt\.unre"),
        tensorbolt.SummaryWriter(logdir) as writer,
    ):
        writer.add_embedding(MAT)
    assert Path(logdir, "projector_config.pbtxt.unreadable").read_bytes() == broken
    assert names(logdir) == ["default:00000"]


# --- the directory


def test_the_same_place_again_is_overwritten_with_a_notice(logdir, caplog, capsys):
    """Difference P62: the reference writers print a line to standard output."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(MAT)
        assert not caplog.records
        with caplog.at_level(logging.WARNING, "tensorbolt"):
            writer.add_embedding(MAT + 1)
    assert "global_step" in caplog.text
    assert capsys.readouterr().out == ""
    np.testing.assert_array_equal(files(logdir)["default:00000"].points, MAT + 1)


def test_a_reader_never_sees_half_a_file(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    sizes = set()
    path = Path(logdir, "00000/default/tensors.tsv")
    for _ in range(20):
        writer.add_embedding(np.ones((5000, 20), np.uint8))
        for _ in range(20):
            if path.exists():
                sizes.add(path.stat().st_size)
    writer.close()
    assert sizes <= {5000 * 20 * 2}
    assert not [name for name in tree(logdir) if name.endswith(".tmp")]


def test_a_directory_that_vanishes_is_made_again(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    shutil.rmtree(logdir)
    writer.add_embedding(MAT)
    writer.close()
    assert names(logdir) == ["default:00000"]


@pytest.fixture
def blocked(logdir):
    """A log directory in which a file stands where the directory of step 0 should be."""
    Path(logdir).mkdir()
    blocker = Path(logdir, "00000")
    blocker.write_text("in the way")
    return blocker


def test_a_failure_warns_once_and_is_tried_again(logdir, blocked):
    writer = tensorbolt.SummaryWriter(logdir)
    with pytest.warns(RuntimeWarning, match="cannot make the directory") as caught:
        writer.add_embedding(MAT)
        writer.flush()
        writer.flush()
        writer.add_scalar("s", 1)
    assert len(caught) == 1
    assert writer.stats()["errors"] >= 2
    assert writer.stats()["dropped"] == 0
    blocked.unlink()
    writer.flush()
    assert names(logdir) == ["default:00000"]
    assert writer.stats()["pending_bytes"] == 0
    writer.close()


def test_what_never_succeeds_is_counted(logdir, blocked):
    writer = tensorbolt.SummaryWriter(logdir)
    with (
        pytest.warns(RuntimeWarning, match="were given up when it was closed"),
        pytest.warns(RuntimeWarning, match="cannot make the directory"),
    ):
        writer.add_embedding(MAT)
        writer.add_embedding(MAT, tag="second")
        writer.close()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    assert writer.stats()["dropped"] == 2
    assert not Path(logdir, "projector_config.pbtxt").exists()


def test_the_process_ends_all_the_same(logdir, blocked):
    python(
        """
        import sys, numpy, tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        writer.add_embedding(numpy.ones((2, 2)))
        """,
        logdir,
    )
    assert blocked.read_text() == "in the way"


def test_a_full_disk_takes_it_later(disk):  # noqa: F811 - the fixture
    writer = tensorbolt.SummaryWriter(disk / "run")
    filler = fill(disk)
    with pytest.warns(RuntimeWarning, match="No space left"):
        writer.add_embedding(np.ones((5000, 20)))
        writer.flush()
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert not list((disk / "run").rglob("*.tmp"))
    assert files(disk / "run")["default:00000"].points.shape == (5000, 20)


def test_on_error_raise_raises_once(logdir, blocked):
    writer = tensorbolt.SummaryWriter(logdir, on_error="raise")
    with pytest.raises(OSError, match="cannot make the directory"):
        writer.add_embedding(MAT)
        writer.flush()
    blocked.unlink()
    writer.flush()
    assert names(logdir) == ["default:00000"]
    writer.close()


def test_the_memory_limit_holds(logdir, blocked):
    writer = tensorbolt.SummaryWriter(logdir, max_buffer=100_000, on_full="drop")
    with pytest.warns(RuntimeWarning):
        for step in range(10):
            writer.add_embedding(np.ones((50, 100)), global_step=step)
        writer.flush()
        assert 0 < writer.stats()["dropped"] < 10
        blocked.unlink()
        writer.close()
    assert len(names(logdir)) + writer.stats()["dropped"] == 10


def test_without_a_disk_nothing_is_written(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_embedding(MAT, ["a", "b", "c"], np.zeros((3, 1, 2, 2)))
        with pytest.raises(ValueError, match="label"):
            writer.add_embedding(MAT, ["a"])
        writer.flush()
        assert writer.stats()["pending_bytes"] == 0
    assert list(tmp_path.iterdir()) == []
