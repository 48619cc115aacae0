"""add_scalars and export_scalars_to_json."""

import copy
import json
import os
import pathlib
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import (
    TIME,
    on_all,
    runs,
    same_on_all,
    scalars,
    tree,
    wait_until,
)

import tensorbolt

WORDS = st.text("abcxyz_-.0", min_size=1, max_size=8).filter(
    lambda word: set(word) != {"."}
)
GROUPS = st.dictionaries(WORDS, st.floats(width=32), min_size=1, max_size=4)


@given(st.lists(st.tuples(WORDS, GROUPS, st.integers(0, 100)), min_size=1, max_size=4))
def test_groups_are_those_of_torch(calls):
    def log(writer):
        for main_tag, group, step in calls:
            writer.add_scalars(main_tag, group, step, TIME)

    same_on_all(log, only_with=("ours", "torch"))


def test_slashes_of_the_main_tag_become_underscores_those_of_keys_directories():
    group = {"b/c": 1, "d": torch.tensor(2.0), "e f": np.float32(3)}
    same_on_all(
        lambda w: w.add_scalars("run/14h x", group, 1, TIME),
        only_with=("ours", "torch"),
    )


def test_directories_are_those_of_torch():
    """Difference P2: tensorboardX nests the key below the main tag and cleans it."""
    results = on_all(lambda w: w.add_scalars("m/x", {"k": 1.0}, 1, TIME))
    assert sorted(results["ours"]) == sorted(results["torch"]) == [".", "m_x_k"]
    assert sorted(results["tbx"]) == [".", "m/x/k"]
    assert str(results["ours"]["m_x_k"]) == str(results["tbx"]["m/x/k"])


def test_a_trailing_slash_doubles_nothing(tmp_path):
    """Difference P3: torch makes `dir//main_key`."""
    with tensorbolt.SummaryWriter(f"{tmp_path}/run/") as writer:
        writer.add_scalars("m", {"k": 1})
        assert f"{tmp_path}/run/m_k" in writer.all_writers
    assert sorted(runs(tmp_path)) == ["run", "run/m_k"]


@pytest.mark.parametrize("bad", [None, "x", [1, 2], object(), torch.zeros(2), 1j, {}])
def test_a_bad_value_writes_nothing_at_all(logdir, bad):
    """Difference D13: the reference writers have written the keys before it, and an empty file."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        before = tree(logdir)
        with pytest.raises((TypeError, ValueError), match=r"tag_scalar_dict\['b'\]"):
            writer.add_scalars("m", {"a": 1.0, "b": bad, "c": 2.0})
        assert tree(logdir) == before
        assert writer.scalar_dict == {}
        assert list(writer.all_writers) == [logdir]


@pytest.mark.parametrize(
    ("main_tag", "key"),
    [
        ("m", "a/../../../b"),
        ("m", "x/.."),
        ("..", "/.."),
        ("m", "a\0b"),
        ("m\0", "a"),
        ("m", "k" * 300),
        ("m", "a\\..\\..\\b"),
    ],
)
def test_no_key_leaves_the_log_directory(tmp_path, main_tag, key):
    """Difference D13: with the reference writers some of these do."""
    root = tmp_path / "run"
    with tensorbolt.SummaryWriter(root) as writer:
        before = tree(tmp_path)
        with pytest.raises(ValueError, match="main_tag"):
            writer.add_scalars(main_tag, {"good": 1.0, key: 1.0})
        assert tree(tmp_path) == before
        assert writer.scalar_dict == {}


def test_an_absolute_main_tag_or_key_stays_inside(tmp_path):
    """Difference D13: tensorboardX writes to that absolute path."""
    outside = tmp_path / "outside"
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalars(str(outside), {"k": 1})
        writer.add_scalars("m", {str(outside): 1})
    assert os.listdir(tmp_path) == ["run"]
    assert len(runs(tmp_path / "run")) == 3


def test_the_keys_share_one_time_and_the_writers_stay_open(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(10):
            writer.add_scalars("m", {"a": step, "b": -step}, step)
        assert len(writer.all_writers) == 3
    found = runs(logdir)
    assert [e.wall_time for e in found["m_a"]] == [e.wall_time for e in found["m_b"]]
    assert scalars(f"{logdir}/m_a") == [("m", step, step) for step in range(10)]


def test_json_is_that_of_tensorboardx(tmp_path):
    calls = [
        ("m", {"a": 1, "b": 2.5}, 1),
        ("m", {"a": float("nan")}, None),
        ("n", {"a": float("inf")}, -1),
    ]
    texts = {}

    def log(writer):
        for main_tag, group, step in calls:
            writer.add_scalars(main_tag, group, step, TIME)
        path = tmp_path / type(writer).__module__
        writer.export_scalars_to_json(str(path))
        assert writer.scalar_dict == {}
        texts[type(writer).__module__.split(".")[0]] = path.read_text()

    on_all(log, only_with=("ours", "tbx"))
    ours, theirs = (json.loads(texts[name]) for name in ("tensorbolt", "tensorboardX"))
    assert [str(points) for points in ours.values()] == [
        str(points) for points in theirs.values()
    ]


def test_json_keys_are_the_directories(logdir, tmp_path):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.scalar_dict = {"mine": [[0.0, 1, 2.0]]}
        writer.add_scalars("m", {"a": 1}, 1, TIME)
        writer.add_scalar("not in it", 1)
        writer.export_scalars_to_json(tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text()) == {
        "mine": [[0.0, 1, 2.0]],
        f"{logdir}/m_a": [[TIME, 1, 1.0]],
    }


@pytest.mark.parametrize("step", [np.int64(3), torch.tensor(3), 3.9, "3"])
def test_json_takes_every_kind_of_step(logdir, tmp_path, step):
    """Difference P4: tensorboardX raises at a numpy integer and leaves half a file."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("m", {"a": 1}, step, TIME)
        writer.export_scalars_to_json(tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text()) == {
        f"{logdir}/m_a": [[TIME, 3, 1.0]]
    }


