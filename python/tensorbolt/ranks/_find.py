"""Which rank of how many this process is: from arguments or our variables, from a framework that is loaded, or a launcher.

Its variables are those that torchrun, Open MPI, MPICH, Intel MPI, MVAPICH and Slurm document. A launcher may start another:
`srun torchrun train.py` has the variables of both, and those of Slurm count machines. So only the innermost launcher is
asked. `TORCHELASTIC_RESTART_COUNT` is not used: it differs between workers of one job.
"""

import operator
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tensorbolt._arguments import shown
from tensorbolt._variables import RANK, WORLD_SIZE
from tensorbolt._warnings import warn

LAUNCHERS = {
    "torchrun": ("RANK", "WORLD_SIZE"),
    "Open MPI": ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    "MVAPICH": ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    "MPICH or Intel MPI": ("PMI_RANK", "PMI_SIZE"),
    "Slurm": ("SLURM_PROCID", "SLURM_NTASKS"),
}
"""From a launcher to its variables of rank and number of ranks, the innermost first."""

LOCAL_RANKS = (
    "LOCAL_RANK",
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "MV2_COMM_WORLD_LOCAL_RANK",
    "MPI_LOCALRANKID",
    "SLURM_LOCALID",
)
"""Their variables of the rank among those of the same machine."""


class Place(NamedTuple):
    """This process among those of a job."""

    rank: int
    """From 0 on."""
    world_size: int | None
    """Number of ranks; `None` if only the rank was given."""
    source: str
    """What said so, for people."""

    def __str__(self) -> str:
        """Return it as part of a sentence."""
        of = "" if self.world_size is None else f" of {self.world_size}"
        return f"rank {self.rank}{of} ({self.source})"


ALONE = Place(0, 1, "no launcher was found")


def find(
    rank: Any = None,
    world_size: Any = None,
    environment: Mapping[str, str] = os.environ,
) -> Place:
    """Return this process's rank: that of the arguments, else of our variables, of a framework, or of the launcher's.

    Warns if two of them contradict each other; the first one counts.

    Args:
        rank: Rank from 0 on; `None` is found.
        world_size: Number of ranks; `None` is found.
        environment: Variables.

    Raises:
        TypeError: An argument is no integer.
        ValueError: An argument or a variable of ours is out of range, or the rank is not below the number of ranks; or the
            number of ranks is given alone.
    """
    sources = list(_sources(rank, world_size, environment))
    if not sources:
        return ALONE
    place = sources[0]
    for other in sources[1:]:
        if _contradict(place, other):
            warn(
                f"tensorbolt: this process is {place}, but also {other}; the first one counts. Pass rank= and "
                "world_size= if it is wrong."
            )
            break
    if place.world_size is None:
        # The size that goes with it, if another source has one.
        sizes = (other.world_size for other in sources[1:] if other.rank == place.rank)
        return place._replace(world_size=next(sizes, None))
    return place


def local_rank(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return this process's rank among those of its machine, from 0 on; `None` if no framework and no launcher says it.

    Args:
        environment: Variables.
    """
    train: Any = sys.modules.get("ray.train")
    if train is not None and _asked(_ray) is not None:
        return int(train.get_context().get_local_rank())
    for name in LOCAL_RANKS:
        text = environment.get(name, "").strip()
        if text.isascii() and text.isdigit():
            return int(text)
    return None


def _contradict(place: Place, other: Place) -> bool:
    """Whether two sources cannot both be right.

    A launcher that started fewer processes than there are ranks has started one for each machine, which started the others.
    """
    if place.world_size is None or other.world_size is None:
        return place.rank != other.rank
    if place.world_size == other.world_size:
        return place.rank != other.rank
    return place.world_size < other.world_size


def _sources(
    rank: Any, world_size: Any, environment: Mapping[str, str]
) -> Iterator[Place]:
    """Yield what each source says, the one that counts first."""
    given = _given(rank, world_size, environment)
    if given is not None:
        yield given
    for read in (_torch, _jax, _ray):
        found = _asked(read)
        if found is not None:
            yield found
    launched = _launched(environment)
    if launched is not None:
        yield launched


def _given(rank: Any, world_size: Any, environment: Mapping[str, str]) -> Place | None:
    """Return what the arguments say, or in the place of each its variable."""
    of_rank, source = "rank", "the argument rank"
    if rank is None:
        rank = RANK.value(environment)
        source = RANK.name
        of_rank = source if rank is not None or world_size is None else of_rank
    of_size = "world_size"
    if world_size is None:
        world_size, of_size = WORLD_SIZE.value(environment), WORLD_SIZE.name
    size = None if world_size is None else _number(world_size, of_size, least=1)
    if rank is None:
        if size is not None:
            raise ValueError(
                f"{of_size} {size} needs {of_rank} as well; pass it, from 0 to {size - 1}"
            )
        return None
    place = Place(_number(rank, of_rank, least=0), size, source)
    if size is not None and place.rank >= size:
        raise ValueError(
            f"{of_rank} must be below {of_size} {size}, not {place.rank}; ranks are counted from 0 on"
        )
    return place


def _number(value: Any, argument: str, least: int) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{argument} must be an integer or None, not {value}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{argument} must be an integer or None, not {shown(value)}"
        ) from None
    if number < least:
        raise ValueError(f"{argument} must be {least} or more, not {number}")
    return number


def _asked(read: Callable[[], Place | None]) -> Place | None:
    """Return what a framework says. One that cannot answer does not end the program, which may not need it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except Exception:
        return None


def _torch() -> Place | None:
    distributed: Any = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available():
        return None
    if not distributed.is_initialized():
        return None
    size = distributed.get_world_size()
    return Place(distributed.get_rank(), size, "torch.distributed")


def _jax() -> Place | None:
    # `jax.process_index()` would occupy the devices of a program that has not used them yet.
    internal: Any = sys.modules.get("jax._src.distributed")
    state = None if internal is None else internal.global_state
    if state is None or state.client is None:
        return None
    return Place(state.process_id, state.num_processes, "jax.distributed")


def _ray() -> Place | None:
    train: Any = sys.modules.get("ray.train")
    if train is None:
        return None
    context = train.get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    # Outside of a worker, older versions of Ray answer 0 of 1.
    return None if size in (None, 1) else Place(rank, size, "ray.train")


def _launched(environment: Mapping[str, str]) -> Place | None:
    for launcher, names in LAUNCHERS.items():
        texts = [environment.get(name, "").strip() for name in names]
        # Not everything that is called RANK is a number.
        if all(text.isascii() and text.isdigit() for text in texts):
            rank, size = map(int, texts)
            if rank < size:
                return Place(rank, size, f"{' and '.join(names)}, of {launcher}")
    return None
