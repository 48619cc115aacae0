"""Damaged files: no call fails, and every record that is whole is there."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tests.python.serving import providers
from tests.python.serving.answers import Answers, collect
from tests.python.support.helpers import event_files

import tensorbolt

STEPS = 40
SEEDS = range(24)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with events of many kinds, of which each step has one scalar."""
    directory = tmp_path_factory.mktemp("original")
    with tensorbolt.SummaryWriter(directory) as writer:
        writer.add_hparams({"rate": 0.1}, {"loss": 1.0}, run_name=".")
        for step in range(STEPS):
            writer.add_scalar("loss", step, step)
            if step % 5 == 0:
                writer.add_histogram("weights", [1.0, 2.0, step], step)
                writer.add_image("image", [[[step / STEPS] * 4] * 4], step)
                writer.add_text("note", f"step {step}", step)
    (path,) = event_files(directory)
    return path.read_bytes()


def records(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each record begins and ends."""
    place = 0
    while place < len(data):
        end = place + 16 + int.from_bytes(data[place : place + 8], "little")
        yield place, end
        place = end


def flipped(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """Flip one to three bits of neighbouring bytes; return the first and the end of what is not as it was."""
    place = chance.randrange(30, len(data) - 3)
    length = chance.randint(1, 3)
    for at in range(place, place + length):
        data[at] ^= 1 << chance.randrange(8)
    return place, place + length


def torn(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """Cut the end off."""
    place, end = chance.randrange(30, len(data)), len(data)
    del data[place:]
    return place, end


def emptied(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """Zeros in the place of a part, as a machine that lost its power leaves them."""
    place = chance.randrange(30, len(data) - 600)
    end = place + chance.randint(1, 600)
    data[place:end] = bytes(end - place)
    return place, end


DAMAGES = (flipped, torn, emptied)


@pytest.fixture(scope="module")
def expected(
    original: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, set[int]]]:
    """A log with damaged copies, and from run to the steps of whole records."""
    top = tmp_path_factory.mktemp("damaged") / "log"
    steps = steps_of(original)
    found = {}
    for seed in SEEDS:
        for damage in DAMAGES:
            data = bytearray(original)
            first, end = damage(data, random.Random(f"{damage.__name__} {seed}"))
            run = f"{damage.__name__}-{seed}"
            (top / run).mkdir(parents=True)
            (top / run / "events.out.tfevents.1.h").write_bytes(data)
            places = enumerate(records(original))
            whole = {number for number, (start, stop) in places if stop <= first or start >= end}  # fmt: skip
            found[run] = {steps[number] for number in whole if number in steps}
    return top, found


def steps_of(data: bytes) -> dict[int, int]:
    """From the number of a record to the step of its scalar."""
    made = {}
    for number, (start, end) in enumerate(records(data)):
        event = Event.FromString(data[start + 12 : end - 4])
        if any(value.tag == "loss" for value in event.summary.value):
            made[number] = event.step
    assert {*made.values()} == {*range(STEPS)}
    return made


@pytest.fixture(scope="module")
def answers(expected: tuple[Path, dict[str, set[int]]]) -> Answers:
    with providers.ours(expected[0]) as stub:
        return collect(providers.from_stub(stub))


def test_every_whole_record_is_there(
    expected: tuple[Path, dict[str, set[int]]], answers: Answers
) -> None:
    for run, steps in expected[1].items():
        one = answers.series.get(("scalar", "scalars", run, "loss"))
        found = {} if one is None else {step: value for step, _, value in one.points}
        # Whatever is there has the value that was written.
        assert all(value == step for step, value in found.items())
        assert steps <= found.keys(), run
        # Nothing comes from a record that is damaged, but where zeros replaced zeros.
        assert found.keys() == steps or run.startswith("emptied")


def test_each_damage_is_counted(expected: tuple[Path, dict[str, set[int]]]) -> None:
    with providers.started(expected[0]) as (_, provider):
        assert provider.wait(60.0)
        counts = dict(provider.stats())
        assert counts["files"] == len(SEEDS) * len(DAMAGES)
        # A file that is cut may still grow.
        assert counts["damaged"] >= len(SEEDS)
