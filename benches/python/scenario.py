"""What is measured: what is logged, how each contender is asked to, and what its files must hold afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.python import check
from benches.python.contenders import Act


@dataclass(frozen=True)
class Scenario:
    """One row of the table, or one point of a curve."""

    name: str
    what: str
    """In words, for `--list` and the table."""
    calls: int
    """Steps of a round; a small number where a call is slow."""
    prepare: Callable[[int], Any]
    """Makes the data from the number of steps, before the clock runs."""
    acts: Mapping[str, Act]
    """From contender to its way of logging; who is missing cannot."""
    verify: Callable[[Any, Any, int], None]
    """Raises `WrongAnswerError` unless what was read is what the data and the number of steps say."""
    latency: bool = False
    """Also time each call by itself, for the tail."""
    read: Callable[[Path], Any] = check.read
    """Reads the log back."""
    heavy: bool = False
    """The reference writers take many seconds: warmed up with little data, and left out of `--quick`."""
    full: bool = False
    """Only part of `--full`."""
    writers: int = 1
    """How many writers are open; each call goes to all of them."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of tensorbolt's writer."""


@dataclass(frozen=True)
class ImportScenario:
    """Importing `SummaryWriter` in a fresh process."""

    name: str
    what: str
    loaded: str
    """Modules that the process has imported before the clock runs."""
    heavy: bool = True
    full: bool = False


@dataclass(frozen=True)
class Curve:
    """How the cost of a call grows with one thing."""

    name: str
    what: str
    unit: str
    """What is counted along the axis."""
    points: Mapping[int, Scenario]
    """From place on the axis to what is measured there."""
