"""Make the gallery: run the examples, open TensorBoard in Chromium, and take a screenshot of each dashboard.

Fails if an example fails or a dashboard does not show what its caption says.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser
from tools import chromium
from tools.board import Board
from tools.examples import ROOT, Runs
from tools.gallery import markdown
from tools.gallery.screenshot import Screenshot
from tools.gallery.shoot import shoot, wait_for_data
from tools.gallery.table import SCREENSHOTS

LIMIT = 4_000_000
"""Bytes of all screenshots."""


def main() -> None:
    """Make all screenshots and the page, or some screenshots."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.gallery", description=__doc__
    )
    option = parser.add_argument
    option(
        "--output",
        type=Path,
        default=ROOT / "docs",
        help="directory of gallery.md and of the directory gallery",
    )
    option(
        "--only",
        nargs="+",
        metavar="NAME",
        default=[],
        help="make these screenshots alone",
    )
    option(
        "--logs",
        type=Path,
        help="directory for the examples' logs; examples whose logs are there are not run again (default: a temporary one)",
    )
    arguments = parser.parse_args()
    screenshots = [
        screenshot
        for screenshot in SCREENSHOTS
        if not arguments.only or screenshot.name in arguments.only
    ]
    if unknown := set(arguments.only) - {screenshot.name for screenshot in screenshots}:
        parser.error(f"no such screenshots: {', '.join(sorted(unknown))}")

    directory = arguments.output / "gallery"
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        make(screenshots, directory, arguments.logs or Path(scratch))
    known = {f"{screenshot.name}.png" for screenshot in SCREENSHOTS}
    for path in directory.glob("*.png"):
        if path.name not in known:
            path.unlink()
    page = arguments.output / "gallery.md"
    page.write_text(markdown.page(SCREENSHOTS), encoding="utf-8")
    size = sum(path.stat().st_size for path in directory.glob("*.png"))
    if size > LIMIT:
        sys.exit(f"the screenshots take {size} bytes, more than {LIMIT}")
    print(f"{len(screenshots)} screenshots, {size / 1e6:.1f} MB in all")


def make(screenshots: list[Screenshot], directory: Path, logs: Path) -> None:
    """Run the examples that are needed, and take the screenshots, those of one log one after the other."""
    names = list(dict.fromkeys(screenshot.example for screenshot in screenshots))
    with ExitStack() as stack:
        runs = stack.enter_context(Runs(names, logs))
        browser = stack.enter_context(chromium.launched())
        boards = [*dict.fromkeys(screenshot.board for screenshot in screenshots)]
        following = start(*boards[0], runs, logs)
        for this, after in zip(boards, [*boards[1:], None], strict=True):
            board = following
            if after is not None:
                # It starts, and reads its log, while this one has its screenshots taken.
                following = start(*after, runs, logs)
                stack.push(following.__exit__)
            with board:
                wait_for_data(board)
                for screenshot in screenshots:
                    if screenshot.board == this:
                        report(browser, board, screenshot, directory)


def start(name: str, load_fast: str, group: str, runs: Runs, logs: Path) -> Board:
    """Start TensorBoard on an example's log, as people do: `tensorboard --logdir runs`, or `tensorbolt view runs`."""
    output = logs / f"{name}-{load_fast}.txt"
    options = [f"--group={group}"] if group else []
    return Board(Path("runs"), output, load_fast, runs.logdir(name).parents[1], options)


def report(
    browser: Browser, board: Board, screenshot: Screenshot, directory: Path
) -> None:
    """Take a screenshot, and print its size and time."""
    begin = time.perf_counter()
    size = shoot(browser, board, screenshot, directory / f"{screenshot.name}.png")
    seconds = time.perf_counter() - begin
    print(f"{screenshot.name:<28} {size / 1000:>5.0f} kB {seconds:>5.1f} s", flush=True)


if __name__ == "__main__":
    main()
