"""Text."""

from typing import Any

from tensorbolt._arguments import check_tag
from tensorbolt.writer._base import WriterBase


class TextMethods(WriterBase):
    """The methods that log text."""

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a Markdown text.

        Args:
            tag: Name of the series; TensorBoard shows it with `/text_summary` at the end, as both incumbents do.
            text_string: Markdown; `str`, or `bytes` in UTF-8.
            global_step: Step of this text.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `text_string` is neither `str` nor `bytes`.
            ValueError: It is not valid Unicode text.
        """
        events = self._events
        if (
            events is not None
            and walltime is None
            and type(tag) is type(text_string) is str
            and (global_step is None or type(global_step) is int)
        ):
            try:
                alert = events.add_text(tag, text_string, global_step or 0, None)
            except (OSError, OverflowError, UnicodeError):
                pass  # Closed a moment ago by another thread, or an argument that is explained below.
            else:
                if alert:
                    self._report_problems()
                return
        tag, text = check_tag(tag), check_tag(text_string, "text_string")
        seconds = self._wall_time(walltime)
        if self._write("add_text", tag, text, self._step_of(global_step, tag), seconds):
            self._report_problems()
