"""Numbers and names in sentences for people."""

from pathlib import Path


def counted(number: int, what: str) -> str:
    """Return a number and its noun."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def plain(text: str | Path) -> str:
    """Return the text with control characters, and others that a terminal cannot show, as escapes."""
    name = str(text)
    if name.isprintable():
        return name
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in name
    )
