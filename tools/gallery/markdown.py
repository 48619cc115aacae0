"""The page of the gallery."""

from collections.abc import Sequence

from tools.gallery.picture import Picture

HEAD = """\
# Gallery

Each image is a screenshot of TensorBoard with the log of an example; `make gallery` makes them. Every example is one short
file, runs in seconds on a CPU and downloads nothing. Run `python -m examples.scalars`, then the command that it prints.
[Viewing logs](guides/viewing.md) explains how to view a log from another machine.
"""


def page(pictures: Sequence[Picture]) -> str:
    """Return the page in Markdown, a section for each picture."""
    return "\n".join([HEAD, *map(_section, pictures)])


def _section(picture: Picture) -> str:
    program = f"examples/{picture.example}.py"
    return f"""\
## {picture.title}

{picture.caption} *{picture.dashboard}*, from [`{program}`](../{program}).

![{picture.title}](gallery/{picture.name}.png)
"""
