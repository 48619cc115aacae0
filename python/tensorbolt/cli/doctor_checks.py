"""What a program that logs would meet here: each check gives sentences, and what to do where something is wrong."""

import os
import platform
import re
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from tensorbolt import _core
from tensorbolt._addresses import is_store, local_path, without_login
from tensorbolt._store_settings import spool_root, store_log
from tensorbolt._variables import ALL_RANKS, THREADS
from tensorbolt._wording import counted, plain

#: Packages whose versions explain most reports.
PACKAGES = ("tensorbolt", "numpy", "tensorboard", "tensorboardX", "torch", "jax")
#: Kinds of file systems that machines share.
SHARED = ("nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "ceph", "beegfs", "9p", "fuse.sshfs", "fuse.gcsfuse")  # fmt: skip
#: Less free space is worth a warning, bytes.
LITTLE_SPACE = 2**30


class Check(NamedTuple):
    """One thing that was looked at."""

    about: str
    """A word for it."""
    state: str
    """`"ok"`, `"warning"` or `"error"`."""
    text: str
    """What was found."""
    remedy: str | None = None
    """What to do, if something is wrong."""


def checks(log_dir: str, options: dict[str, Any], write: bool) -> Iterator[Check]:
    """Look at everything that a writer in this process would use.

    Args:
        log_dir: The directory or the address that it would log to.
        options: For the store's client, if it is an address.
        write: Whether an object is put into the store, and removed.
    """
    yield from _versions()
    yield from _ranks()
    if is_store(log_dir):
        yield from _store(log_dir, options, write)
    else:
        yield from _directory(log_dir)
    yield from _threads()
    yield from _spool()


def _versions() -> Iterator[Check]:
    # Asked without importing them, which takes seconds.
    there = {package.name for package in metadata.distributions()}
    found = [f"{name} {metadata.version(name)}" for name in PACKAGES if name in there]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Check("versions", "ok", ", ".join([*found, python]))
    yield Check("machine", "ok", f"{platform.node()}, {platform.platform()}")


def _ranks() -> Iterator[Check]:
    from tensorbolt.ranks._choice import plan
    from tensorbolt.ranks._find import find

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            place = find()
        except ValueError as error:
            yield Check("rank", "error", str(error), "unset the variable, or set it")
            return
    yield Check("rank", "ok", f"this process is {place}")
    for warning in caught:
        text = str(warning.message).removeprefix("tensorbolt: ")
        yield Check("rank", "warning", text, "pass rank= and world_size=")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chosen = ALL_RANKS.value()
            plan(chosen, None, None)
    except ValueError as error:
        yield Check("ranks", "error", str(error), "write it as it must be, or unset it")
        return
    name = ALL_RANKS.name
    if chosen is None:
        text = f"each process writes, unless the program passes ranks= or {name} is set"
        if (place.world_size or 1) > 1:
            remedy = f'pass ranks="reduce" or ranks="first", or set {name}'
            yield Check("ranks", "warning", text, remedy)
        else:
            yield Check("ranks", "ok", text)
    else:
        yield Check("ranks", "ok", f"{name} is {chosen}")


def _directory(log_dir: str) -> Iterator[Check]:
    try:
        path = Path(local_path(log_dir)).expanduser().absolute()
    except ValueError as error:
        yield Check("directory", "error", str(error), "pass another directory")
        return
    there = next(place for place in (path, *path.parents) if place.exists())
    name = plain(path)
    if not there.is_dir():
        text = f"{name} cannot be made: {plain(there)} is no directory"
        yield Check("directory", "error", text, "pass another directory")
        return
    try:
        # Really written, since permissions do not say everything; it is gone afterwards.
        with tempfile.TemporaryDirectory(prefix=".tensorbolt-", dir=there) as made:
            Path(made, "file").write_bytes(bytes(4096))
    except OSError as error:
        text = f"{name} cannot be written: {error.strerror or error}"
        yield Check("directory", "error", text, "let this user write there, make room, or pass another directory")  # fmt: skip
        return
    what = "can be written" if there == path else "is not there; it can be made"
    kind = _file_system(there)
    yield Check("directory", "ok", f"{name} {what}{kind and f' ({kind})'}")
    yield from _space("directory", there)
    if kind in SHARED:
        text = f"{kind} is shared by machines: many ranks with a file each make it slow"
        remedy = 'for many ranks, pass ranks="reduce": one file for each machine'
        yield Check("directory", "ok", text, remedy)


def _space(about: str, directory: Path) -> Iterator[Check]:
    free = shutil.disk_usage(directory).free
    text = f"{free / 1e9:,.1f} GB are free below {plain(directory)}"
    if free < LITTLE_SPACE:
        yield Check(about, "warning", text, "make room")
    else:
        yield Check(about, "ok", text)


def _file_system(directory: Path) -> str:
    """The kind of the file system, as Linux names it; empty where that cannot be asked."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
        real = directory.resolve()
    except OSError:
        return ""
    kind, longest = "", -1
    for line in lines:
        before, _, after = line.partition(" - ")
        # As the kernel writes it: spaces are octal.
        escaped = before.split(" ")[4]
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), escaped)
        if len(point) > longest and real.is_relative_to(point):
            kind, longest = after.split(" ")[0], len(point)
    return kind


def _store(address: str, options: dict[str, Any], write: bool) -> Iterator[Check]:
    from tensorbolt.reading.stores import Stores

    name = plain(without_login(address))
    try:
        count = len(Stores(options).files(address))
    except FileNotFoundError:
        count = 0
    except (OSError, TypeError, ValueError) as error:
        text = f"{name} cannot be listed: {error}"
        yield Check("store", "error", text, "check the address, the network and the credentials")  # fmt: skip
        return
    text = f"{name} can be listed; it has {counted(count, 'event file')}"
    yield Check("store", "ok", text)
    if not write:
        text = "whether it can be written, --write tries; nothing is written there now"
        yield Check("store", "ok", text)
        return
    yield _written(address, options)


def _written(address: str, options: dict[str, Any]) -> Check:
    """Put an object that is no part of a log, and remove it."""
    log, name = store_log(address, options), f".tensorbolt-doctor-{secrets.token_hex(8)}"  # fmt: skip
    place = plain(without_login(address))
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"tensorbolt doctor wrote this and could not remove it\n")
            file.flush()
            log.put_new(name, file.name)
    except OSError as error:
        return Check("store", "error", f"{place} cannot be written: {error}", "have the credentials allow it")  # fmt: skip
    try:
        log.remove(name)
    except OSError as error:
        text = f"{place} can be written, but not cleared: {error}"
        return Check("store", "warning", text, f"remove {name} there by hand; tensorbolt compact needs that permission, logging does not")  # fmt: skip
    return Check("store", "ok", f"{place} can be written; an object was put there and removed")  # fmt: skip


def _threads() -> Iterator[Check]:
    cores = getattr(os, "sched_getaffinity", None)
    count = len(cores(0)) if cores else os.cpu_count() or 1
    text = f"this process may use {counted(count, 'core')}"
    try:
        given = THREADS.value()
    except ValueError:
        # It is reported with the variables.
        given = None
    if given is not None:
        yield Check("threads", "ok", f"{text}; {THREADS.name} lets {given} encode")
    else:
        encode = counted(min(count, 4), "thread")
        yield Check("threads", "ok", f"{text}; up to {encode} encode large values")


def _spool() -> Iterator[Check]:
    root = spool_root()
    waiting = _core.left_over(root) if root.is_dir() else []
    text = f"logs of object stores wait below {plain(root)}"
    yield Check("spool", "ok", text)
    there = next(place for place in (root, *root.parents) if place.is_dir())
    yield from _space("spool", there)
    if waiting:
        size = sum(log.bytes for log in waiting) / 1e6
        text = f"{counted(len(waiting), 'log')} of processes that ended, with {size:,.1f} MB, wait there"
        yield Check("spool", "warning", text, "upload them with `tensorbolt push`")


def worst(found: list[Check]) -> int:
    """0 if nothing is wrong, 1 after a warning, 2 after an error."""
    states = {check.state for check in found}
    return 2 if "error" in states else int("warning" in states)
