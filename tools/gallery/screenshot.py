"""What a screenshot of the gallery is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from playwright.sync_api import Locator, Page

Look: TypeAlias = Callable[[Page], Sequence[Locator]]
"""Waits until a dashboard shows its data, and fails if it does not; returns what must be in the screenshot."""


@dataclass(frozen=True)
class Screenshot:
    """A screenshot of one dashboard.

    Attributes:
        name: Of its file, and of its place on the page.
        title: Of its section.
        example: Whose log it shows: a file of `examples/`, without `.py`.
        dashboard: As TensorBoard names it.
        caption: What it must show.
        look: Waits for that.
        height: Of the browser's window in pixels, where the screenshot ends at the latest.
        width: Of the window.
        load_fast: "false" for TensorBoard's reader in Python, "tensorbolt" for ours.
        group: Regular expression of `tensorbolt view --group`, which ours knows.
    """

    name: str
    title: str
    example: str
    dashboard: str
    caption: str
    look: Look
    height: int = 900
    width: int = 1280
    load_fast: str = "true"
    group: str = ""

    @property
    def board(self) -> tuple[str, str, str]:
        """What tells the TensorBoard that it needs from others."""
        return self.example, self.load_fast, self.group
