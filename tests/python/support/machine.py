"""What a test needs of the machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def needs(there: object, lack: str, package: str | None = None) -> None:
    """Skip the test on a machine that lacks something, and say so.

    In CI, which installs Debian's packages first, a test that lacks one of them fails.

    Args:
        there: Something true where the machine has it.
        lack: What is missing, or what the test cannot do without it.
        package: Debian's package that has it; None for rights and devices, which no package gives.
    """
    if there:
        return
    if package is None:
        pytest.skip(f"NOT TESTED: {lack}")
    message = f"NOT TESTED: {lack}; on Debian: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def small_disk(place: Path, size: int | None = None) -> Iterator[Path]:
    """Mount a file system in memory at a new directory; skip where that is not allowed.

    Args:
        place: The directory, which is made.
        size: Bytes that fit; None for half of the machine's memory.
    """
    needs(os.geteuid() == 0, "mounting a file system takes root")
    place.mkdir()
    options = [] if size is None else ["-o", f"size={size}"]
    done = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", place],
        capture_output=True,
        text=True,
        check=False,
    )
    needs(done.returncode == 0, f"mounting is not allowed: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def needs_launcher() -> None:
    """Skip the test where torch cannot start ranks: its launcher asks for libuv, which Debian's torch is built without."""
    from torch.distributed import TCPStore

    try:
        TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    except RuntimeError as error:
        needs("libuv" not in str(error), "this torch was built without libuv")
