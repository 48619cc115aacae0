"""The option `comet_config`. Only a writer that forwards imports what does it."""

from typing import Any

from tensorbolt.writer._base import WriterBase


class CometOption(WriterBase):
    """Checks `comet_config`, and attaches the forwarding to each writer that opens, copies included."""

    def _checked_comet_config(self, config: Any) -> dict[str, Any] | None:
        if config is None:
            return None
        from tensorbolt.writer import _comet

        return config if _comet.enabled(config) else None

    def _begin(self, *, retry_open: bool) -> None:
        super()._begin(retry_open=retry_open)
        if self._comet_config is not None and self._write_to_disk:
            from tensorbolt.writer import _comet

            _comet.attach(self, self._comet_config)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process, the attached methods included."""
        state = super().__getstate__()
        if self._comet_config is None:
            return state
        from tensorbolt.writer import _comet

        return _comet.without_forwarding(state)