def test_an_export_that_fails_forgets_nothing(logdir, tmp_path):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("m", {"a": 1}, 1, TIME)
        with pytest.raises(FileNotFoundError):
            writer.export_scalars_to_json(tmp_path / "no" / "such" / "directory.json")
        assert writer.scalar_dict == {f"{logdir}/m_a": [[TIME, 1, 1.0]]}


BAD_LATER = [None, "x", [1, 2], torch.zeros(2), np.zeros(2), 1j, 10**400]


@pytest.mark.parametrize("bad", BAD_LATER)
def test_a_bad_value_writes_nothing_once_all_files_are_open_either(logdir, bad):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("m", {"a": 1.0, "b": 2.0}, 0)
        history = json.dumps(writer.scalar_dict)
        with pytest.raises((TypeError, ValueError), match=r"tag_scalar_dict\['b'\]"):
            writer.add_scalars("m", {"a": 3.0, "b": bad}, 1)
        with pytest.raises(TypeError, match="tag_scalar_dict must be a mapping"):
            writer.add_scalars("m", None, 1)
        assert json.dumps(writer.scalar_dict) == history
    for run in ("m_a", "m_b"):
        assert [step for _, step, _ in scalars(f"{logdir}/{run}")] == [0]


def test_the_second_call_is_as_good_as_the_first():
    """From then on files and directories are known, and one native call does the rest."""

    def log(writer):
        for step in (1, np.int64(2), None, 4):
            writer.add_scalars(
                "m", {"a": 1.5, "b": torch.tensor(step or 7)}, step, TIME
            )
        writer.add_scalars("m", {"b": np.float32(0.1), "new": np.array([3])}, 5, TIME)
        writer.add_scalars(
            "m", {"b": torch.tensor([[8.0]], requires_grad=True)}, 6, TIME
        )
        writer.add_scalars("m", {"a": True, "b": np.uint8(255)}, 7, TIME)
        writer.add_scalars("m", {}, 8, TIME)

    same_on_all(log, only_with=("ours", "torch"))


