"""`follow` that Ctrl-C ends: each point is given out, or is still to come."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading import Log, Scalars
from tensorbolt.reading.following import Following

PACKAGE = str(Path(tensorbolt.__file__).parent)

#: Calls of the package after a table was given out, in which an interrupt is tried as well.
CALLS_AFTER = 5


@contextmanager
def interrupted(number: int) -> Iterator[None]:
    """Raise `KeyboardInterrupt` in the block at a call or return of this number in code of the package.

    Python runs handlers of signals at these places. A `yield` counts as a return, but no handler runs there; and when a generator
    is closed because nothing uses it any more, Python drops what a handler raises.
    """
    numbers = count()
    tables = Following.tables.__code__

    def at_call(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if code is tables:
            counts = event != "return"
        else:
            counts = not code.co_flags & inspect.CO_GENERATOR
        if counts and code.co_filename.startswith(PACKAGE) and next(numbers) == number:
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(at_call)
    try:
        yield
    finally:
        sys.setprofile(before)


def steps(table: Scalars) -> list[int]:
    return [int(step) for step in table["step"]]


def write(directory: Path, step: int) -> None:
    with SummaryWriter(directory, filename_suffix=f".{step}") as writer:
        writer.add_scalar("loss", 0.5, step)


def given_out(log: Log, number: int) -> list[int]:
    """Steps that `follow` gave out before it was interrupted."""
    tables = []
    follow = log.follow(1e-3)
    with pytest.raises(KeyboardInterrupt), interrupted(number):
        for table in follow:
            tables.append(table)  # noqa: PERF402 - keeps what came before the interrupt
    return [step for table in tables for step in steps(table)]


def test_an_interrupt_anywhere_loses_no_point_and_repeats_none(tmp_path: Path) -> None:
    write(tmp_path, 0)
    log = tensorbolt.read(tmp_path)
    assert steps(log.scalars) == [0]
    token = log.position
    write(tmp_path, 1)
    before = after = 0
    while after < CALLS_AFTER:
        log = tensorbolt.read(tmp_path, since=token)
        given = given_out(log, before + after)
        later = tensorbolt.read(tmp_path, since=log.position).scalars
        assert given + steps(later) == [1]
        if given:
            after += 1
            write(tmp_path / "more", 2)
            assert steps(next(log.follow())) == [2]
            for file in (tmp_path / "more").iterdir():
                file.unlink()
        else:
            before += 1
            assert steps(next(log.follow())) == [1]
    assert before > 10
