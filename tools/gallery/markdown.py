"""The page of the gallery."""

from collections.abc import Sequence

from tools.gallery.picture import Picture

HEAD = """\
# Gallery

Each picture is a screenshot of TensorBoard with the log of an example, made by `make gallery`. Every example is one
short file, runs in seconds on a CPU and downloads nothing: `python -m examples.scalars`, then the command that it
prints. [Viewing logs](guides/viewing.md) tells how to look at them from elsewhere.
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
