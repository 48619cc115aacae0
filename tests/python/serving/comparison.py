"""All ten calls over one log, asked of our server, of TensorBoard's in Rust, and of its loader in Python."""

from collections.abc import Sequence
from pathlib import Path

from tests.python.serving import providers
from tests.python.serving.answers import Answers, collect
from tests.python.serving.deviations import (
    OURS_AND_PYTHON,
    OURS_AND_RUSTBOARD,
    Deviation,
    remaining,
)


class Compared:
    """The answers of the three about a log.

    Attributes:
        ours: Those of our server.
        rustboard: Those of TensorBoard's server in Rust.
        python: Those of its loader in Python.
    """

    def __init__(self, logdir: Path) -> None:
        with providers.ours(logdir) as stub:
            self.ours: Answers = collect(providers.from_stub(stub))
        with providers.rustboard(logdir) as stub:
            self.rustboard: Answers = collect(providers.from_stub(stub))
        self.python: Answers = collect(providers.python_loader(logdir))

    def from_rustboard(self, more: Sequence[Deviation] = ()) -> list[str]:
        """In what ours differs from the server in Rust, apart from what is known, and from what else is known of this log."""
        return remaining(self.ours, self.rustboard, [*OURS_AND_RUSTBOARD, *more])

    def from_python(self, more: Sequence[Deviation] = ()) -> list[str]:
        """In what ours differs from the loader in Python, likewise."""
        return remaining(self.ours, self.python, [*OURS_AND_PYTHON, *more])
