"""Curves as small plots in a terminal; needs rich and plotext."""

import math
import time

import plotext
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tensorbolt._wording import counted, plain
from tensorbolt.cli.tail_remote import RemoteLog
from tensorbolt.reading.follow import Curve, FollowedLog
from tensorbolt.reading.signals import held_back

#: Terminal colours, of 256, that also colour-blind people can distinguish on black and on white.
COLOURS = (33, 208, 35, 199, 178, 44, 98, 245)
#: Columns that a plot needs to be read.
MIN_PLOT_COLUMNS = 44
#: Lines of the plot proper.
PLOT_ROWS = 12
#: Runs whose latest value is printed below a plot.
MAX_LATEST = 4
#: Seconds between two updates while a long log is read for the first time.
REFRESH_SECONDS = 0.5


def follow(log: FollowedLog | RemoteLog, interval: float, *, once: bool) -> None:
    """Draw the log again and again until Ctrl-C; the last plots stay on the screen."""
    console = Console()
    if once:
        for _ in log.advance():
            pass
        console.print(view(log, console.width))
        return
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                drawn = 0.0
                for _ in log.advance():
                    if time.monotonic() - drawn > REFRESH_SECONDS:
                        live.update(
                            view(log, console.width, console.height), refresh=True
                        )
                        drawn = time.monotonic()
                live.update(view(log, console.width, console.height), refresh=True)
                time.sleep(interval)
    finally:
        console.print(view(log, console.width))


def view(
    log: FollowedLog | RemoteLog, width: int, height: int | None = None
) -> RenderableType:
    """All plots side by side, or as many as a screen of that height holds."""
    tags = sorted(log.curves)
    if not tags:
        files = counted(log.files, "event file")
        return Text(f"{files} so far, and no scalar that was asked for; waiting …")
    runs = sorted({run for curves in log.curves.values() for run in curves})
    colour = {run: COLOURS[at % len(COLOURS)] for at, run in enumerate(runs)}
    latest = min(MAX_LATEST, max(map(len, log.curves.values())))
    across = max(1, min(width // MIN_PLOT_COLUMNS, len(tags)))
    # Each panel has two lines of border, and the latest values.
    rows = (
        math.inf if height is None else max(1, (height - 1) // (PLOT_ROWS + latest + 2))
    )
    shown = tags[: int(min(rows * across, len(tags)))]
    grid = Table.grid(expand=True)
    for _ in range(across):
        grid.add_column(ratio=1)
    for start in range(0, len(shown), across):
        line = shown[start : start + across]
        grid.add_row(
            *(panel(tag, log.curves[tag], colour, width // across) for tag in line)
        )
    hidden = len(tags) - len(shown)
    if not hidden:
        return grid
    more = (
        f"{counted(hidden, 'more tag')}; --tags picks some, a larger window holds more"
    )
    return Group(grid, Text(more, style="dim"))


def panel(
    tag: str, curves: dict[str, Curve], colour: dict[str, int], width: int
) -> Panel:
    """The plot of one tag, with the latest value of each run below."""
    # plotext reports an interruption as a wrong date.
    with held_back():
        # Borders and spaces on both sides.
        drawn = plot(curves, colour, width - 4)
    drawing = Text.from_ansi(drawn, no_wrap=True)
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, overflow="ellipsis")
    for run in list(curves)[:MAX_LATEST]:
        last = curves[run].last
        if last is None:
            continue
        step, value = last
        text = Text("■ ", style=f"color({colour[run]})")
        table.add_row(
            text.append(f"{plain(run)}  ", style="default"),
            f"{value:.6g}",
            f"step {step:,}",
        )
    more = len(curves) - MAX_LATEST
    title = Text(plain(tag), overflow="ellipsis")
    below = f"and {counted(more, 'run')}" if more > 0 else None
    return Panel(Group(drawing, table), title=title, subtitle=below)


def plot(curves: dict[str, Curve], colour: dict[str, int], width: int) -> str:
    """The curves, as text with colours."""
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, PLOT_ROWS)
    steps = [step for curve in curves.values() for step in curve.steps]
    if steps:
        # By default plotext marks fractions of steps.
        first, last = min(steps), max(steps)
        ticks = sorted({first, (first + last) // 2, last})
        plotext.xticks(ticks, [f"{step:,}" for step in ticks])
    for run, curve in curves.items():
        points = [
            (step, value)
            for step, value in zip(curve.steps, curve.values, strict=True)
            if math.isfinite(value)
        ]
        if points:
            across, up = zip(*points, strict=True)
            draw = plotext.plot if len(points) > 1 else plotext.scatter
            draw(across, up, marker="braille", color=colour[run])
    return str(plotext.build()).rstrip("\n")