def test_files_closed_one_by_one_are_told_and_not_written_to(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.add_scalars("m", {"a": 1.0, "b": 2.0}, 0)
    writer.all_writers[f"{logdir}/m_b"].close()
    with pytest.raises(OSError, match="closed"):
        writer.add_scalars("m", {"b": 3.0}, 1)
    writer.close()
    writer.add_scalars("m", {"a": 4.0, "b": 5.0}, 2)
    writer.close()
    assert writer.scalar_dict[f"{logdir}/m_a"][-1][1:] == [2, 4.0]


def test_a_loop_that_changes_its_keys(logdir):
    """Keys are looked for where they were in the call before; each number must go to its own run all the same."""
    orders = [["a", "b", "c"], ["c", "a", "b"], ["b"], ["c", "b"], ["a", "d", "c"]]
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(50):
            for tag in ("m", "n"):
                group = {key: ord(key) + step for key in orders[step % len(orders)]}
                writer.add_scalars(tag, group, step)
        history = writer.scalar_dict
    for run, key in ((f"{tag}_{key}", key) for tag in "mn" for key in "abcd"):
        wanted = [
            (run[0], step, ord(key) + step)
            for step in range(50)
            if key in orders[step % len(orders)]
        ]
        assert scalars(f"{logdir}/{run}") == wanted
        assert [point[1:] for point in history[f"{logdir}/{run}"]] == [
            [step, value] for _, step, value in wanted
        ]


def test_keys_that_are_other_objects_each_time(logdir):
    class Key(str):
        __slots__ = ()

    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(6):
            key = (Key, str)[step % 2](f"key {step // 4}")
            writer.add_scalars(f"main {step // 3}", {key: step}, step)
    steps = {run: [e.step for e in found] for run, found in runs(logdir).items()}
    assert steps == {
        ".": [],
        "main 0_key 0": [0, 1, 2],
        "main 1_key 0": [3],
        "main 1_key 1": [4, 5],
    }


def test_points_are_there_whenever_one_looks(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(6):
            writer.add_scalars("m", {"a": step}, step or None, TIME)
            if step % 2:
                points = writer.scalar_dict[f"{logdir}/m_a"]
                assert points[-1] == [TIME, step, float(step)]
        assert points[0] == [TIME, None, 0.0]
        assert [point[2] for point in points] == [0, 1, 2, 3, 4, 5]
        writer.add_scalars("m", {"a": 6}, 6, TIME)
        copied = copy.copy(writer)
        assert len(copied.scalar_dict[f"{logdir}/m_a"]) == 7
        copied.close()
        writer.add_scalars("m", {"a": 7}, 7, TIME)
        writer.scalar_dict = {}
        assert writer.scalar_dict == {}
        writer.add_scalars("m", {"a": 8}, 8, TIME)
        assert writer.scalar_dict == {f"{logdir}/m_a": [[TIME, 8, 8.0]]}


def test_a_file_put_in_place_of_another(logdir):
    """Calls before have made it unnecessary to ask for the file; it must be asked for all the same."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(3):
            writer.add_scalars("m", {"a": step}, step)
        before = writer.all_writers[f"{logdir}/m_a"]
        writer.all_writers[f"{logdir}/m_a"] = tensorbolt.FileWriter(f"{logdir}/own")
        writer.add_scalars("m", {"a": 3}, 3)
        writer.add_scalars("m", {"a": 4}, 4)
        before.close()
    assert [step for _, step, _ in scalars(f"{logdir}/m_a")] == [0, 1, 2]
    assert scalars(f"{logdir}/own") == [("m", 3, 3.0), ("m", 4, 4.0)]


def test_a_method_replaced_between_two_calls(logdir):
    met = []
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(3):
            writer.add_scalars("m", {"a": step, "b": step}, step)
        file = writer.all_writers[f"{logdir}/m_a"]
        file.add_event = lambda event, *_: met.append(event.step)
        writer.add_scalars("m", {"a": 3, "b": 3}, 3)
        del file.add_event
        writer.add_scalars("m", {"a": 4, "b": 4}, 4)
    assert met == [3]
    assert [step for _, step, _ in scalars(f"{logdir}/m_a")] == [0, 1, 2, 4]
    assert [step for _, step, _ in scalars(f"{logdir}/m_b")] == [0, 1, 2, 3, 4]


def test_what_a_full_buffer_refuses_is_counted(logdir):
    with tensorbolt.SummaryWriter(logdir, max_buffer=1000, on_full="drop") as writer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in range(2000):
                writer.add_scalars("m", {"a": step, "b": step}, step)
        events, dropped = writer.stats()["events"], writer.stats()["dropped"]
    assert events + dropped == 4000
    assert len(scalars(f"{logdir}/m_a")) + len(scalars(f"{logdir}/m_b")) == events


def test_a_directory_that_cannot_be_made_holds_up_no_other_key(logdir):
    """Files of new keys are opened side by side; one that fails is tried again until it can be made."""
    logdir = pathlib.Path(logdir)
    with (
        pytest.warns(RuntimeWarning, match="m_b"),
        tensorbolt.SummaryWriter(logdir) as writer,
    ):
        (logdir / "m_b").write_text("in the way")
        for step in range(2):
            writer.add_scalars("m", {"a": 1.0, "b": 2.0, "c": 3.0}, step)
        # On a busy machine the call may return before it has failed.
        wait_until(lambda: writer.stats()["errors"] > 0)
        (logdir / "m_b").unlink()
    for key, value in {"a": 1.0, "b": 2.0, "c": 3.0}.items():
        assert scalars(logdir / f"m_{key}") == [("m", 0, value), ("m", 1, value)]


def test_keys_that_share_a_directory_share_its_file(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("m", {"a/b": 1.0, "a//b": 2.0, "a/./b": 3.0}, 0)
        files = len(writer.all_writers)
    assert len(list(pathlib.Path(logdir).rglob("*tfevents*"))) == files
