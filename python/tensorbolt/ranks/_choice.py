"""The option `ranks` of a writer: which ranks of a job write, and where."""

import os
from pathlib import PurePath
from typing import Any

from tensorbolt._arguments import shown
from tensorbolt._warnings import warn
from tensorbolt.ranks import CHOICES, VARIABLE
from tensorbolt.ranks._find import Place, find


def plan(ranks: Any, rank: Any, world_size: Any) -> "RankPlan | None":
    """Return what a writer does in this process; `None` if it does the same in all.

    Args:
        ranks: Option of the writer; `None` is that of the variable `TENSORBOLT_RANKS`.
        rank: See `SummaryWriter`.
        world_size: See `SummaryWriter`.

    Raises:
        TypeError: `rank` or `world_size` is no integer.
        ValueError: `ranks` is none of the choices, `rank` or `world_size` is out of range, or one is given without `ranks`.
    """
    name = "ranks"
    if ranks is None:
        name, ranks = f"the variable {VARIABLE}", os.environ.get(VARIABLE) or None
    if ranks is None:
        if rank is None and world_size is None:
            return None
        raise ValueError(
            'rank and world_size need ranks as well; pass ranks="first" or ranks="all"'
        )
    if not (isinstance(ranks, str) and ranks in CHOICES):
        raise ValueError(f'{name} must be "first", "all" or None, not {shown(ranks)}')
    return RankPlan(str(ranks), rank, world_size)


class RankPlan:
    """What one writer does in this process: whether it writes, and the directory of its run.

    Args:
        ranks: `"first"` or `"all"`.
        rank: See `SummaryWriter`.
        world_size: See `SummaryWriter`.

    Raises:
        TypeError: `rank` or `world_size` is no integer.
        ValueError: `rank` or `world_size` is out of range.
    """

    def __init__(self, ranks: str, rank: Any, world_size: Any) -> None:
        self.place: Place = find(rank, world_size)
        self.is_lazy = self._is_split = ranks == "all"
        self.writes = self._is_split or self.place.rank == 0

    def directory(self, log_dir: Any, *, is_default: bool) -> Any:
        """Return the directory of this rank's run.

        Args:
            log_dir: Directory of the job.
            is_default: Whether the caller gave none.
        """
        if not self._is_split:
            return log_dir
        if is_default and self.place.world_size != 1:
            warn(
                'tensorbolt: with ranks="all" and no log_dir, each rank has a default directory of its own, with its '
                "time and host; pass log_dir to see the ranks together"
            )
        name = f"rank_{self.place.rank:05d}"
        if isinstance(log_dir, PurePath):
            return log_dir / name
        return f"{str(log_dir).rstrip('/')}/{name}"
