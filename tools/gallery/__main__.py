"""Make the gallery: run the examples, open TensorBoard in Chromium, and take a picture of each dashboard.

Fails if an example fails or a dashboard does not show what the picture's caption says.
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
from tools.gallery.picture import Picture
from tools.gallery.shoot import shoot, wait_for_data
from tools.gallery.table import PICTURES

LIMIT = 4_000_000
"""Bytes of all pictures."""


def main() -> None:
    """Make all pictures and the page, or some pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.gallery", description=__doc__
    )
    option = parser.add_argument
    option(
        "--output",
        type=Path,
        default=ROOT / "docs",
        help="folder of gallery.md and of the folder gallery",
    )
    option(
        "--only",
        nargs="+",
        metavar="NAME",
        default=[],
        help="make these pictures alone",
    )
    option(
        "--logs",
        type=Path,
        help="folder for the examples' logs; examples whose logs are there are not run again (default: a temporary one)",
    )
    arguments = parser.parse_args()
    pictures = [
        picture
        for picture in PICTURES
        if not arguments.only or picture.name in arguments.only
    ]
    if unknown := set(arguments.only) - {picture.name for picture in pictures}:
        parser.error(f"no such pictures: {', '.join(sorted(unknown))}")

    folder = arguments.output / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        make(pictures, folder, arguments.logs or Path(scratch))
    known = {f"{picture.name}.png" for picture in PICTURES}
    for path in folder.glob("*.png"):
        if path.name not in known:
            path.unlink()
    page = arguments.output / "gallery.md"
    page.write_text(markdown.page(PICTURES), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.glob("*.png"))
    if size > LIMIT:
        sys.exit(f"the pictures take {size} bytes, more than {LIMIT}")
    print(f"{len(pictures)} pictures, {size / 1e6:.1f} MB in all")


def make(pictures: list[Picture], folder: Path, logs: Path) -> None:
    """Run the examples that are needed, and take the pictures, those of one log one after the other."""
    names = list(dict.fromkeys(picture.example for picture in pictures))
    with ExitStack() as stack:
        runs = stack.enter_context(Runs(names, logs))
        browser = stack.enter_context(chromium.launched())
        boards = dict.fromkeys(
            (picture.example, picture.load_fast) for picture in pictures
        )
        for name, load_fast in boards:
            above = runs.logdir(name).parent
            output = logs / f"{name}-{load_fast}.txt"
            # As people start it: tensorboard --logdir runs
            with Board(Path("runs"), output, load_fast, above.parent) as board:
                wait_for_data(board)
                for picture in pictures:
                    if (picture.example, picture.load_fast) == (name, load_fast):
                        report(browser, board, picture, folder)


def report(browser: Browser, board: Board, picture: Picture, folder: Path) -> None:
    """Take a picture, and say so."""
    begin = time.perf_counter()
    size = shoot(browser, board, picture, folder / f"{picture.name}.png")
    seconds = time.perf_counter() - begin
    print(f"{picture.name:<28} {size / 1000:>5.0f} kB {seconds:>5.1f} s", flush=True)


if __name__ == "__main__":
    main()
