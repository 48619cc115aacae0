"""How the help of commands is laid out."""

import argparse
import re

#: The first column of a list, with what indents it, and the rest of the line.
_COLUMNS = re.compile(r"(?P<first> +\S.*?  +)(?P<rest>\S.*)")


class Help(argparse.RawDescriptionHelpFormatter):
    """Fills paragraphs to the width of the terminal, and keeps the lines of lists.

    A paragraph is a list if one of its lines is indented. A line of a list that is too long goes on in its second column.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.split("\n\n")
        return "\n\n".join(self._paragraph(part, width, indent) for part in paragraphs)

    def _paragraph(self, text: str, width: int, indent: str) -> str:
        # Needed for help alone.
        import textwrap

        lines = text.splitlines()
        if not any(line.startswith(" ") for line in lines):
            return textwrap.fill(
                " ".join(lines), width, initial_indent=indent, subsequent_indent=indent
            )
        made = []
        for line in lines:
            columns = _COLUMNS.fullmatch(line)
            if len(line) <= width or columns is None:
                made.append(indent + line)
                continue
            behind = " " * len(columns["first"])
            made += textwrap.wrap(
                columns["rest"],
                width,
                initial_indent=indent + columns["first"],
                subsequent_indent=indent + behind,
                break_on_hyphens=False,
            )
        return "\n".join(made)
