"""The page of the gallery."""

from collections.abc import Sequence

from tools.gallery.screenshot import Screenshot

HEAD = """\
# Gallery

Each image is a screenshot of TensorBoard with the log of an example; `make gallery` makes them. Every example is one short
file, runs in seconds on a CPU and downloads nothing. Run `python -m examples.scalars`, then the command that it prints.
[Viewing logs](guides/viewing.md) explains how to view a log from another machine.
"""


def page(screenshots: Sequence[Screenshot]) -> str:
    """Return the page in Markdown, a section for each screenshot."""
    return "\n".join([HEAD, *map(_section, screenshots)])


def _section(screenshot: Screenshot) -> str:
    program = f"examples/{screenshot.example}.py"
    return f"""\
## {screenshot.title}

{screenshot.caption} *{screenshot.dashboard}*, from [`{program}`](../{program}).

![{screenshot.title}](gallery/{screenshot.name}.png)
"""
