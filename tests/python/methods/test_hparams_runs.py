"""The runs of add_hparams: where they are, what they share with their writer."""

import math
import os
import pickle
import resource
import threading

import pytest
from tests.python.support.helpers import event_files, runs, scalars, tree

import tensorbolt


def tags(logdir, run="."):
    return [event.summary.value[0].tag for event in runs(logdir)[run]]


START, END = "_hparams_/session_start_info", "_hparams_/session_end_info"


def test_each_call_without_a_name_is_a_row_of_its_own(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for number in range(50):
            writer.add_hparams({"number": number}, {"m": number})
    rows = {run: found for run, found in runs(logdir).items() if run != "."}
    assert len(rows) == 50
    assert all(float(run) > 1e9 for run in rows)
    assert {row[-1].summary.value[0].simple_value for row in rows.values()} == set(
        range(50)
    )


def test_the_same_name_updates_the_metrics_in_one_file(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(3):
            writer.add_hparams({"a": 1}, {"m": step}, "run", step)
    assert len(event_files(f"{logdir}/run")) == 1
    points = [point for point in scalars(f"{logdir}/run") if point[0] == "m"]
    assert points == [("m", 0, 0.0), ("m", 1, 1.0), ("m", 2, 2.0)]


def test_other_hyperparameters_of_the_same_run_warn(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams({"a": 1}, {}, "run")
        with pytest.warns(RuntimeWarning, match="'run' has other hyperparameters"):
            writer.add_hparams({"a": 2}, {}, "run")
        writer.add_hparams({"a": 2, "b": math.nan}, {}, "other")
        writer.add_hparams({"b": float("nan"), "a": 2}, {}, "other")


def test_the_own_run(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", 1, 1)
        writer.add_hparams({"a": 1}, {"m": 2}, run_name=".")
    assert tags(logdir) == ["loss", START, END, "m"]
    assert len(event_files(logdir)) == 1
    assert list(runs(logdir)) == ["."]


def test_a_writer_that_writes_to_its_own_run(logdir):
    """Difference D14: an option for what people override add_hparams for."""
    with tensorbolt.SummaryWriter(logdir, hparams_run=".") as writer:
        writer.add_hparams({"a": 1}, {"m": 2})
        writer.add_hparams({"a": 1}, {"m": 3}, "other")
    assert tags(logdir) == [START, END, "m"]
    assert sorted(runs(logdir)) == [".", "other"]


def test_a_writer_with_a_run_for_all_rows(logdir):
    with tensorbolt.SummaryWriter(logdir, hparams_run="h/p") as writer:
        writer.add_hparams({"a": 1}, {"m": 2})
        with pickle.loads(pickle.dumps(writer)) as other:
            other.add_hparams({"a": 1}, {"m": 3})
    assert tags(logdir, "h/p") == [START, END, "m"] * 2


@pytest.mark.parametrize("name", ["a/b", "./a//b/", "a/./b"])
def test_names_in_normal_form(logdir, name):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams({"a": 1}, {}, name)
        assert f"{logdir}/a/b" in writer.all_writers
    assert sorted(runs(logdir)) == [".", "a/b"]


def test_an_absolute_path_inside_is_a_name(tmp_path, monkeypatch):
    """The path of the log directory itself is a trick to write to its own run."""
    monkeypatch.chdir(tmp_path)
    with tensorbolt.SummaryWriter("runs/one/") as writer:
        writer.add_hparams({"a": 1}, {}, tmp_path / "runs/one")
        writer.add_hparams({"b": 1}, {}, str(tmp_path / "runs/one/below"))
    assert tags("runs/one") == [START, END]
    assert sorted(runs("runs/one")) == [".", "below"]
    assert tree(tmp_path)[:3] == ["runs", "runs/one", "runs/one/below"]


@pytest.mark.parametrize(
    "name", ["..", "../x", "a/../../x", "a\\..\\x", "/etc/x", "a\0", "k" * 300]
)
def test_no_name_leaves_the_log_directory(tmp_path, name):
    """Difference D14: with the reference writers some of these do."""
    with tensorbolt.SummaryWriter(tmp_path / "run") as writer:
        before = tree(tmp_path)
        with pytest.raises(ValueError, match="run_name"):
            writer.add_hparams({"a": 1}, {}, run_name=name)
        assert tree(tmp_path) == before
    with pytest.raises(ValueError, match="hparams_run"):
        tensorbolt.SummaryWriter(tmp_path / "other", hparams_run=name)
    assert tree(tmp_path) == before


def test_rows_have_the_settings_of_their_writer(logdir):
    """Difference D14: with the reference writers they have the defaults."""
    with tensorbolt.SummaryWriter(logdir, filename_suffix=".mine") as writer:
        writer.add_hparams({"a": 1}, {"m": 1}, "run")
        assert writer.stats()["events"] >= 3
        writer.flush()
        assert len(runs(logdir)["run"]) == 3
    assert event_files(f"{logdir}/run")[0].name.endswith(".mine")


def test_after_close(logdir):
    """Difference D14: tensorboardX raises."""
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    writer.add_hparams({"a": 1}, {"m": 1}, "run")
    writer.add_hparams({"a": 1}, {"m": 1}, "other")
    writer.close()
    assert tags(logdir, "run") == tags(logdir, "other") == [START, END, "m"]


def test_wrong_input_after_close_opens_no_file(logdir):
    writer = tensorbolt.SummaryWriter(logdir)
    writer.close()
    before = tree(logdir)
    for arguments, keywords in (
        (({"a": 1}, {}, "../x"), {}),
        (({"a": 1}, {"m": None}), {}),
        (({"a": 1}, {}), {"global_step": "x"}),
    ):
        with pytest.raises((TypeError, ValueError)):
            writer.add_hparams(*arguments, **keywords)
    assert tree(logdir) == before


def test_a_sweep_has_few_files_open(logdir):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 30, hard))
    try:
        with tensorbolt.SummaryWriter(logdir) as writer:
            for number in range(100):
                writer.add_hparams({"number": number}, {"m": 1}, f"trial{number}")
            assert len(writer.all_writers) == 2
            assert writer.stats()["errors"] == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(runs(logdir)) == 101


def test_the_run_of_a_group_stays_open(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("g", {"k": 1})
        writer.add_hparams({"a": 1}, {"m": 1}, "g_k")
        writer.add_hparams({"a": 1}, {"m": 1}, "other")
        assert f"{logdir}/g_k" in writer.all_writers
        writer.add_scalars("g", {"k": 2})
    assert len(event_files(f"{logdir}/g_k")) == 1
    assert tags(logdir, "g_k") == ["g", START, END, "m", "g"]


def test_a_group_in_the_run_of_a_row(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_hparams({"a": 1}, {"m": 1}, "g_k")
        writer.add_scalars("g", {"k": 1})
        writer.add_hparams({"a": 1}, {"m": 1}, "other")
        writer.add_scalars("g", {"k": 2})
    assert tags(logdir, "g_k") == [START, END, "m", "g", "g"]


def test_threads(logdir):
    def log(thread):
        for number in range(20):
            writer.add_hparams({"t": thread}, {"m": number}, f"{thread}_{number % 3}")
            writer.add_hparams({"t": thread}, {"m": number})

    with tensorbolt.SummaryWriter(logdir) as writer:
        threads = [threading.Thread(target=log, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = runs(logdir)
    assert len(found) == 1 + 4 * 3 + 4 * 20
    assert sum(len(events) for events in found.values()) == 4 * 40 * 3
