"""Text."""

from typing import Any

from tensorbolt._arguments import check_tag
from tensorbolt._core import DONE
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
            tag: Name of the series; TensorBoard shows it with `/text_summary` at the end, as for both reference writers.
            text_string: Markdown; `str`, or `bytes` in UTF-8.
            global_step: Step of this text.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            TypeError: `text_string` is neither `str` nor `bytes`.
            ValueError: It is not valid Unicode text.
        """
        outcome = self._fast.try_text(tag, text_string, global_step, walltime)
        if outcome is DONE or self._written(outcome):
            return
        self._add_any_text(tag, text_string, global_step, walltime)

    def _add_any_text(
        self, tag: Any, text_string: Any, global_step: Any, walltime: Any
    ) -> None:
        tag, text = check_tag(tag), check_tag(text_string, "text_string")
        seconds = self._wall_time(walltime)
        step = self._step_of(global_step, tag)
        self._emit(lambda events: events.add_text(tag, text, step, seconds))
