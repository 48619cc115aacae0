"""`ranks="reduce"`: the curves that rank 0 writes while the job runs, from its writers to TensorBoard's reader."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support.streams import writer_of

import tensorbolt
from tensorbolt import SummaryWriter

RANKS, STEPS = 5, 20
STATISTICS = {
    "{}": np.mean,
    "ranks/min/{}": np.min,
    "ranks/max/{}": np.max,
    "ranks/std/{}": np.std,
    "ranks/p50/{}": np.median,
    "ranks/max_rank/{}": np.argmax,
}


@pytest.fixture(autouse=True)
def patient(temporary):
    """Rank 0 waits for as long as it takes."""
    temporary.setenv("TENSORBOLT_REDUCE_WINDOW", "600")
    return temporary


def curves(directory):
    """From tag to values, as TensorBoard has them."""
    found = EventAccumulator(str(directory)).Reload()
    return {
        tag: [point.value for point in found.Scalars(tag)]
        for tag in found.Tags()["scalars"]
    }


def close(writers):
    """Close the writers of all ranks of one process: rank 0 waits for the others."""
    for writer in reversed(writers):
        writer.close()


def log(writers, values, start=0):
    for step, of_ranks in enumerate(values.T, start):
        for writer, value in zip(writers, of_ranks, strict=True):
            writer.log({"loss": value, "tokens": value}, step)


def test_curves_are_numpys(tmp_path):
    values = np.random.default_rng(0).normal(size=(RANKS, STEPS))
    writers = [writer_of(tmp_path, rank, RANKS) for rank in range(RANKS)]
    writers[0].reduce_by({"tok*": "sum"})
    log(writers, values)
    close(writers)
    found = curves(tmp_path)
    sums = {**STATISTICS, "{}": np.sum}
    wanted = {
        form.format(tag): function(values, axis=0)
        for tag, functions in (("loss", STATISTICS), ("tokens", sums))
        for form, function in functions.items()
    }
    assert found.keys() == wanted.keys()
    for tag, numbers in wanted.items():
        np.testing.assert_array_equal(found[tag], numbers.astype(np.float32), tag)
    assert writers[0].stats()["errors"] == 0


def test_several_writers_of_rank_0_make_the_curves_once(tmp_path):
    values = np.arange(6.0).reshape(2, 3)
    one, other, rank_1 = (writer_of(tmp_path, rank, 2) for rank in (0, 0, 1))
    log([one, rank_1], values)
    # The file that the curves go to stays open.
    one.close()
    log([other, rank_1], values + 1, start=3)
    rank_1.close()
    other.close()
    assert curves(tmp_path)["loss"] == [1.5, 2.5, 3.5, 2.5, 3.5, 4.5]
    steps = tensorbolt.read(tmp_path).scalars["step"]
    assert sorted(set(steps)) == [*range(6)]


def test_a_writer_goes_on_after_its_close(tmp_path):
    values = np.arange(6.0).reshape(2, 3)
    for step in range(3):
        writers = [writer_of(tmp_path, rank, 2) for rank in range(2)]
        for writer, value in zip(writers, values[:, step], strict=True):
            writer.add_scalar("loss", value, step)
        close(writers)
    assert sorted(curves(tmp_path)["loss"]) == [1.5, 2.5, 3.5]


def test_other_kinds_stand_next_to_the_curves(tmp_path):
    with SummaryWriter(tmp_path, ranks="reduce", rank=0, world_size=1) as writer:
        writer.add_scalar("loss", 0.5, 0)
        writer.add_text("text", "x", 0)
    found = EventAccumulator(str(tmp_path)).Reload().Tags()
    assert found["tensors"] == ["text/text_summary"]
    assert set(found["scalars"]) == {form.format("loss") for form in STATISTICS}


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "long"])
def test_the_window_must_be_a_number(tmp_path, patient, text):
    patient.setenv("TENSORBOLT_REDUCE_WINDOW", text)
    with pytest.raises(ValueError, match="variable TENSORBOLT_REDUCE_WINDOW must be"):
        writer_of(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_titles_and_descriptions_are_passed_on(tmp_path):
    """Those of the lowest rank that gives any; statistics keep their tags as titles."""
    for rank in (1, 0):
        with writer_of(tmp_path, rank, 2) as writer:
            for step in range(3):
                writer.add_scalar("plain", rank, step)
                title, text = ("Loss", "of *all* ranks") if rank else ("", "nats")
                writer.add_scalar("loss", rank, step, display_name=title, summary_description=text)  # fmt: skip
                writer.add_scalar("tokens", rank, step, display_name="Tokens")
    board = EventAccumulator(str(tmp_path)).Reload()
    assert len(board.Tags()["scalars"]) == 18
    # Curves without texts have no metadata in their events.
    texts = {
        tag: (found.display_name, found.summary_description)
        for tag, found in board.summary_metadata.items()
    }
    assert texts["loss"] == ("", "nats")
    assert texts["ranks/max/loss"] == ("", "nats")
    assert "ranks/max_rank/loss" not in texts
    assert texts["tokens"] == ("Tokens", "")
    assert texts["ranks/std/tokens"] == ("", "")
    assert "plain" not in texts
    assert [point.value for point in board.Scalars("tokens")] == [0.5] * 3
    assert board.SummaryMetadata("loss").plugin_data.plugin_name == "scalars"
