"""A store that fails when a test orders it, and how often and with which seed a test of luck is run."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest
from tests.python.support.helpers import wait_until
from tests.python.support.machine import needs

REPEAT = int(os.environ.get("CHAOS", "1"))
"""Repetitions of each test that is left to chance; `make chaos` sets it."""
SEED = int(os.environ.get("CHAOS_SEED", "1"))
"""The first repetition's seed; the same in every run of `make test`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for `chance` once per repetition; the seed is in the test's name."""
    if "chance" in metafunc.fixturenames:
        seeds = range(SEED, SEED + REPEAT)
        metafunc.parametrize("chance", seeds, indirect=True, ids="seed{}".format)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A generator of random numbers, the same for the same seed."""
    return random.Random(request.param)


class Store:
    """A mounted directory whose faults are ordered through files."""

    def __init__(self, root: Path) -> None:
        self.backing, self.path = root / "backing", root / "store"
        self.orders = root / "orders"
        for directory in (self.backing, self.path, self.orders):
            directory.mkdir(parents=True)
        program = Path(__file__).with_name("faulty.py")
        self.process = subprocess.Popen(
            [sys.executable, program, self.backing, self.path, self.orders],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "FUSE_LIBRARY_NAME": "fuse3"},
        )

    def mounted(self) -> bool:
        """Whether it is there yet; skips where it never will be."""
        if self.process.poll() is not None:
            assert self.process.stderr is not None
            last = self.process.stderr.read().strip().splitlines()[-1:]
            needs(False, f"mounting is not allowed: {last}")
        return os.path.ismount(self.path)

    def order(self, operation: str, fault: str) -> None:
        """From now on this becomes of that operation."""
        fresh = self.orders / "fresh"
        fresh.write_text(fault)
        fresh.rename(self.orders / operation)

    def heal(self) -> None:
        """Have everything work again."""
        for order in self.orders.iterdir():
            # The store forgets some of them by itself.
            order.unlink(missing_ok=True)

    def end(self) -> None:
        """Unmount."""
        self.heal()
        subprocess.run(["umount", "-l", self.path], check=False, capture_output=True)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()


@pytest.fixture(scope="module")
def mount(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    """Return a function that gives the module's store."""
    needs(os.access("/dev/fuse", os.W_OK), "a failing store needs /dev/fuse and root")
    needs(find_library("fuse3"), "a failing store needs libfuse3", "fuse3")
    store = Store(tmp_path_factory.mktemp("faulty"))
    try:
        wait_until(store.mounted)
        yield lambda: store
    finally:
        store.end()


@pytest.fixture
def store(mount: Callable[[], Store]) -> Iterator[Store]:
    """A store that works, until a test orders a fault."""
    given = mount()
    yield given
    given.heal()


@pytest.fixture
def place(store: Store) -> Path:
    """A directory for one run in that store, not made yet."""
    return store.path / f"run{time.monotonic_ns()}"
