"""The option `ranks` of a writer: which ranks of a job write, and where."""

from pathlib import PurePath
from typing import Any

from tensorbolt._arguments import shown
from tensorbolt._choices import RANKS
from tensorbolt._warnings import warn
from tensorbolt.ranks._find import Place, find, local_rank

MOST_RANKS = 2**32 - 1
"""Ranks are numbers of 32 bits in streams."""


def plan(ranks: Any, rank: Any, world_size: Any) -> "RankPlan | None":
    """Return what a writer does in this process; `None` if it does the same in all.

    Args:
        ranks: Option of the writer.
        rank: See `SummaryWriter`.
        world_size: See `SummaryWriter`.

    Raises:
        TypeError: `rank` or `world_size` is no integer.
        ValueError: `ranks` is none of the choices, `rank` or `world_size` is out of range, or one is given without `ranks`.
    """
    if ranks is None:
        if rank is None and world_size is None:
            return None
        raise ValueError(
            'rank and world_size need ranks as well; pass ranks="first", ranks="all" or ranks="reduce"'
        )
    if not (isinstance(ranks, str) and ranks in RANKS):
        raise ValueError(
            f'ranks must be "first", "all", "reduce" or None, not {shown(ranks)}'
        )
    return RankPlan(str(ranks), rank, world_size)


class RankPlan:
    """What one writer does in this process: whether it writes, and the directory of its run.

    Args:
        ranks: `"first"`, `"all"` or `"reduce"`.
        rank: See `SummaryWriter`.
        world_size: See `SummaryWriter`.

    Raises:
        TypeError: `rank` or `world_size` is no integer.
        ValueError: `rank` or `world_size` is out of range, or the number of ranks is not known and must be.
    """

    def __init__(self, ranks: str, rank: Any, world_size: Any) -> None:
        self.place: Place = find(rank, world_size)
        self.is_lazy = self._is_split = ranks == "all"
        self.reduces = ranks == "reduce"
        self.writes = self._is_split or self.place.rank == 0
        size = self.place.world_size
        if self.reduces and size is None:
            raise ValueError(
                f'ranks="reduce" needs the number of ranks, and this process is only known to be {self.place}; '
                "pass world_size= as well"
            )
        if self.reduces and size is not None and size > MOST_RANKS:
            raise ValueError(
                f'ranks="reduce" takes at most {MOST_RANKS} ranks, not {size}; pass the right world_size='
            )
        # What all processes of a node share is logged by its first rank, or by all if it is not known.
        self.logs_node = not (self._is_split or self.reduces) or local_rank() in (
            None,
            0,
        )

    def directory(self, log_dir: Any, *, is_default: bool) -> Any:
        """Return the directory of this rank's run.

        Args:
            log_dir: Directory of the job.
            is_default: Whether the caller gave none.
        """
        if is_default and self.place.world_size != 1:
            if self.reduces:
                warn(
                    'tensorbolt: with ranks="reduce" and no log_dir, each rank has a default directory of its own, with '
                    "its time and host, so the ranks do not find each other; pass log_dir"
                )
            elif self._is_split:
                warn(
                    'tensorbolt: with ranks="all" and no log_dir, each rank has a default directory of its own, with its '
                    "time and host; pass log_dir to see the ranks together"
                )
        if not self._is_split:
            return log_dir
        name = f"rank_{self.place.rank:05d}"
        if isinstance(log_dir, PurePath):
            return log_dir / name
        return f"{str(log_dir).rstrip('/')}/{name}"
