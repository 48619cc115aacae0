"""Terminals that tests look at."""

import os
import pty
import struct
import termios
from contextlib import suppress
from fcntl import ioctl

import pyte


class Terminal:
    """A terminal of a size, and what a process draws on it."""

    def __init__(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.ours, self.theirs = pty.openpty()
        ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.ours)

    def read_until(self, *words):
        """Read until all words were drawn; the process may end before."""
        # The end of the process is an error here.
        with suppress(OSError):
            while not all(word in self.text for word in words):
                self.text += os.read(self.ours, 1 << 16).decode(errors="replace")
        assert all(word in self.text for word in words), self.text

    def read_all(self):
        """Read until no process has the terminal open any more."""
        with suppress(OSError):
            while data := os.read(self.ours, 1 << 16):
                self.text += data.decode(errors="replace")
        return self.text

    def screen(self):
        """The lines that a person sees in the end."""
        screen = pyte.Screen(self.columns, self.lines)
        pyte.Stream(screen).feed(self.text)
        lines = [line.rstrip() for line in screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines
